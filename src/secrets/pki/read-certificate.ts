import { type KeyObject, X509Certificate } from "node:crypto";
import { type KeyKind, kindOfKey } from "./keys.ts";
import { readPem } from "./pem.ts";

/** What stands in a certificate; nothing of it is secret. */
export interface ReadableCertificate {
  /** `O=talos`, `O=system:masters, CN=admin`; of a certificate without subject: empty. */
  readonly subject: string;
  readonly issuer: string;
  /** Lower-case hexadecimal digits, an even number. */
  readonly serial: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Says that it is an authority and may sign certificates (RFC 5280, sections 4.2.1.3 and 4.2.1.9). */
  readonly isCa: boolean;
  /** Of its public key. */
  readonly algorithm: KeyKind;
  /** SHA-256 of the certificate in DER: 64 lower-case hexadecimal digits. */
  readonly fingerprint: string;
}

/**
 * Reads a certificate from a PEM text with exactly one block. Only what stands there is said: neither its
 * signature nor its dates are judged.
 *
 * @returns undefined where there is none, more than one, or one that is damaged
 */
export function readCertificate(pem: string): ReadableCertificate | undefined {
  const certificate = parse(pem);
  if (certificate === undefined) return undefined;
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    serial: certificate.serialNumber.toLowerCase(),
    notBefore: certificate.validFromDate,
    notAfter: certificate.validToDate,
    isCa: certificate.ca,
    algorithm: kindOfKey(certificate.publicKey),
    fingerprint: certificate.fingerprint256.replaceAll(":", "").toLowerCase(),
  };
}

/** Whether a private key belongs to a certificate; false where the text is no certificate. */
export function keyMatches(pem: string, key: KeyObject): boolean {
  return parse(pem)?.checkPrivateKey(key) ?? false;
}

/** Whether two certificates have the same public key; false where one is none. */
export function haveSameKey(a: string, b: string): boolean {
  const first = parse(a)?.publicKey;
  const second = parse(b)?.publicKey;
  return first !== undefined && second !== undefined && first.equals(second);
}

/** Whether a certificate that names itself as its issuer is signed by its own key; another's cannot be told from it. */
export function isIntact(pem: string): boolean {
  const certificate = parse(pem);
  if (certificate === undefined) return false;
  if (certificate.subject !== certificate.issuer) return true;
  try {
    return certificate.verify(certificate.publicKey);
  } catch {
    return false;
  }
}

function parse(pem: string): X509Certificate | undefined {
  const [block, ...more] = readPem(pem);
  if (block?.label !== "CERTIFICATE" || more.length > 0) return undefined;
  try {
    const certificate = new X509Certificate(block.der);
    // A key that OpenSSL does not know is found only now.
    return certificate.publicKey.type === "public" ? certificate : undefined;
  } catch {
    return undefined;
  }
}

/** Node has one line for each attribute, and nothing at all for an empty name. */
function oneLine(name: string | undefined): string {
  return (name ?? "").replaceAll("\n", ", ");
}
