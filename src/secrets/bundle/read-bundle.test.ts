import { generateKeyPairSync, type KeyObject } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Diagnostic, hasErrors } from "../../core/diagnostic.ts";
import { isMapping } from "../../core/mapping.ts";
import { type Path, valueAt } from "../../core/path.ts";
import { createAuthority, issueCertificate } from "../pki/certificate.ts";
import { readPrivateKey, writePrivateKey } from "../pki/keys.ts";
import { encodeBase64, readPem, writePem } from "../pki/pem.ts";
import { authoritiesOf, fingerprintsOf } from "./authorities.ts";
import { CA_NAMES, type CertificateAndKey } from "./bundle.ts";
import { createBundle, createBundleAuthority } from "./create-bundle.ts";
import { readBundle } from "./read-bundle.ts";

const AT = { file: "secrets/c1.sops.yaml", document: 0, path: [] };
const NOW = new Date("2026-11-21T06:00:00Z");
const bundle = await createBundle({ now: NOW });
const other = await createBundle({ now: NOW, serviceAccountKey: ecdsa("P-256") });

function ecdsa(namedCurve: string): KeyObject {
  return generateKeyPairSync("ec", { namedCurve }).privateKey;
}

function rsa(modulusLength: number): KeyObject {
  return generateKeyPairSync("rsa", { modulusLength }).privateKey;
}

/** The bundle with one value replaced, or removed by undefined. */
function changed(path: Path, value: unknown, root: unknown = bundle): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  const mapping = isMapping(root) ? root : {};
  return { ...mapping, [first]: changed(rest, value, mapping[first] ?? {}) };
}

async function authority(key: KeyObject, organization: string): Promise<CertificateAndKey> {
  const subject = { organizations: [organization] };
  const made = await createAuthority({ subject, algorithm: "Ed25519", now: NOW, key });
  return { crt: encodeBase64(made.certificate), key: encodeBase64(made.key) };
}

function keyOf(key: KeyObject): string {
  return encodeBase64(writePrivateKey(key));
}

function pemOf(base64: string): string {
  return Buffer.from(base64, "base64").toString("latin1");
}

function codesOf(value: unknown): readonly string[] {
  return readBundle(value, AT).diagnostics.map(({ code }) => code);
}

/** A certificate with its signature, the last 64 bytes of Ed25519, changed. */
function withAnotherSignature(crt: string): string {
  const der = Buffer.from(readPem(pemOf(crt))[0]?.der ?? "");
  return encodeBase64(writePem("CERTIFICATE", Buffer.concat([der.subarray(0, -64), Buffer.alloc(64, 1)])));
}

/** Every text of a bundle that is a secret, and every part of its keys that says something. */
function secretsOf(value: unknown): readonly string[] {
  if (typeof value === "string")
    return [value, ...pemOf(value).split("\n")].filter((text) => text.length > 7);
  return isMapping(value) ? Object.values(value).flatMap(secretsOf) : [];
}

function expectNoLeak(diagnostics: readonly Diagnostic[], value: unknown): void {
  const said = JSON.stringify(diagnostics);
  // The labels of PEM are words that messages use too.
  const secrets = secretsOf(value).filter((secret) => !secret.includes("-----"));
  const parts = secrets.flatMap((secret) => secret.match(/.{8}/gs) ?? []);
  expect(parts.filter((part) => said.includes(part))).toEqual([]);
}

const leaf = await issueCertificate({
  authority: {
    certificate: pemOf(bundle.certs.os.crt),
    key: readPrivateKey(pemOf(bundle.certs.os.key)) ?? ecdsa("P-256"),
  },
  subject: { organizations: ["os:admin"] },
  algorithm: "Ed25519",
  notBefore: NOW,
  notAfter: new Date("2027-01-01T00:00:00Z"),
  keyUsage: ["digitalSignature"],
});
const ecdsaOs = await authority(ecdsa("P-256"), "talos");
const ed25519Etcd = await authority(generateKeyPairSync("ed25519").privateKey, "etcd");
const oldEtcd = await authority(rsa(2048), "etcd");
const weakEtcd = await authority(rsa(1024), "etcd");
const kubeadm = await authority(ecdsa("P-384"), "kubernetes-ca");
const next = await createBundleAuthority("os", NOW);

describe("a new bundle", () => {
  test("is what Talos makes", () => {
    expect(readBundle(bundle, AT)).toEqual({ value: bundle, diagnostics: [] });
    expect(readBundle(other, AT)).toEqual({ value: other, diagnostics: [] });
    expect(pemOf(bundle.certs.k8sserviceaccount.key)).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n/);
    expect(
      readPrivateKey(pemOf(bundle.certs.k8sserviceaccount.key))?.asymmetricKeyDetails?.modulusLength,
    ).toBe(4096);
    expect(
      Object.entries(authoritiesOf(bundle)).map(([name, read]) => [name, read.subject, read.algorithm.name]),
    ).toEqual([
      ["etcd", "O=etcd", "ECDSA P-256"],
      ["k8s", "O=kubernetes", "ECDSA P-256"],
      ["k8saggregator", "", "ECDSA P-256"],
      ["os", "O=talos", "Ed25519"],
    ]);
  });

  test("shares no secret with another, and its id suits both alphabets of base64", () => {
    const secrets = new Set(
      secretsOf(other.cluster).concat(secretsOf(other.secrets), secretsOf(other.trustdinfo)),
    );
    expect(secretsOf(bundle).filter((text) => secrets.has(text))).toEqual([]);
    expect(bundle.cluster.id).toMatch(/^[A-Za-z0-9]{43}=$/);
  });
});

const LEFT_OUT = undefined;

describe("each mistake has its own code", () => {
  test.each<readonly [string, Path, unknown, string]>([
    ["no cluster", ["cluster"], LEFT_OUT, "ICH9102"],
    ["no secret", ["cluster", "secret"], LEFT_OUT, "ICH9102"],
    ["an empty token", ["trustdinfo", "token"], "", "ICH9102"],
    ["no key of an authority", ["certs", "etcd", "key"], LEFT_OUT, "ICH9102"],
    ["a token that is a number", ["trustdinfo", "token"], 123456.1234, "ICH9104"],
    ["a section that is text", ["cluster"], "x", "ICH9104"],
    ["another field", ["certs", "kubernetes"], {}, "ICH9103"],
    ["a token in capitals", ["secrets", "bootstraptoken"], "ABCDEF.0123456789abcdef", "ICH9105"],
    ["a token without its end", ["trustdinfo", "token"], "abcdef.0123456789abcde", "ICH9105"],
    ["an id that is no base64", ["cluster", "id"], "?".repeat(44), "ICH9106"],
    ["a secret of 31 bytes", ["cluster", "secret"], Buffer.alloc(31).toString("base64"), "ICH9106"],
    [
      "an encryption secret of 16 bytes",
      ["secrets", "secretboxencryptionsecret"],
      Buffer.alloc(16).toString("base64"),
      "ICH9106",
    ],
    [
      "both encryption secrets",
      ["secrets", "aescbcencryptionsecret"],
      Buffer.alloc(32).toString("base64"),
      "ICH9107",
    ],
    ["no encryption secret", ["secrets", "secretboxencryptionsecret"], LEFT_OUT, "ICH9107"],
    [
      "a certificate of another signature",
      ["certs", "os", "crt"],
      withAnotherSignature(bundle.certs.os.crt),
      "ICH9108",
    ],
    ["PEM without base64 around it", ["certs", "os", "crt"], pemOf(bundle.certs.os.crt), "ICH9108"],
    [
      "two certificates",
      ["certs", "os", "crt"],
      encodeBase64(pemOf(bundle.certs.os.crt).repeat(2)),
      "ICH9108",
    ],
    [
      "a certificate that is no authority",
      ["certs", "os"],
      { crt: encodeBase64(leaf.certificate), key: encodeBase64(leaf.key) },
      "ICH9109",
    ],
    ["an ECDSA authority of Talos", ["certs", "os"], ecdsaOs, "ICH9110"],
    ["an Ed25519 authority of etcd", ["certs", "etcd"], ed25519Etcd, "ICH9110"],
    ["an RSA authority of too few bits", ["certs", "etcd"], weakEtcd, "ICH9110"],
    [
      "a key of another algorithm than its certificate",
      ["certs", "os", "key"],
      bundle.certs.k8s.key,
      "ICH9110",
    ],
    [
      "an Ed25519 key for service accounts",
      ["certs", "k8sserviceaccount", "key"],
      bundle.certs.os.key,
      "ICH9110",
    ],
    ["a certificate for a key", ["certs", "os", "key"], bundle.certs.os.crt, "ICH9111"],
    ["a damaged key for service accounts", ["certs", "k8sserviceaccount", "key"], "AAAA", "ICH9111"],
    ["another cluster's key", ["certs", "os", "key"], other.certs.os.key, "ICH9112"],
    ["another cluster's certificate", ["certs", "k8s", "crt"], other.certs.k8s.crt, "ICH9112"],
    ["the aggregator at the place of Kubernetes", ["certs", "k8s"], bundle.certs.k8saggregator, "ICH9113"],
    ["Kubernetes at the place of the aggregator", ["certs", "k8saggregator"], bundle.certs.k8s, "ICH9113"],
    ["etcd at the place of Talos", ["certs", "os"], bundle.certs.etcd, "ICH9113"],
    ["an unknown phase", ["rotation", "os"], { ...next, phase: "done" }, "ICH9117"],
    ["a new authority without key", ["rotation", "os"], { phase: "accepted", crt: next.crt }, "ICH9117"],
    ["an old authority with key", ["rotation", "os"], { ...next, phase: "issuing" }, "ICH9117"],
    [
      "an authority replaced by itself",
      ["rotation", "os"],
      { phase: "accepted", ...bundle.certs.os },
      "ICH9117",
    ],
    [
      "a new authority with another's key",
      ["rotation", "os"],
      { ...next, phase: "accepted", key: bundle.certs.os.key },
      "ICH9112",
    ],
    ["a new authority of another place", ["rotation", "k8s"], { ...next, phase: "accepted" }, "ICH9113"],
    ["a rotation of etcd", ["rotation", "etcd"], { ...next, phase: "accepted" }, "ICH9103"],
    ["an encrypted value", ["cluster", "secret"], "ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]", "ICH9118"],
    ["a redacted value", ["trustdinfo", "token"], "******", "ICH9120"],
    ["a reference", ["certs", "os", "key"], "ref+vault://kv/c1#/os", "ICH9121"],
  ])("%s", (_, path, value, code) => {
    const damaged = changed(path, value);
    const { value: read, diagnostics } = readBundle(damaged, AT);
    expect(read).toBeUndefined();
    expect(diagnostics.map((found) => found.code)).toEqual([code]);
    expectNoLeak(diagnostics, damaged);
  });

  test("certificates exchanged between etcd and Kubernetes are found in both places, with their keys or without", () => {
    const { etcd, k8s } = bundle.certs;
    const withKeys = { ...bundle.certs, etcd: k8s, k8s: etcd };
    expect(codesOf({ ...bundle, certs: withKeys })).toEqual(["ICH9113", "ICH9113"]);
    const alone = { ...bundle.certs, etcd: { ...etcd, crt: k8s.crt }, k8s: { ...k8s, crt: etcd.crt } };
    expect(codesOf({ ...bundle, certs: alone })).toEqual(["ICH9113", "ICH9113"]);
  });

  test("what is no mapping at all is one mistake", () => {
    for (const value of [undefined, null, "x", 1, []]) expect(codesOf(value)).toEqual(["ICH9104"]);
  });

  test("several mistakes are all reported, each at its place", () => {
    const value = changed(["trustdinfo"], { tokn: "x" }, changed(["cluster", "id"], "x"));
    const { diagnostics } = readBundle(value, AT);
    expect(diagnostics.map(({ code, at }) => [code, "path" in at ? at.path.join(".") : ""])).toEqual([
      ["ICH9103", "trustdinfo.tokn"],
      ["ICH9102", "trustdinfo"],
      ["ICH9106", "cluster.id"],
    ]);
    expect(diagnostics[0]?.message).toContain('did you mean "token"?');
  });

  test("a name that may be a secret is not repeated", () => {
    const secret = "h0tel7.k1lo9x2yankee3f4";
    const { diagnostics } = readBundle({ ...bundle, [secret]: "x" }, AT);
    expect(diagnostics.map(({ code }) => code)).toEqual(["ICH9103"]);
    expect(JSON.stringify(diagnostics)).not.toContain(secret);
  });
});

describe("what old and unusual clusters have is taken", () => {
  test.each<readonly [string, Path, unknown, readonly string[]]>([
    ["an RSA authority, with a warning", ["certs", "etcd"], oldEtcd, ["ICH9114"]],
    ["an authority of another subject", ["certs", "k8s"], kubeadm, []],
    [
      "an id in the alphabet of URLs",
      ["cluster", "id"],
      `${Buffer.alloc(32, 0xfb).toString("base64url")}=`,
      [],
    ],
    [
      "an RSA key for service accounts of 2048 bits",
      ["certs", "k8sserviceaccount", "key"],
      keyOf(rsa(2048)),
      [],
    ],
    ["an ECDSA key for service accounts", ["certs", "k8sserviceaccount", "key"], keyOf(ecdsa("P-521")), []],
    ["a new authority that is accepted", ["rotation", "os"], { phase: "accepted", ...next }, []],
    ["an old authority that is still accepted", ["rotation", "os"], { phase: "issuing", crt: next.crt }, []],
  ])("%s", (_, path, value, codes) => {
    const given = changed(path, value);
    const { value: read, diagnostics } = readBundle(given, AT);
    expect(read).toEqual(given);
    expect(diagnostics.map(({ code, severity }) => [code, severity])).toEqual(
      codes.map((code) => [code, "warning"]),
    );
  });

  test("aescbc in place of secretbox", () => {
    const { bootstraptoken } = bundle.secrets;
    const aescbcencryptionsecret = Buffer.alloc(16, 7).toString("base64");
    const old = {
      ...bundle,
      secrets: { bootstraptoken, aescbcencryptionsecret, secretboxencryptionsecret: "" },
    };
    expect(readBundle(old, AT)).toEqual({
      value: { ...bundle, secrets: { bootstraptoken, aescbcencryptionsecret } },
      diagnostics: [],
    });
  });

  test("base64 in lines is joined", () => {
    const lines = `${bundle.certs.os.crt.replace(/.{76}/g, "$&\n")}\n`;
    expect(readBundle(changed(["certs", "os", "crt"], lines), AT)).toEqual({
      value: bundle,
      diagnostics: [],
    });
  });
});

const FIELDS: readonly Path[] = [
  ["cluster", "id"],
  ["cluster", "secret"],
  ["secrets", "bootstraptoken"],
  ["secrets", "secretboxencryptionsecret"],
  ["trustdinfo", "token"],
  ...CA_NAMES.flatMap((name) => [
    ["certs", name, "crt"],
    ["certs", name, "key"],
  ]),
  ["certs", "k8sserviceaccount", "key"],
];

test("one changed character is reported at its field, or changes neither a key nor a certificate", () => {
  const fingerprints = fingerprintsOf(authoritiesOf(other));
  const character = fc.constantFrom(...Array.from("AZaz09+/=.- \n*"));
  fc.assert(
    fc.property(
      fc.constantFrom(...FIELDS),
      fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      character,
      (path, where, by) => {
        const text = String(valueAt(other, path));
        const at = Math.floor(where * text.length);
        const damaged = changed(path, text.slice(0, at) + by + text.slice(at + 1), other);
        const { value, diagnostics } = readBundle(damaged, AT);
        expectNoLeak(diagnostics, damaged);
        expect(value === undefined).toBe(hasErrors(diagnostics));
        for (const { at: place } of diagnostics) expect("path" in place && place.path).toEqual(path);
        if (value !== undefined) expect(fingerprintsOf(authoritiesOf(value))).toEqual(fingerprints);
      },
    ),
    { numRuns: 400 },
  );
});
