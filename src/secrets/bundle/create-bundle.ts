import { type KeyObject, randomBytes } from "node:crypto";
import { createAuthority, type Identity } from "../pki/certificate.ts";
import type { DistinguishedName } from "../pki/certificate-structure.ts";
import { generateKey, type KeyAlgorithm, writePrivateKey } from "../pki/keys.ts";
import { encodeBase64 } from "../pki/pem.ts";
import type { CaName, CertificateAndKey, SecretsBundle } from "./bundle.ts";

/** What each authority is made with; that of the aggregator has no subject, as Talos makes it. */
const AUTHORITIES: Readonly<Record<CaName, { subject: DistinguishedName; algorithm: KeyAlgorithm }>> = {
  etcd: { subject: { organizations: ["etcd"] }, algorithm: "ECDSA P-256" },
  k8s: { subject: { organizations: ["kubernetes"] }, algorithm: "ECDSA P-256" },
  k8saggregator: { subject: {}, algorithm: "ECDSA P-256" },
  os: { subject: { organizations: ["talos"] }, algorithm: "Ed25519" },
};

/** What a bundle is made of. */
export interface BundleRequest {
  /** From when its authorities are valid. */
  readonly now: Date;
  /** An RSA key that is there already: making one takes seconds. */
  readonly serviceAccountKey?: KeyObject;
}

/**
 * Makes the secrets of a new cluster as `talosctl gen secrets` does: the same for every version of Talos from 1.7 on.
 * Does not block.
 */
export async function createBundle({ now, serviceAccountKey }: BundleRequest): Promise<SecretsBundle> {
  const [serviceAccount, etcd, k8s, k8saggregator, os] = await Promise.all([
    serviceAccountKey ?? generateKey("RSA 4096"),
    createBundleAuthority("etcd", now),
    createBundleAuthority("k8s", now),
    createBundleAuthority("k8saggregator", now),
    createBundleAuthority("os", now),
  ]);
  return {
    cluster: { id: randomId(), secret: randomBase64() },
    secrets: { bootstraptoken: randomToken(), secretboxencryptionsecret: randomBase64() },
    trustdinfo: { token: randomToken() },
    certs: {
      etcd,
      k8s,
      k8saggregator,
      k8sserviceaccount: { key: encodeBase64(writePrivateKey(serviceAccount)) },
      os,
    },
  };
}

/** Makes one authority as Talos makes the one of that name: for a new bundle, or for a rotation. */
export async function createBundleAuthority(name: CaName, now: Date): Promise<CertificateAndKey> {
  return inBundle(await createAuthority({ ...AUTHORITIES[name], now }));
}

function inBundle({ certificate, key }: Identity): CertificateAndKey {
  return { crt: encodeBase64(certificate), key: encodeBase64(key) };
}

function randomBase64(): string {
  return randomBytes(32).toString("base64");
}

/** Talos 1.13 writes the alphabet of URLs and 1.14 the ordinary one: this has only what both have. */
function randomId(): string {
  const id = randomBase64();
  return /[+/]/.test(id) ? randomId() : id;
}

function randomToken(): string {
  return `${randomText(6)}.${randomText(16)}`;
}

const LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz";

/** Every character equally likely: bytes beyond the last multiple of 36 are drawn again. */
function randomText(length: number): string {
  let text = "";
  while (text.length < length) {
    const [byte = 255] = randomBytes(1);
    if (byte < 252) text += LETTERS.charAt(byte % LETTERS.length);
  }
  return text;
}
