import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";
import { invariant } from "../../core/invariant.ts";
import { readPem, writePem } from "./pem.ts";

/** The algorithms that new keys are made for. RSA is that of 4096 bits. */
export type KeyAlgorithm = "Ed25519" | "ECDSA P-256" | "RSA 4096";

/** What kind of key a key is, as people name it. */
export interface KeyKind {
  readonly family: "Ed25519" | "ECDSA" | "RSA" | "other";
  /** `Ed25519`, `ECDSA P-256`, `RSA 2048`. */
  readonly name: string;
  /** Of an RSA key: the bits of its modulus. */
  readonly bits?: number;
}

/** Makes a private key without blocking: one of RSA takes seconds. */
export function generateKey(algorithm: KeyAlgorithm): Promise<KeyObject> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, _publicKey: KeyObject, privateKey: KeyObject) =>
      error === null ? resolve(privateKey) : reject(error);
    switch (algorithm) {
      case "Ed25519":
        generateKeyPair("ed25519", {}, done);
        break;
      case "ECDSA P-256":
        generateKeyPair("ec", { namedCurve: "P-256" }, done);
        break;
      case "RSA 4096":
        generateKeyPair("rsa", { modulusLength: 4096 }, done);
        break;
    }
  });
}

/** The forms that Talos reads private keys in, by the label of the PEM block. */
const FORMS: Readonly<Record<string, "pkcs1" | "sec1" | "pkcs8">> = {
  "RSA PRIVATE KEY": "pkcs1",
  "EC PRIVATE KEY": "sec1",
  // PKCS#8 under a label of Talos' own, which OpenSSL, and so Node, does not read.
  "ED25519 PRIVATE KEY": "pkcs8",
  "PRIVATE KEY": "pkcs8",
};

/**
 * Reads a private key from a PEM text with exactly one block.
 *
 * @returns undefined where it is of no use to Talos: another label, an encrypted or damaged key
 */
export function readPrivateKey(pem: string): KeyObject | undefined {
  const [block, ...more] = readPem(pem);
  const form = FORMS[block?.label ?? ""];
  if (block === undefined || form === undefined || more.length > 0) return undefined;
  if (formOf(block.der) !== form) return undefined;
  try {
    const key = createPrivateKey({ key: block.der, format: "der", type: form });
    const isNamedSo = block.label !== "ED25519 PRIVATE KEY" || key.asymmetricKeyType === "ed25519";
    return isNamedSo && isWhole(key) ? key : undefined;
  } catch {
    return undefined;
  }
}

/** OpenSSL takes a key in any form whatever it is told, Go only in that of the label: what follows the version tells. */
function formOf(der: Buffer): "pkcs1" | "sec1" | "pkcs8" | undefined {
  const [tag, length = 0] = der;
  if (tag !== 0x30) return undefined;
  const [version, size, , next] = der.subarray(length < 0x80 ? 2 : 2 + (length & 0x7f));
  if (version !== 0x02 || size !== 1) return undefined;
  return next === 0x02 ? "pkcs1" : next === 0x04 ? "sec1" : next === 0x30 ? "pkcs8" : undefined;
}

/** Keys of ECDSA and RSA say their public part too: whether what the private part signs is what that one checks. */
function isWhole(key: KeyObject): boolean {
  const hash = key.asymmetricKeyType === "ed25519" ? null : "sha256";
  const text = Buffer.from("whole");
  return verify(hash, text, createPublicKey(key), sign(hash, text, key));
}

/** Writes a private key as Talos does, each algorithm in its form and under its label. */
export function writePrivateKey(key: KeyObject): string {
  const type = key.asymmetricKeyType;
  if (type === "ed25519")
    return writePem("ED25519 PRIVATE KEY", key.export({ type: "pkcs8", format: "der" }));
  if (type === "ec") return writePem("EC PRIVATE KEY", key.export({ type: "sec1", format: "der" }));
  invariant(type === "rsa", "a private key is of no algorithm that Talos has");
  return writePem("RSA PRIVATE KEY", key.export({ type: "pkcs1", format: "der" }));
}

const CURVES: Readonly<Record<string, string>> = {
  prime256v1: "P-256",
  secp384r1: "P-384",
  secp521r1: "P-521",
};

/** What kind of key a private or public key is. */
export function kindOfKey(key: KeyObject): KeyKind {
  const { namedCurve = "another curve", modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  const type = key.asymmetricKeyType;
  if (type === "ed25519") return { family: "Ed25519", name: "Ed25519" };
  if (type === "rsa") return { family: "RSA", name: `RSA ${modulusLength}`, bits: modulusLength };
  if (type !== "ec") return { family: "other", name: type ?? "an unknown algorithm" };
  const curve = CURVES[namedCurve];
  return curve === undefined
    ? { family: "other", name: `ECDSA ${namedCurve}` }
    : { family: "ECDSA", name: `ECDSA ${curve}` };
}
