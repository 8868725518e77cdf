import { type KeyObject, randomBytes } from "node:crypto";
import { type AlternativeNames, type DistinguishedName, signCertificate } from "./certificate-structure.ts";
import { generateKey, type KeyAlgorithm, writePrivateKey } from "./keys.ts";

/** How long Talos' authorities live: ten times 365 days. */
export const AUTHORITY_HOURS = 87_600;

/** A certificate and its private key, each as PEM. */
export interface Identity {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate authority that can sign. */
export interface Authority {
  /** PEM. */
  readonly certificate: string;
  readonly key: KeyObject;
}

/** What is random in a certificate, for those who need a certain one. */
interface Chosen {
  readonly key?: KeyObject;
  readonly serial?: Uint8Array;
  readonly subjectKeyId?: Uint8Array;
}

/** What an authority is to be. */
export interface AuthorityRequest extends Chosen {
  readonly subject: DistinguishedName;
  readonly algorithm: KeyAlgorithm;
  /** From when it is valid, for {@link AUTHORITY_HOURS}. */
  readonly now: Date;
}

/**
 * Makes a self-signed certificate authority as Talos makes its own: for servers and clients, without a limit of
 * the path, with a random key identifier.
 */
export async function createAuthority(request: AuthorityRequest): Promise<Identity> {
  const key = request.key ?? (await generateKey(request.algorithm));
  const certificate = signCertificate(
    {
      subject: request.subject,
      serial: request.serial ?? randomBytes(16),
      notBefore: request.now,
      notAfter: new Date(request.now.getTime() + AUTHORITY_HOURS * 3_600_000),
      key,
      keyUsage: ["digitalSignature", "keyCertSign"],
      extendedKeyUsage: ["serverAuth", "clientAuth"],
      isCa: true,
      subjectKeyId: request.subjectKeyId ?? randomBytes(20),
    },
    key,
  );
  return { certificate, key: writePrivateKey(key) };
}

/** What a certificate of a client or a server is to be. */
export interface CertificateRequest extends Pick<Chosen, "key" | "serial"> {
  readonly authority: Authority;
  readonly subject: DistinguishedName;
  readonly algorithm: KeyAlgorithm;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly keyUsage: readonly ("digitalSignature" | "keyEncipherment")[];
  /** Without it: a client, and nothing else. */
  readonly extendedKeyUsage?: readonly ("serverAuth" | "clientAuth")[];
  /** Of a server. */
  readonly alternativeNames?: AlternativeNames;
}

/** Makes a new key and a certificate for it with which a client or a server shows who it is. */
export async function issueCertificate(request: CertificateRequest): Promise<Identity> {
  const { authority, subject, notBefore, notAfter, keyUsage, alternativeNames } = request;
  const key = request.key ?? (await generateKey(request.algorithm));
  const certificate = signCertificate(
    {
      subject,
      issuer: authority,
      serial: request.serial ?? randomBytes(16),
      notBefore,
      notAfter,
      key,
      keyUsage,
      extendedKeyUsage: request.extendedKeyUsage ?? ["clientAuth"],
      isCa: false,
      ...(alternativeNames !== undefined && { alternativeNames }),
    },
    authority.key,
  );
  return { certificate, key: writePrivateKey(key) };
}
