/** Codes of Node for what happens to connections, in words for people. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection was closed before an answer",
  EPIPE: "the connection was closed before an answer",
  ETIMEDOUT: "there is no answer",
  EHOSTUNREACH: "there is no route to it",
  ENETUNREACH: "there is no route to it",
  EHOSTDOWN: "there is no route to it",
  ENOTFOUND: "its name is unknown",
  EAI_AGAIN: "its name cannot be looked up now",
  UNABLE_TO_GET_ISSUER_CERT: "its certificate is from none of the cluster's authorities",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate is from none of the cluster's authorities",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate is from none of the cluster's authorities",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is from none of the cluster's authorities",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is from none of the cluster's authorities",
  CERT_SIGNATURE_FAILURE: "its certificate is from none of the cluster's authorities",
  CERT_HAS_EXPIRED: "its certificate has expired",
  CERT_NOT_YET_VALID: "its certificate is not valid yet",
  INVALID_PURPOSE: "its certificate is not one of a server",
};

/** What OpenSSL says where it does not understand the other end, or is refused by it. */
const TLS = /^(ERR_SSL_|EPROTO$)/;

/** Whether a connection failed by what the two ends of TLS said to each other. */
export function isMistrust(error: unknown): boolean {
  return TLS.test(codeOf(error));
}

/** What happened to a connection, in a few words. */
export function wordsOf(error: unknown): string {
  const code = codeOf(error);
  const known = WORDS[code];
  if (known !== undefined) return known;
  const text = error instanceof Error ? error.message : String(error);
  if (!TLS.test(code)) return text === "" ? code : text;
  const alert = /\balert (?:number )?[a-z][a-z ]*/.exec(text)?.[0].trim();
  return alert === undefined
    ? `it does not speak TLS as Kubernetes does (${code})`
    : `it refused our certificate or our TLS (${alert})`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}
