/** One block of a PEM text (RFC 7468): its label and the bytes between the lines. */
export interface PemBlock {
  readonly label: string;
  readonly der: Buffer;
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]{1,40})-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END \1-----/g;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * The blocks of a PEM text in their order; text around them is passed over, as Go's reader does.
 * A block that is no base64 or that has headers (an encrypted key of old) is none.
 */
export function readPem(text: string): readonly PemBlock[] {
  return [...text.matchAll(BLOCK)].flatMap(([, label = "", body = ""]) => {
    const der = decodeBase64(body);
    return der === undefined ? [] : [{ label, der }];
  });
}

/** A block with lines of 64 characters, as Go and OpenSSL write it. */
export function writePem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

/**
 * Reads base64 of the ordinary alphabet (RFC 4648, section 4) strictly; line breaks are passed over.
 *
 * @returns undefined where the text is anything else
 */
export function decodeBase64(text: string): Buffer | undefined {
  const joined = text.replace(/[\r\n]+/g, "");
  return BASE64.test(joined) ? Buffer.from(joined, "base64") : undefined;
}

/** A PEM text in base64: the form in which Talos keeps keys and certificates in YAML. */
export function encodeBase64(pem: string): string {
  return Buffer.from(pem).toString("base64");
}
