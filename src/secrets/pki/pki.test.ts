import { generateKeyPairSync, type KeyObject, sign, verify, X509Certificate } from "node:crypto";
import { AsnConvert } from "@peculiar/asn1-schema";
import { Certificate } from "@peculiar/asn1-x509";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Authority, createAuthority, issueCertificate } from "./certificate.ts";
import { subjectKeyIdOf } from "./certificate-structure.ts";
import { generateKey, type KeyAlgorithm, kindOfKey, readPrivateKey, writePrivateKey } from "./keys.ts";
import { decodeBase64, readPem, writePem } from "./pem.ts";
import { haveSameKey, isIntact, keyMatches, readCertificate } from "./read-certificate.ts";

const NOW = new Date("2026-11-21T06:00:00.750Z");
const P256 = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const ED25519 = generateKeyPairSync("ed25519").privateKey;
const RSA = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("a value is missing");
  return value;
}

async function authorityOf(key: KeyObject): Promise<Authority> {
  const subject = { organizations: ["talos"] };
  const { certificate } = await createAuthority({ subject, algorithm: "Ed25519", now: NOW, key });
  return { certificate, key };
}

function extensionsOf(certificate: string): readonly string[] {
  const { extensions } = AsnConvert.parse(must(readPem(certificate)[0]).der, Certificate).tbsCertificate;
  return [...(extensions ?? [])].map(
    ({ extnID, critical, extnValue }) =>
      `${extnID}${critical ? " critical" : ""} ${Buffer.from(extnValue.buffer).toString("hex")}`,
  );
}

describe("PEM", () => {
  test("any bytes are read back from any text that holds them", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        fc.constantFrom("", "a note\n"),
        (der, around) => {
          const read = readPem(`${around}${writePem("CERTIFICATE", der)}${around}`);
          expect(read).toEqual([{ label: "CERTIFICATE", der: Buffer.from(der) }]);
        },
      ),
    );
  });

  test.each(["", "TUlJ*", "TUlJQ", "=", "TUlJ-_==", "TU=J"])("%j is no base64 beyond what it is", (text) => {
    expect(decodeBase64(text)).toEqual(text === "" ? Buffer.alloc(0) : undefined);
  });

  test("a key with a passphrase is no block", () => {
    const text = RSA.export({ type: "pkcs1", format: "pem", cipher: "aes-128-cbc", passphrase: "x" });
    expect(readPem(String(text))).toEqual([]);
  });
});

describe("private keys", () => {
  test.each([
    { key: ED25519, label: "ED25519 PRIVATE KEY", name: "Ed25519" },
    { key: P256, label: "EC PRIVATE KEY", name: "ECDSA P-256" },
    { key: RSA, label: "RSA PRIVATE KEY", name: "RSA 2048" },
  ])("$name keys are written under Talos' label and read back", ({ key, label, name }) => {
    const pem = writePrivateKey(key);
    expect(pem.split("\n")[0]).toBe(`-----BEGIN ${label}-----`);
    expect(must(readPrivateKey(pem)).equals(key)).toBe(true);
    expect(kindOfKey(key).name).toBe(name);
    const general = String(key.export({ type: "pkcs8", format: "pem" }));
    expect(must(readPrivateKey(general)).equals(key)).toBe(true);
  });

  test.each(["Ed25519", "ECDSA P-256"] as const satisfies readonly KeyAlgorithm[])(
    "a new %s key signs",
    async (name) => {
      const key = await generateKey(name);
      expect(kindOfKey(key).name).toBe(name);
      expect((await generateKey(name)).equals(key)).toBe(false);
      expect(
        verify(
          null,
          Buffer.from("x"),
          { key: key.export({ type: "pkcs8", format: "pem" }) },
          sign(null, Buffer.from("x"), key),
        ),
      ).toBe(true);
    },
  );

  test("a curve that neither Go nor Kubernetes knows is another kind of key", () => {
    const key = generateKeyPairSync("ec", { namedCurve: "secp256k1" }).privateKey;
    expect(kindOfKey(key)).toEqual({ family: "other", name: "ECDSA secp256k1" });
  });

  test.each([
    ["under a label of another algorithm", writePrivateKey(P256).replaceAll("EC PRIVATE", "RSA PRIVATE")],
    [
      "of another algorithm under Talos' own label",
      String(P256.export({ type: "pkcs8", format: "pem" })).replaceAll("PRIVATE", "ED25519 PRIVATE"),
    ],
    ["twice", writePrivateKey(P256) + writePrivateKey(P256)],
    ["cut off", writePrivateKey(ED25519).replace(/.{8}\n-----END/, "\n-----END")],
    [
      "behind the parameters of its curve",
      `${writePem("EC PARAMETERS", Buffer.from([6, 0]))}${writePrivateKey(P256)}`,
    ],
    ["that is none", "no key"],
  ])("a key %s is not read", (_, pem) => {
    expect(readPrivateKey(pem)).toBeUndefined();
  });

  test("an ECDSA key whose private part is not that of its public part is not read", () => {
    const der = Buffer.from(P256.export({ type: "sec1", format: "der" }));
    der.writeUInt8((der.readUInt8(20) + 1) % 256, 20);
    expect(readPrivateKey(writePem("EC PRIVATE KEY", der))).toBeUndefined();
  });
});

describe("an authority", () => {
  test("says what Talos' own says, in the same order", async () => {
    const { certificate } = await authorityOf(ED25519);
    const id = must(subjectKeyIdOf(certificate)).toString("hex");
    expect(id).toHaveLength(40);
    expect(extensionsOf(certificate)).toEqual([
      "2.5.29.15 critical 03020284",
      "2.5.29.37 301406082b0601050507030106082b06010505070302",
      "2.5.29.19 critical 30030101ff",
      `2.5.29.14 0414${id}`,
    ]);
    expect(readCertificate(certificate)).toMatchObject({
      subject: "O=talos",
      issuer: "O=talos",
      isCa: true,
      notBefore: new Date("2026-11-21T06:00:00Z"),
      notAfter: new Date("2036-11-18T06:00:00Z"),
      algorithm: { family: "Ed25519" },
    });
    expect(isIntact(certificate)).toBe(true);
  });

  test("has another serial and key identifier each time", async () => {
    const [a, b] = [await authorityOf(P256), await authorityOf(P256)];
    expect(readCertificate(a.certificate)?.serial).not.toBe(readCertificate(b.certificate)?.serial);
    expect(subjectKeyIdOf(a.certificate)).not.toEqual(subjectKeyIdOf(b.certificate));
    expect(haveSameKey(a.certificate, b.certificate)).toBe(true);
    expect(haveSameKey(a.certificate, (await authorityOf(ED25519)).certificate)).toBe(false);
  });

  test("may have no subject at all, as the aggregator's has none", async () => {
    const { certificate } = await createAuthority({ subject: {}, algorithm: "ECDSA P-256", now: NOW });
    expect(readCertificate(certificate)).toMatchObject({ subject: "", issuer: "", isCa: true });
  });

  test("with any serial of up to 16 bytes has that number", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 16 }), async (serial) => {
        const { certificate } = await createAuthority({
          subject: {},
          algorithm: "Ed25519",
          now: NOW,
          key: ED25519,
          serial,
        });
        const read = BigInt(`0x${must(readCertificate(certificate)).serial}`);
        expect(read).toBe(BigInt(`0x${Buffer.from(serial).toString("hex")}`));
      }),
      { numRuns: 50 },
    );
  });

  test.each([
    ["00", "020100"],
    ["000001", "020101"],
    ["0080", "02020080"],
    ["ff01", "020300ff01"],
  ])("with the serial %s writes it as short as DER demands", async (serial, written) => {
    const request = { subject: {}, algorithm: "Ed25519", now: NOW, key: ED25519 } as const;
    const made = await createAuthority({ ...request, serial: Buffer.from(serial, "hex") });
    const der = must(readPem(made.certificate)[0]).der.toString("hex");
    // Behind the version comes the serial, and then the algorithm.
    expect(der).toContain(`a003020102${written}300506032b6570`);
  });

  test("whose signature was changed is not intact", async () => {
    const { certificate } = await authorityOf(ED25519);
    const der = Buffer.from(must(readPem(certificate)[0]).der);
    der.writeUInt8(der.readUInt8(der.length - 5) ^ 1, der.length - 5);
    expect(isIntact(writePem("CERTIFICATE", der))).toBe(false);
  });
});

describe("a server's certificate", () => {
  const request = {
    algorithm: "Ed25519",
    notBefore: NOW,
    notAfter: new Date("2050-01-01T00:00:00Z"),
    keyUsage: ["digitalSignature"],
    extendedKeyUsage: ["serverAuth"],
    alternativeNames: { dns: ["w0"], addresses: ["10.0.0.5", "2001:db8::5"] },
  } as const;
  const NAMES = "301c8202773087040a000005871020010db8000000000000000000000005";

  test("says last what names and addresses it is for", async () => {
    const authority = await authorityOf(ED25519);
    const subject = { organizations: ["talos"] };
    const { certificate } = await issueCertificate({ ...request, authority, subject });
    const id = must(subjectKeyIdOf(authority.certificate)).toString("hex");
    expect(extensionsOf(certificate)).toEqual([
      "2.5.29.15 critical 03020780",
      "2.5.29.37 300a06082b06010505070301",
      `2.5.29.35 30168014${id}`,
      `2.5.29.17 ${NAMES}`,
    ]);
    const read = new X509Certificate(certificate);
    expect(["10.0.0.5", "2001:db8:0::5", "10.0.0.6"].map((address) => read.checkIP(address))).toEqual([
      "10.0.0.5",
      "2001:db8:0::5",
      undefined,
    ]);
    expect(read.checkHost("w0")).toBe("w0");
  });

  test("without a subject is known by its names only, which is critical then", async () => {
    const authority = await authorityOf(ED25519);
    const { certificate } = await issueCertificate({ ...request, authority, subject: {} });
    expect(extensionsOf(certificate).at(-1)).toBe(`2.5.29.17 critical ${NAMES}`);
  });
});

describe("a client's certificate", () => {
  const request = {
    algorithm: "Ed25519",
    notBefore: NOW,
    notAfter: new Date("2050-01-01T00:00:00Z"),
    keyUsage: ["digitalSignature"],
  } as const;

  test("says whose it is and who issued it, and nothing else", async () => {
    const authority = await authorityOf(ED25519);
    const subject = { organizations: ["os:reader", "os:admin"] };
    const { certificate, key } = await issueCertificate({ ...request, authority, subject });
    const id = must(subjectKeyIdOf(authority.certificate)).toString("hex");
    expect(extensionsOf(certificate)).toEqual([
      "2.5.29.15 critical 03020780",
      "2.5.29.37 300a06082b06010505070302",
      `2.5.29.35 30168014${id}`,
    ]);
    expect(readCertificate(certificate)).toMatchObject({
      issuer: "O=talos",
      isCa: false,
      notAfter: request.notAfter,
    });
    expect(keyMatches(certificate, must(readPrivateKey(key)))).toBe(true);
    expect(keyMatches(certificate, ED25519)).toBe(false);
    const [issued, issuer] = [new X509Certificate(certificate), new X509Certificate(authority.certificate)];
    expect(issued.checkIssued(issuer) && issued.verify(issuer.publicKey)).toBe(true);
  });

  test.each([
    { name: "RSA", key: RSA },
    { name: "ECDSA P-384", key: generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey },
    { name: "ECDSA P-521", key: generateKeyPairSync("ec", { namedCurve: "P-521" }).privateKey },
  ])("is signed by an authority of $name too, as old clusters have", async ({ key }) => {
    const authority = await authorityOf(key);
    const { certificate } = await issueCertificate({ ...request, authority, subject: { commonName: "x" } });
    const issuer = new X509Certificate(authority.certificate);
    expect(new X509Certificate(certificate).verify(issuer.publicKey)).toBe(true);
    expect(isIntact(authority.certificate)).toBe(true);
  });

  test("names users in any script, organizations first", async () => {
    const authority = await authorityOf(P256);
    const subject = { organizations: ["ops"], commonName: "Åsa_Öst" };
    const { certificate } = await issueCertificate({ ...request, authority, subject });
    expect(readCertificate(certificate)?.subject).toBe("O=ops, CN=Åsa_Öst");
  });
});

test("only a text with exactly one certificate is a certificate", async () => {
  const { certificate } = await authorityOf(ED25519);
  expect(readCertificate(`subject=O = talos\n${certificate}`)?.isCa).toBe(true);
  for (const text of [
    "",
    certificate + certificate,
    certificate.replaceAll("CERTIFICATE", "PUBLIC KEY"),
    writePem("CERTIFICATE", Buffer.from("x")),
  ]) {
    expect(readCertificate(text)).toBeUndefined();
    expect(keyMatches(text, ED25519)).toBe(false);
    expect(isIntact(text)).toBe(false);
  }
});
