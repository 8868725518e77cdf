import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from "node:crypto";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { createLeakGuard, type LeakGuard } from "./leak-guard.ts";
import { isTelling } from "./secret-forms.ts";

const FILE = "clusters/hel1/x/secrets.sops.yaml";
const base64 = (text: string | Buffer) => Buffer.from(text).toString("base64");
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const random = (length: number) => [...randomBytes(length)].map((byte) => ALPHABET[byte % 64]).join("");

function guardOf(...values: readonly string[]): LeakGuard {
  const guard = createLeakGuard();
  for (const [index, value] of values.entries()) guard.learn(value, `${FILE}#/${index}`);
  return guard;
}

const leaks = (guard: LeakGuard, text: string) => guard.check(text, { allowShapes: true }) !== undefined;

function armor(label: string, der: Buffer): string {
  const lines = base64(der).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

const exported = (key: KeyObject, type: "pkcs1" | "pkcs8" | "sec1") =>
  key.export({ format: "pem", type: type as "pkcs8" }).toString();
const RSA = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
const EC = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const ED = generateKeyPairSync("ed25519").privateKey;
const KEYS: readonly (readonly [string, string])[] = [
  ["RSA in PKCS #1", exported(RSA, "pkcs1")],
  ["RSA in PKCS #8", exported(RSA, "pkcs8")],
  ["P-256 in SEC 1", exported(EC, "sec1")],
  ["P-256 in PKCS #8", exported(EC, "pkcs8")],
  ["Ed25519", exported(ED, "pkcs8")],
  ["Ed25519 with Talos' label", exported(ED, "pkcs8").replaceAll("PRIVATE", "ED25519 PRIVATE")],
];

describe("a private key that is known", () => {
  test.each(KEYS)("%s: is found in every form", (_, pem) => {
    for (const learned of [pem, base64(pem), pem.replaceAll("\n", "\r\n")]) {
      const guard = guardOf(learned);
      const body = pem.split("\n").slice(1, -2);
      expect(leaks(guard, pem)).toBe(true);
      expect(leaks(guard, `key: |\n  ${pem.replaceAll("\n", "\n  ")}`)).toBe(true);
      expect(leaks(guard, JSON.stringify(JSON.stringify({ pem })))).toBe(true);
      expect(leaks(guard, body.join(""))).toBe(true);
      if (learned.includes("\r")) continue;
      for (let before = 0; before < 3; before++) {
        expect(leaks(guard, base64("#".repeat(before) + pem))).toBe(true);
        expect(leaks(guard, base64("#".repeat(before) + base64(pem)))).toBe(learned !== pem);
      }
      expect(leaks(guard, base64(pem).replace(/.{76}/g, "$&\n"))).toBe(true);
    }
  });

  test.each(KEYS)("%s: its public half, which certificates have too, is no leak", (_, pem) => {
    const spki = createPublicKey(createPrivateKey(pem.replaceAll("ED25519 PRIVATE", "PRIVATE"))).export({
      format: "der",
      type: "spki",
    });
    const guard = guardOf(pem, base64(pem));
    for (let before = 0; before < 48; before++) {
      const certificate = armor("CERTIFICATE", Buffer.concat([randomBytes(before), spki]));
      for (const text of [
        certificate,
        base64(certificate),
        base64(`#${certificate}`),
        base64(`##${certificate}`),
      ]) {
        expect(guard.check(`crt: ${text}`)).toBeUndefined();
      }
    }
    expect(
      guard.check(
        JSON.stringify(createPublicKey({ key: spki, format: "der", type: "spki" }).export({ format: "jwk" })),
      ),
    ).toBeUndefined();
    expect(leaks(guard, "-----BEGIN EC PRIVATE KEY-----\n-----END RSA PRIVATE KEY-----\n")).toBe(false);
  });

  it("that makes up a file with its certificate is known without the certificate", () => {
    const certificate = armor("CERTIFICATE", randomBytes(300));
    const key = KEYS[2]?.[1] ?? "";
    const guard = guardOf(base64(certificate + key));
    expect(leaks(guard, key)).toBe(true);
    expect(leaks(guard, base64(key))).toBe(true);
    expect(leaks(guard, base64(certificate + key))).toBe(true);
    expect(leaks(guard, certificate + base64(certificate))).toBe(false);
  });

  it("is another key's neighbour without being taken for it", () => {
    const guard = guardOf(base64(KEYS[3]?.[1] ?? ""), base64(KEYS[4]?.[1] ?? ""));
    const other = exported(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey, "pkcs8");
    const otherEd = exported(generateKeyPairSync("ed25519").privateKey, "pkcs8");
    expect(leaks(guard, other + base64(other) + otherEd + base64(otherEd))).toBe(false);
  });
});

describe("parts", () => {
  it("of 32 characters of a long secret are found, wherever they are cut out", () => {
    const secret = random(200);
    const guard = guardOf(secret);
    for (let at = 0; at + 32 <= secret.length; at++) {
      expect(leaks(guard, `x ${secret.slice(at, at + 32)} y`), `${at}`).toBe(true);
    }
    expect(leaks(guard, secret.slice(0, 15))).toBe(false);
  });

  it("of short secrets are none; the whole is one", () => {
    for (let length = 8; length < 32; length++) {
      const secret = `aB3$x${random(length - 5)}`;
      const guard = guardOf(secret);
      expect(leaks(guard, `password=${secret}!`)).toBe(true);
      expect(leaks(guard, secret.slice(1, 16))).toBe(false);
    }
  });

  it("property: a secret anywhere in any text is found", () => {
    const secret = fc
      .string({ minLength: 12, maxLength: 90, unit: "grapheme" })
      .filter(isTelling)
      .filter((s) => s.trim() === s && !/[\r\n\0]/.test(s));
    fc.assert(
      fc.property(
        fc.array(secret, { minLength: 1, maxLength: 5 }),
        fc.string(),
        fc.string(),
        (secrets, before, after) => {
          const guard = guardOf(...secrets);
          for (const value of secrets) {
            expect(leaks(guard, before + value + after)).toBe(true);
            expect(leaks(guard, before + JSON.stringify({ value }) + after)).toBe(true);
            expect(leaks(guard, base64(before + value + after))).toBe(true);
          }
          const other = before.replace(/[^ ]{8}/g, "");
          if (other.length < 8) expect(leaks(guard, other)).toBe(false);
        },
      ),
    );
  });
});

describe("forms of a short secret", () => {
  const password = `p'w"ö\\x${"9"}-Zq4`;
  test.each([
    ["JSON", JSON.stringify(password)],
    ["YAML in single quotes", `'${password.replaceAll("'", "''")}'`],
    ["a URL", `https://u:${encodeURIComponent(password)}@host`],
    ["base64", base64(password)],
    ["base64 of more", base64(`user:${password}`)],
    ["base64 of more still", base64(`admin:${password}\n`)],
  ])("%s", (_, text) => {
    expect(leaks(guardOf(password), text)).toBe(true);
  });

  it("base64 in the alphabet of URLs", () => {
    const key = base64(`??>>~~${"?>~".repeat(20)}a1`);
    expect(leaks(guardOf(key.replaceAll("+", "-").replaceAll("/", "_")), key)).toBe(true);
  });
});

test.each([
  ["administrator", false],
  ["Administrator1", true],
  ["password", false],
  ["hunter22", true],
  ["aaaaaaaaaaaaaaaaaaaa", false],
  ["****************", false],
  ["correct horse battery", true],
  ["correcthorsebattery", true],
  ["short7", false],
  ["10.101.0.250", false],
  ["10.101.0.0/16", false],
  ["2001:db8:0:1::1", false],
  ["2001:db8::/32", false],
  ["2026-11-21T06:00:00Z", false],
  ["d0:94:66:cd:86:6a", false],
  ["https://vault.example:8200", false],
  ["https://user:secret@vault.example", true],
  ["https://hooks.example/T0/B1/x9", true],
  ["123e4567-e89b-12d3-a456-426614174000", true],
])("%s is looked for: %s", (text, expected) => {
  expect(isTelling(text)).toBe(expected);
  expect(leaks(guardOf(text), `a ${text} b`)).toBe(expected);
});

describe("a decrypted file", () => {
  const key = base64(exported(EC, "sec1"));
  const crt = base64(armor("CERTIFICATE", randomBytes(300)));
  const tree = {
    cluster: { id: random(43) },
    certs: { os: { crt, key }, "a/b": [{ password: "Zx9-correct" }] },
    bmc: { username: "ichor-bmc-1", password: "qQ7!longer", port: 65535, on: true, none: null },
    sops: { mac: "ENC[AES256_GCM,data:mac]", lastmodified: "2026-01-01T00:00:00Z" },
  };
  const guard = createLeakGuard();
  guard.learnTree(tree, FILE);

  it("says where a secret comes from and nothing else of it", () => {
    expect(guard.check(`x ${key}`)).toEqual({
      what: "known value",
      from: `${FILE}#/certs/os/key`,
      offset: expect.any(Number),
    });
    expect(guard.check("Zx9-correct")?.from).toBe(`${FILE}#/certs/a~1b/0/password`);
    expect(JSON.stringify(guard.check(`${tree.bmc.password} ${key}`))).not.toContain(tree.bmc.password);
  });

  it("is public in its certificates, account names and SOPS' own section", () => {
    expect(guard.check(`${crt} ichor-bmc-1 ${tree.sops.mac} 65535 true null`)).toBeUndefined();
    expect(guard.check(Buffer.from(crt, "base64").toString())).toBeUndefined();
  });
});

it("forms of secrets are found unless they are allowed, known values always", () => {
  const known = exported(ED, "pkcs8");
  const fresh = exported(generateKeyPairSync("ed25519").privateKey, "pkcs8");
  const guard = guardOf(known);
  expect(guard.check(fresh)).toEqual({ what: "private key", offset: 0 });
  expect(guard.check(fresh, { allowShapes: true })).toBeUndefined();
  expect(guard.check(known, { allowShapes: true })?.what).toBe("known value");
});

describe("a stream", () => {
  const secret = random(90);
  const short = "aB3$xyz9!";
  const guard = guardOf(secret, short);

  it("gives back all of a text that has no secret, in order", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string(), fc.constant("\n"), fc.string({ minLength: 600, maxLength: 900 }))),
        (parts) => {
          const stream = createLeakGuard().open({ allowShapes: true });
          const out = parts.map((part) => stream.write(part).text).join("") + stream.flush().text;
          expect(out).toBe(parts.join(""));
        },
      ),
    );
  });

  it("stops a secret however it is split, before any of a short one or 32 characters of a long one are out", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(secret, short),
        fc.string({ maxLength: 700 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        (value, before, sizes) => {
          const stream = guard.open();
          const text = `${before}${value}\nmore\n`;
          let out = "";
          let at = 0;
          for (let i = 0; at < text.length; i++) {
            const size = sizes[i % sizes.length] ?? 1;
            out += stream.write(text.slice(at, at + size)).text;
            at += size;
          }
          const end = stream.flush();
          expect(end.leak?.what).toBe("known value");
          expect(end.text).toBe("");
          expect(before.startsWith(out)).toBe(true);
        },
      ),
    );
  });

  it("lets whole lines go at once and the end of a prompt when asked", () => {
    const stream = guard.open();
    expect(stream.write("one\ntwo")).toEqual({ text: "one\n" });
    expect(stream.write("? ")).toEqual({ text: "" });
    expect(stream.flush()).toEqual({ text: "two? " });
    expect(stream.write("yes\n")).toEqual({ text: "yes\n" });
  });

  it("sees a secret whose beginning was flushed, and lets nothing go after one", () => {
    const stream = guard.open();
    stream.write(`a ${short.slice(0, 4)}`);
    stream.flush();
    expect(stream.write(short.slice(4))).toEqual({
      text: "",
      leak: { what: "known value", from: `${FILE}#/1`, offset: 2 },
    });
    expect(stream.write("harmless\n").leak).toBeDefined();
    expect(stream.flush().text).toBe("");
  });

  it("costs little on a line without end", () => {
    const stream = guard.open();
    const start = performance.now();
    for (let i = 0; i < 10_000; i++) stream.write("0123456789 ");
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

it("3,500 secrets and ten megabytes of text take well under a second", () => {
  const guard = guardOf(...Array.from({ length: 3500 }, (_, index) => random(index % 10 === 0 ? 3000 : 44)));
  const text = "    image: registry.k8s.io/kube-apiserver:v1.36.3\n".repeat(200_000);
  const start = performance.now();
  expect(guard.check(text)).toBeUndefined();
  expect(performance.now() - start).toBeLessThan(1500);
});
