import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { findSecretShape } from "./shapes.ts";

const BODY = "MC4CAQAwBQYDK2VwBCIEIHp9Zm9vYmFyYmF6cXV4cXV1eGNvcmdlZ3JhdWx0";
const pem = (label: string) => `-----BEGIN ${label}-----\n${BODY}\n-----END ${label}-----\n`;
const base64 = (text: string) => Buffer.from(text).toString("base64");
const wrapped = (text: string, width: number, indent = "") =>
  base64(text).replace(new RegExp(`.{${width}}`, "g"), `$&\n${indent}`);
const whatIn = (text: string) => findSecretShape(text)?.what;

const LABELS = [
  "PRIVATE KEY",
  "RSA PRIVATE KEY",
  "EC PRIVATE KEY",
  "ED25519 PRIVATE KEY",
  "OPENSSH PRIVATE KEY",
  "ENCRYPTED PRIVATE KEY",
];

describe("a private key", () => {
  test.each(LABELS)("with the label %s is found in every form", (label) => {
    const key = pem(label);
    expect(findSecretShape(`a: b\n${key}`)).toEqual({ offset: 5, what: "private key" });
    expect(whatIn(`key: |\n    ${key.replaceAll("\n", "\n    ")}`)).toBe("private key");
    expect(whatIn(JSON.stringify({ key }))).toBe("private key");
    expect(whatIn(JSON.stringify(JSON.stringify({ key })))).toBe("private key");
    expect(whatIn(`-----BEGIN ${label}-----`)).toBe("private key");
    expect(whatIn(`${BODY}\n-----END ${label}-----`)).toBe("private key");
  });

  test.each([0, 1, 2, 3, 4, 5])("in base64 is found when %i bytes stand before it", (before) => {
    for (const label of LABELS) {
      const text = base64(`${"#".repeat(before)}${pem(label)}`);
      expect(whatIn(`key: ${text}`)).toBe("private key in base64");
      expect(whatIn(`key: ${base64(pem("CERTIFICATE") + "\n".repeat(before) + pem(label))}`)).toBe(
        "private key in base64",
      );
    }
  });

  test.each([60, 64, 76])(
    "in base64 is found in lines of %i characters, wherever the break falls",
    (width) => {
      for (let before = 0; before < 2 * width; before++) {
        const text = pem("CERTIFICATE").repeat(2) + "#".repeat(before) + pem("EC PRIVATE KEY");
        for (const lines of [wrapped(text, width), wrapped(text, width, "      ")]) {
          const found = findSecretShape(`data:\n${lines}`);
          expect(found?.what, `${before}`).toBe("private key in base64");
          expect(found?.offset).toBeLessThan(lines.length);
        }
      }
    },
  );

  it("of PGP counts as well", () => {
    expect(whatIn("-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQOY")).toBe("private key");
  });

  it("is more than the words", () => {
    expect(whatIn("the PRIVATE KEY stays on the machine; see BEGIN PRIVATE KEY")).toBeUndefined();
    expect(whatIn(pem("PUBLIC KEY") + pem("CERTIFICATE") + pem("AGE ENCRYPTED FILE"))).toBeUndefined();
    expect(whatIn(base64(pem("PUBLIC KEY") + pem("CERTIFICATE")))).toBeUndefined();
    expect(whatIn(wrapped(pem("PUBLIC KEY") + pem("CERTIFICATE"), 76))).toBeUndefined();
  });
});

describe("tokens and identities", () => {
  test.each([
    ["age identity", `AGE-SECRET-KEY-1${"QPZRY9X8GF".repeat(5)}`],
    ["age identity", `AGE-SECRET-KEY-PQ-1${"QPZRY9X8GF".repeat(5)}`],
    ["age identity", "AGE-PLUGIN-YUBIKEY-1QQPQYQCYQ5RQWZQ"],
    ["age identity", "AGE-PLUGIN-FIDO2-HMAC-1QQPQYQCYQ5RQWZQ"],
    ["age identity in base64", base64(`AGE-SECRET-KEY-1${"QPZRY9X8GF".repeat(5)}`)],
    ["Vault token", "hvs.CAESIJ-2xyzABCDEFGHIJ_KLMNOPqrstuvwx"],
    ["Vault token", "hvb.AAAAAQKr0nSyTGqOGK7fU2dOC4Dr1cI5N4Wb"],
    ["Vault token", "s.8Kd0aQbX3mZpL6vTn1RwYc2E"],
    ["GitHub token", `ghp_${"aZ09".repeat(9)}`],
    ["GitHub token", `gho_${"aZ09".repeat(9)}`],
    ["GitHub token", `ghs_${"aZ09".repeat(20)}`],
    ["GitHub token", `github_pat_11ABCDEFG0${"x".repeat(22)}_${"y".repeat(59)}`],
    ["bootstrap token", "f8a0bc.9l3q4z1y7wd2k5x0"],
  ] as const)("%s: found alone, as a value and in JSON", (what, secret) => {
    expect(findSecretShape(secret)).toEqual({ offset: 0, what });
    expect(findSecretShape(`a: ${secret}\n`)).toEqual({ offset: 3, what });
    expect(findSecretShape(`list:\n  - ${secret}\n`)).toEqual({ offset: 10, what });
    expect(findSecretShape(`a: "${secret}" # comment\r\n`)).toEqual({ offset: 4, what });
    expect(whatIn(JSON.stringify({ a: [secret] }))).toBe(what);
    expect(whatIn(JSON.stringify(JSON.stringify({ a: secret })))).toBe(what);
    expect(whatIn(`a: >-\n  ${secret}\n`)).toBe(what);
  });

  test.each([
    "token: abcdef.abcdefghijklmnop",
    "  bootstraptoken: 'abcdef.0123456789abcdef'",
    '{"token":"abcdef.0123456789abcdef"}',
    "kubeadm join 10.0.0.1:6443 --token abcdef.0123456789abcdef --discovery-token-ca-cert-hash x",
    "JOIN_TOKEN=abcdef.0123456789abcdef",
    'args: "{\\"token\\":\\"abcdef.0123456789abcdef\\"}"',
  ])("what is called a token is one: %s", (text) => {
    expect(whatIn(text)).toBe("bootstrap token");
  });

  test.each([
    "host: harbor.internalservices",
    "- server.hel1datacenter01",
    "value: 123456.1234567890123456",
    "image: ghcr.io/nescio/fabric.f8a0b1c9l3q4z1y7:1",
    "see 328hom.uqjzh6jnn2eie9oi in the text",
    "x-f8a0bc.9l3q4z1y7wd2k5x0",
    "f8a0bc.9l3q4z1y7wd2k5x0.example",
    "token: ref+sops://clusters/hel1/hel1-mgmt/secrets.sops.yaml#/secrets/bootstraptoken",
    "document.getElementsByTagName1",
    "s.toLocaleUpperCaseAsString2(x)",
    "ghp_short AGE-SECRET-KEY-1… hvs.… github_pat_…",
    "AGE-SECRET-KEY-",
    "ENC[AES256_GCM,data:kQ3bJtsX1tVf,iv:9Zs=,tag:Y0w==,type:str]",
  ])("no secret: %s", (text) => {
    expect(findSecretShape(text)).toBeUndefined();
  });

  it("nearly every random bootstrap token is found standing alone, all of them behind their name", () => {
    const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
    const random = (length: number) => [...randomBytes(length)].map((byte) => alphabet[byte % 36]).join("");
    const tokens = Array.from({ length: 2000 }, () => `${random(6)}.${random(16)}`);
    expect(tokens.filter((token) => whatIn(token) === undefined).length).toBeLessThan(400);
    expect(tokens.filter((token) => whatIn(`token: ${token}`) === undefined)).toEqual([]);
  });
});

it("an age identity in base64 is found behind a comment of any length", () => {
  for (const comment of ["", "#", "##", "# made by age-keygen\n"]) {
    expect(whatIn(base64(`${comment}AGE-SECRET-KEY-PQ-1QPZRY9X8GF`))).toBe("age identity in base64");
  }
});

it("the first secret of a text is the one that is reported, and `from` goes on to the next", () => {
  const text = `token: abcdef.0123456789abcdef\nkey: hvs.${"A1b2".repeat(8)}\n${pem("PRIVATE KEY")}`;
  const first = findSecretShape(text);
  expect(first?.what).toBe("bootstrap token");
  const second = findSecretShape(text, (first?.offset ?? 0) + 1);
  expect(second?.what).toBe("Vault token");
  expect(findSecretShape(text, (second?.offset ?? 0) + 1)?.what).toBe("private key");
});

it("a secret is found whatever stands around it", () => {
  const secrets = [pem("EC PRIVATE KEY"), base64(pem("PRIVATE KEY")), `ghp_${"aZ09".repeat(9)}`];
  fc.assert(
    fc.property(fc.string(), fc.constantFrom(...secrets), fc.string(), (before, secret, after) => {
      const found = findSecretShape(`${before}\n${secret}\n${after}`);
      expect(found).toBeDefined();
      expect(found?.offset).toBeLessThanOrEqual(before.length + 64);
    }),
  );
});

test.each([
  "PRIVATE KEY",
  "-----BEGIN ",
  "-----BEGIN PRIVATE KEY",
  "PRIVATE KEY----",
  "AGE-PLUGIN-",
  "AGE-PLUGIN-A-1",
  "AGE-SECRET-KEY-1",
  "s.Aa1",
  "hvs.",
  "abcdef.0123456789abcdef",
  "a.",
  ".",
  "token ",
  "          ",
  "LS0t",
  "LS0t\n",
  "gh",
  "ghp_",
  "UFJJVkFURSBL",
])("a megabyte of %j takes no time", (part) => {
  const text = part.repeat(Math.ceil((1 << 20) / part.length));
  const start = performance.now();
  findSecretShape(text);
  expect(performance.now() - start).toBeLessThan(500);
});
