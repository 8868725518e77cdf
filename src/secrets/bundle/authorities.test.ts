import { createHash, generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { readPem } from "../pki/pem.ts";
import { authoritiesOf, checkExpiry, fingerprintsOf, readAuthorities } from "./authorities.ts";
import { createBundle, createBundleAuthority } from "./create-bundle.ts";

const AT = { file: "secrets/c1.sops.yaml", document: 0, path: [] };
const NOW = new Date("2026-11-21T06:00:00Z");
const END = new Date("2036-11-18T06:00:00Z");
const DAY = 86_400_000;
const serviceAccountKey = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const bundle = await createBundle({ now: NOW, serviceAccountKey });
const next = await createBundleAuthority("os", new Date(NOW.getTime() + 100 * DAY));
const rotating = { ...bundle, rotation: { os: { phase: "accepted", ...next } } };

/** What sops leaves of a bundle whose certificates are not encrypted. */
function encrypted(value: object): unknown {
  const hide = (name: string, inner: unknown) =>
    name === "crt" ? inner : "ENC[AES256_GCM,data:AAAA,iv:AAAA,tag:AAAA,type:str]";
  return JSON.parse(
    JSON.stringify(value, (name, inner: unknown) => (typeof inner === "string" ? hide(name, inner) : inner)),
  );
}

describe("without any key", () => {
  test("the certificates of an encrypted file are read, those of a rotation too", () => {
    const { value, diagnostics } = readAuthorities(
      { ...Object(encrypted(rotating)), sops: { mac: "x" } },
      AT,
    );
    expect(diagnostics).toEqual([]);
    expect(Object.keys(value ?? {}).sort()).toEqual(["etcd", "k8s", "k8saggregator", "os", "os.accepted"]);
    expect(value).toMatchObject(authoritiesOf(bundle));
  });

  test("the fingerprint of an authority is the SHA-256 of its certificate", () => {
    const fingerprints = fingerprintsOf(authoritiesOf(bundle));
    expect(Object.keys(fingerprints).sort()).toEqual(["etcd", "k8s", "k8saggregator", "os"]);
    const [block] = readPem(Buffer.from(bundle.certs.os.crt, "base64").toString());
    expect(fingerprints["os"]).toBe(
      createHash("sha256")
        .update(block?.der ?? "")
        .digest("hex"),
    );
  });

  test("a certificate that is encrypted too, or missing, is reported at its place", () => {
    const { os: _, ...certs } = bundle.certs;
    const etcd = { crt: "ENC[AES256_GCM,data:AAAA]", key: "" };
    const { value, diagnostics } = readAuthorities({ certs: { ...certs, etcd } }, AT);
    expect(value).toBeUndefined();
    expect(diagnostics.map(({ code, at }) => [code, "path" in at ? at.path.join(".") : ""])).toEqual([
      ["ICH9119", "certs.etcd.crt"],
      ["ICH9102", "certs.os.crt"],
    ]);
    expect(readAuthorities(undefined, AT).diagnostics.map(({ code }) => code)).toEqual(
      Array(4).fill("ICH9102"),
    );
  });

  test("an authority that is replaced by one of the same key is found", () => {
    const same = { ...bundle, rotation: { os: { phase: "issuing", crt: bundle.certs.os.crt } } };
    expect(readAuthorities(same, AT).diagnostics.map(({ code }) => code)).toEqual(["ICH9117"]);
  });
});

describe("the dates of authorities", () => {
  const at = (days: number) => new Date(END.getTime() + days * DAY);
  const say = (now: Date, authorities = authoritiesOf(bundle)) =>
    checkExpiry(authorities, AT, now).map(({ code, severity, at: place }) => [
      code,
      severity,
      "path" in place ? place.path.join(".") : "",
    ]);
  const all = ["etcd", "k8s", "k8saggregator", "os"];

  test("are no matter until 180 days before the end", () => {
    expect(say(NOW)).toEqual([]);
    expect(say(at(-180.01))).toEqual([]);
    expect(say(at(-180))).toEqual(all.map((name) => ["ICH9116", "warning", `certs.${name}.crt`]));
    expect(say(END)).toEqual(all.map((name) => ["ICH9116", "warning", `certs.${name}.crt`]));
  });

  test("are a mistake after the end and before the beginning", () => {
    expect(say(at(0.001))).toEqual(all.map((name) => ["ICH9115", "error", `certs.${name}.crt`]));
    expect(say(new Date(NOW.getTime() - 1))).toEqual(
      all.map((name) => ["ICH9115", "error", `certs.${name}.crt`]),
    );
  });

  test("of the other authority of a rotation are only warned of: the old one may have ended", () => {
    const { value } = readAuthorities(rotating, AT);
    if (value === undefined) throw new Error("the bundle is not read");
    expect(say(NOW, value)).toEqual([["ICH9115", "warning", "rotation.os.crt"]]);
    expect(say(at(99.9), value).filter(([, , place]) => String(place).startsWith("rotation"))).toEqual([]);
  });
});
