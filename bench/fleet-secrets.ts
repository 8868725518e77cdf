import { createECDH, createPrivateKey, type KeyObject } from "node:crypto";
import { CA_SUBJECTS } from "../src/secrets/bundle/authorities.ts";
import { CA_NAMES, type CaName } from "../src/secrets/bundle/bundle.ts";
import { signCertificate } from "../src/secrets/pki/certificate-structure.ts";
import { encodeBase64 } from "../src/secrets/pki/pem.ts";
import type { Random } from "./random.ts";

/**
 * A bundle of the shape and size of a sealed one: its certificates are real and unlike any other's, its secrets noise.
 * The same chance gives the same text, so those of ECDSA, whose signatures differ each time, are signed by an
 * authority above them.
 */
export function secretsText(random: Random): string {
  const issuer = { key: ed25519(random), certificate: "" };
  issuer.certificate = authority(random, "O=nesc", { key: issuer.key });
  const certs = CA_NAMES.map(
    (name) =>
      `    ${name}:\n        crt: ${certificate(random, name, issuer)}\n        key: ${noise(random, 320)}\n`,
  );
  return `cluster:
    id: ${noise(random, 60)}
    secret: ${noise(random, 60)}
secrets:
    bootstraptoken: ${noise(random, 32)}
    secretboxencryptionsecret: ${noise(random, 60)}
trustdinfo:
    token: ${noise(random, 32)}
certs:
${certs.join("")}    k8sserviceaccount:
        key: ${noise(random, 5800)}
sops:
    age:
        - enc: ${random.hex(400)}
          recipient: age1${random.hex(58)}
    lastmodified: "2026-11-21T00:00:00Z"
    mac: ${noise(random, 172)}
    version: 3.13.3
`;
}

function certificate(random: Random, name: CaName, issuer: Issuer): string {
  const pem =
    name === "os"
      ? authority(random, CA_SUBJECTS.os, { key: ed25519(random) })
      : authority(random, CA_SUBJECTS[name], { key: p256(random), issuer });
  return encodeBase64(pem);
}

interface Issuer {
  readonly key: KeyObject;
  readonly certificate: string;
}

function authority(
  random: Random,
  subject: string,
  { key, issuer }: { readonly key: KeyObject; readonly issuer?: Issuer },
): string {
  const content = {
    subject: subject === "" ? {} : { organizations: [subject.replace("O=", "")] },
    serial: Buffer.from(`01${random.hex(30)}`, "hex"),
    notBefore: new Date("2026-01-01T00:00:00Z"),
    notAfter: new Date("2035-12-30T00:00:00Z"),
    key,
    keyUsage: ["digitalSignature", "keyCertSign"],
    extendedKeyUsage: ["serverAuth", "clientAuth"],
    isCa: true,
    subjectKeyId: Buffer.from(random.hex(40), "hex"),
  } as const;
  return issuer === undefined
    ? signCertificate(content, key)
    : signCertificate({ ...content, issuer: { certificate: issuer.certificate } }, issuer.key);
}

/** RFC 8410: what stands before the 32 bytes of a private key in PKCS#8. */
const ED25519_PKCS8 = "302e020100300506032b657004220420";

function ed25519(random: Random): KeyObject {
  const key = Buffer.from(ED25519_PKCS8 + random.hex(64), "hex");
  return createPrivateKey({ key, format: "der", type: "pkcs8" });
}

function p256(random: Random): KeyObject {
  const ecdh = createECDH("prime256v1");
  ecdh.setPrivateKey(`00${random.hex(62)}`, "hex");
  const point = ecdh.getPublicKey();
  const text = (part: Buffer) => part.toString("base64url");
  const coordinates = { x: text(point.subarray(1, 33)), y: text(point.subarray(33)) };
  const key = { kty: "EC", crv: "P-256", d: text(ecdh.getPrivateKey()), ...coordinates };
  return createPrivateKey({ key, format: "jwk" });
}

function noise(random: Random, digits: number): string {
  return `ENC[AES256_GCM,data:${random.hex(digits)},iv:${random.hex(44)},tag:${random.hex(24)},type:str]`;
}
