import { status } from "@grpc/grpc-js";
import { TalosError, type TalosErrorCode } from "../../talos-api.ts";

/** Where a call failed. */
export interface CallPlace {
  readonly machine: string;
  readonly operation: string;
}

const CODES: Readonly<Record<number, TalosErrorCode>> = {
  [status.CANCELLED]: "cancelled",
  [status.INVALID_ARGUMENT]: "invalid-argument",
  [status.OUT_OF_RANGE]: "invalid-argument",
  [status.DEADLINE_EXCEEDED]: "deadline",
  [status.NOT_FOUND]: "not-found",
  [status.ALREADY_EXISTS]: "already-exists",
  [status.PERMISSION_DENIED]: "permission-denied",
  [status.RESOURCE_EXHAUSTED]: "resource-exhausted",
  [status.FAILED_PRECONDITION]: "failed-precondition",
  [status.UNIMPLEMENTED]: "unimplemented",
  [status.UNAVAILABLE]: "unavailable",
  [status.UNAUTHENTICATED]: "unauthenticated",
};

/** gRPC's number of a status as ours; what we do not know is `internal`. */
export function codeOf(number: number): TalosErrorCode {
  return CODES[number] ?? "internal";
}

/**
 * What OpenSSL, Node and Go say where the two ends do not trust each other, and the same for people. gRPC takes all
 * of it for an end that cannot be reached.
 */
const TRUST: readonly (readonly [RegExp, string])[] = [
  [/certificate is for .*, not for/, "another machine answers at this address"],
  [
    /self[- ]signed certificate|unable to get (local )?issuer certificate|unable to verify the first certificate|certificate signature failure|unknown authority/,
    "the machine's certificate is from none of the authorities that it should be from",
  ],
  [/alert certificate required/, "the machine asks for a client's certificate, and none was shown"],
  [
    /alert certificate expired/,
    "the machine refused our certificate: by its clock it has expired or is not valid yet",
  ],
  [
    /alert (unknown ca|bad certificate|certificate unknown|unsupported certificate|certificate revoked|decrypt error|access denied)/,
    "the machine refused our certificate",
  ],
  [/certificate (has expired|is not yet valid)/, "the machine's certificate is not valid at this time"],
  [
    /wrong version number|unsupported protocol|alert protocol version|packet length too long|alert no application protocol/,
    "what answers does not speak Talos' API over TLS 1.3",
  ],
  [/unsuitable certificate purpose/, "the certificate that answers is not one of a server"],
  [/authentication handshake failed|x509: /, "the machine in between does not trust this one"],
];

/** Says whether a connection failed by mistrust, and then how, in words for people; undefined otherwise. */
export function mistrustOf(text: string): string | undefined {
  const found = TRUST.find(([pattern]) => pattern.test(text));
  return found === undefined ? undefined : `${found[1]} (${withoutTraces(text)})`;
}

/** OpenSSL's own words, without where in its memory and its source it found them. */
function withoutTraces(text: string): string {
  return text
    .trim()
    .replace(/^[\dA-F]+:error:[\dA-F]+:SSL routines:\w+:/, "")
    .replace(/:[^:]+\.c:\d+:.*$/s, "")
    .replace(/^.*\b(alert [a-z ]+)$/, "$1")
    .replace(/; if the root CA is installed locally.*$/s, "");
}

/** What gRPC says of a call that failed, as an error of ours. */
export function errorOf(at: CallPlace, failure: unknown): TalosError {
  if (failure instanceof TalosError) return failure;
  const { code, details } = readFailure(failure);
  const broken = code === status.INTERNAL ? brokenSession(details) : undefined;
  if (broken !== undefined) return new TalosError("unavailable", at, broken);
  if (code !== status.UNAVAILABLE) return new TalosError(codeOf(code), at, details);
  const text = transportWords(details);
  const mistrust = mistrustOf(text);
  return new TalosError(mistrust === undefined ? "unavailable" : "untrusted", at, mistrust ?? text);
}

/**
 * Where Node's HTTP/2 of our own end gave up the session, gRPC speaks of an internal error of that call and of those
 * that come before there is another session. What became of the calls nobody knows.
 */
function brokenSession(details: string): string | undefined {
  const words = /^Received RST_STREAM with code \d+ triggered by internal client error: (.*)$/s.exec(
    details,
  )?.[1];
  if (words === undefined) return undefined;
  const why = words === "Protocol error" ? "; an answer with more than 64 kB of words does that" : "";
  return `our end broke the connection off (${words})${why}`;
}

function readFailure(failure: unknown): { readonly code: number; readonly details: string } {
  if (!(failure instanceof Error)) return { code: status.UNKNOWN, details: String(failure) };
  const code = "code" in failure && typeof failure.code === "number" ? failure.code : status.UNKNOWN;
  const details = "details" in failure && typeof failure.details === "string" ? failure.details : "";
  return { code, details: details === "" ? failure.message : details };
}

/** Without what gRPC puts around it: that there was no connection, and when that was. */
function transportWords(details: string): string {
  return (
    details
      .replace(/^No connection established\. Last error: /, "")
      .replace(/\. Resolution note: .*$/s, "")
      .replace(/ \(\d{4}-\d\d-\d\dT[\d:.]+Z\)/g, "")
      .replace(/^Error: /, "")
      // TLS came about, and then the other end went away without a word: so do servers of Node that refuse a certificate.
      .replace(/^Failed to connect$/, "the connection was closed before anything was said")
  );
}
