import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decryptSops } from "../../src/secrets/sops/decrypt.ts";
import { type AgeKey, codesOf, Lab } from "./sops-lab.ts";

const lab = new Lab();
let key: AgeKey;
let stranger: AgeKey;
const file = "secrets/a.yaml";

const plain = `# who may
crt: public certificate
name: also public
key: secret key
token: secret token
digits: "12345"
list:
  - secret one
  - secret two
  - public: secret third
readable:
  - public: public fourth
`;
const encryptedRegex = "encrypted_regex: ^(key|token|list|digits)$";

/** A file, and another one of the same values with its own data key. */
interface Pair {
  readonly text: string;
  readonly other: string;
}

beforeAll(() => {
  key = lab.makeKey("own");
  stranger = lab.makeKey("stranger");
  lab.write(
    ".sops.yaml",
    `creation_rules:
  - path_regex: ^secrets/a
    age: ${key.recipient}
    ${encryptedRegex}
  - path_regex: ^only-encrypted/
    age: ${key.recipient}
    mac_only_encrypted: true
    ${encryptedRegex}
`,
  );
});

afterAll(() => lab.remove());

const makers = {
  sops: (at: string) => Promise.resolve(lab.encryptByThem(at, plain)),
  ichor: (at: string) => lab.encryptByUs(at, plain),
};

async function pair(maker: keyof typeof makers, at = file): Promise<Pair> {
  return { text: await makers[maker](at), other: await makers[maker](at) };
}

const sealed = /ENC\[AES256_GCM,data:([^,]*),iv:([^,]*),tag:([^,]*),type:(\w+)\]/;

/** Replaces something that has to be there. */
function replaced(
  text: string,
  what: RegExp | string,
  by: string | ((...found: string[]) => string),
): string {
  const result = typeof by === "string" ? text.replace(what, () => by) : text.replace(what, by);
  if (result === text) throw new Error(`nothing to change: ${String(what)}`);
  return result;
}

/** The line of an entry, or of the list's item with this number. */
function line(text: string, name: string | number): string {
  const found =
    typeof name === "string"
      ? new RegExp(`^ *${name}: .*$`, "m").exec(text)?.[0]
      : text.split("\n").filter((one) => /^ +- ENC/.test(one))[name];
  if (found === undefined) throw new Error(`no line of ${name}`);
  return found;
}

/** Swaps what stands at two places. */
function swapped(text: string, a: string, b: string): string {
  return text
    .replace(a, "\0")
    .replace(b, () => a)
    .replace("\0", () => b);
}

/** The same base64 with another first byte. */
function otherBytes(base64: string): string {
  const bytes = Buffer.from(base64, "base64");
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  return bytes.toString("base64");
}

function ofValue(text: string, part: "data" | "iv" | "tag", name = "key"): string {
  const [whole, data = "", iv = "", tag = ""] = sealed.exec(line(text, name)) ?? [];
  const old = { data, iv, tag }[part];
  if (whole === undefined) throw new Error("not encrypted");
  return replaced(
    text,
    whole,
    whole.replace(`${part}:${old}`, () => `${part}:${otherBytes(old)}`),
  );
}

const stanza = /-----BEGIN AGE[\s\S]*?-----END AGE ENCRYPTED FILE-----/;

const tamperings: readonly (readonly [what: string, change: (files: Pair) => string, codes: string])[] = [
  ["a plain value is another", ({ text }) => replaced(text, "public certificate", "forged"), "ICH9009"],
  ["a plain value is gone", ({ text }) => replaced(text, /^crt: .*$/m, "crt: null"), "ICH9009"],
  ["a plain value in a list is another", ({ text }) => replaced(text, "public fourth", "forged"), "ICH9009"],
  ["an encrypted value has other data", ({ text }) => ofValue(text, "data"), "ICH9008"],
  ["an encrypted value has another nonce", ({ text }) => ofValue(text, "iv"), "ICH9008"],
  ["an encrypted value has another tag", ({ text }) => ofValue(text, "tag"), "ICH9008"],
  ["an encrypted value is plain now", ({ text }) => replaced(text, /^key: .*$/m, "key: forged"), "ICH9007"],
  ["an encrypted value is a number now", ({ text }) => replaced(text, /^key: .*$/m, "key: 1"), "ICH9007"],
  ["an encrypted value is empty now", ({ text }) => replaced(text, /^key: .*$/m, 'key: ""'), "ICH9009"],
  ["an encrypted value is null now", ({ text }) => replaced(text, /^key: .*$/m, "key: null"), "ICH9009"],
  [
    "an encrypted value has a type that is none",
    ({ text }) => replaced(text, "type:str", "type:text"),
    "ICH9008",
  ],
  ["a text is said to be an integer", ({ text }) => replaced(text, "type:str", "type:int"), "ICH9008"],
  [
    "an encrypted value is a comment now",
    ({ text }) => replaced(text, "type:str", "type:comment"),
    "ICH9009",
  ],
  [
    "two encrypted values are swapped",
    ({ text }) => {
      const [a, b] = ["key", "token"].map((name) => sealed.exec(line(text, name))?.[0] ?? "");
      return swapped(text, a ?? "", b ?? "");
    },
    "ICH9008",
  ],
  [
    "two encrypted values of a list are swapped",
    ({ text }) => swapped(text, line(text, 0), line(text, 1)),
    "ICH9009",
  ],
  [
    "two plain entries are swapped",
    ({ text }) => swapped(text, line(text, "crt"), line(text, "name")),
    "ICH9009",
  ],
  [
    "two encrypted entries are swapped",
    ({ text }) => swapped(text, line(text, "key"), line(text, "token")),
    "ICH9009",
  ],
  ["a plain entry is removed", ({ text }) => replaced(text, /^crt: .*\n/m, ""), "ICH9009"],
  ["an encrypted entry is removed", ({ text }) => replaced(text, /^key: .*\n/m, ""), "ICH9009"],
  ["an item of a list is removed", ({ text }) => replaced(text, `${line(text, 1)}\n`, ""), "ICH9009"],
  ["an entry is added", ({ text }) => `more: forged\n${text}`, "ICH9009"],
  [
    "an item of a list is twice",
    ({ text }) => replaced(text, line(text, 0), `${line(text, 0)}\n${line(text, 0)}`),
    "ICH9009",
  ],
  ["the name of an encrypted entry is another", ({ text }) => replaced(text, /^key:/m, "token2:"), "ICH9009"],
  [
    "an encrypted value moved below another key",
    ({ text }) => replaced(text, /^key: (.*)$/m, (_, value = "") => `list2:\n    key: ${value}`),
    "ICH9008",
  ],
  [
    "the time is another",
    ({ text }) => replaced(text, /(lastmodified: ")\d{4}/, (_, before = "") => `${before}2001`),
    "ICH9009",
  ],
  ["the time is none", ({ text }) => replaced(text, /lastmodified: .*/, 'lastmodified: "soon"'), "ICH9009"],
  ["the code is another", ({ text }) => ofValue(text, "data", "mac"), "ICH9009"],
  [
    "the code is that of another file",
    ({ text, other }) => replaced(text, line(text, "mac"), line(other, "mac")),
    "ICH9009",
  ],
  [
    "the code is empty",
    ({ text }) => replaced(text, /^( +)mac: .*$/m, (_, indent = "") => `${indent}mac: ""`),
    "ICH9004",
  ],
  ["the code is gone", ({ text }) => replaced(text, /^ +mac: .*\n/m, ""), "ICH9004"],
  [
    "the code covers only encrypted values",
    ({ text }) =>
      replaced(
        text,
        /^( +)version/m,
        (_, indent = "") => `${indent}mac_only_encrypted: true\n${indent}version`,
      ),
    "ICH9009",
  ],
  [
    "another rule is said: encrypted values become texts",
    ({ text }) => replaced(text, /encrypted_regex: .*/, "encrypted_regex: ^none$"),
    "ICH9009",
  ],
  [
    "the data key is that of another file",
    ({ text, other }) => replaced(text, stanza, stanza.exec(other)?.[0] ?? ""),
    "ICH9008",
  ],
  [
    "the data key's stanza was changed",
    ({ text }) =>
      replaced(text, /(BEGIN AGE.*\n\s+)\w{8}/, (_, before = "") =>
        `${before}YWdlLWVu`.replace("YWdlLWVu", "YWdmLWVu"),
      ),
    "ICH9006",
  ],
  [
    "the data key's stanza is cut off",
    ({ text }) => replaced(text, /^ +\S+\n( +-----END AGE)/m, (_, end = "") => end),
    "ICH9006",
  ],
  ["the metadata are gone", ({ text }) => text.slice(0, text.indexOf("sops:\n")), "ICH9003"],
  ["the metadata are there twice", ({ text }) => text + text.slice(text.indexOf("sops:\n")), "ICH9001"],
  ["the file is cut off in its values", ({ text }) => text.slice(0, text.indexOf("token: ") + 60), "ICH9003"],
  [
    "the file is cut off in its metadata",
    ({ text }) => text.slice(0, text.indexOf("lastmodified")),
    "ICH9004",
  ],
  ["the file is cut off in its code", ({ text }) => text.slice(0, text.indexOf("mac: ") + 60), "ICH9009"],
  ["the file is empty", () => "", "ICH9003"],
  [
    "two branches were merged by hand",
    ({ text }) =>
      replaced(text, /^key: .*\n/m, (found = "") => `<<<<<<< HEAD\n${found}=======\n${found}>>>>>>> b\n`),
    "ICH9001",
  ],
];

describe.each(["sops", "ichor"] as const)(
  "in a file that %s encrypted, sops and ichor both see that",
  (maker) => {
    test.each(tamperings)("%s", async (_, change, code) => {
      const changed = change(await pair(maker));
      lab.write(file, changed);
      expect(lab.sops(["decrypt", file], key).status).not.toBe(0);
      const outcome = await decryptSops(file, changed, key.identities);
      expect(outcome.value).toBeUndefined();
      expect([...new Set(codesOf(outcome))]).toEqual([code]);
    });

    test("the key is another", async () => {
      const { text } = await pair(maker);
      lab.write(file, text);
      expect(lab.sops(["decrypt", file], stranger).status).toBe(128);
      expect(codesOf(await decryptSops(file, text, stranger.identities))).toEqual(["ICH9005"]);
      expect(codesOf(await decryptSops(file, text, []))).toEqual(["ICH9005"]);
    });

    test("nothing was changed", async () => {
      const { text } = await pair(maker);
      expect(lab.decryptByThem(file, text, key)).toContain("secret key");
      expect(codesOf(await decryptSops(file, text, key.identities))).toEqual([]);
    });
  },
);

/** What the format does not protect: known, so that nobody relies on it. */
const unseen: readonly (readonly [what: string, at: string, change: (text: string) => string])[] = [
  ["the name of a plain entry", file, (text) => replaced(text, /^crt:/m, "certificate:")],
  ["a plain comment", file, (text) => replaced(text, /^# who may$/m, "# nobody may")],
  [
    "the type of digits",
    file,
    (text) => replaced(text, /^(digits: .*)type:str/m, (_, before = "") => `${before}type:int`),
  ],
  [
    "a plain value where the code covers only encrypted ones",
    "only-encrypted/a.yaml",
    (text) => replaced(text, "public certificate", "forged"),
  ],
  [
    "the name of a recipient",
    file,
    (text) => replaced(text, /recipient: age1\w+/, "recipient: age1somebody"),
  ],
  ["the version", file, (text) => replaced(text, /version: .*/, "version: 3.9.0")],
  ["line ends of Windows", file, (text) => replaced(text, /\n/g, "\r\n")],
  ["a mark of the byte order", file, (text) => `\ufeff${text}`],
  ["no line end at the end", file, (text) => text.trimEnd()],
  ["a document's mark in front", file, (text) => `---\n${text}`],
  [
    "the metadata in front",
    file,
    (text) => text.slice(text.indexOf("sops:\n")) + text.slice(0, text.indexOf("sops:\n")),
  ],
  [
    "a key of another kind beside those of age",
    file,
    (text) =>
      replaced(
        text,
        /^sops:\n/m,
        'sops:\n    pgp:\n        - created_at: "2026-01-01T00:00:00Z"\n          enc: x\n          fp: ABC\n',
      ),
  ],
  [
    "empty lists of other kinds of keys, as sops wrote them before 3.9",
    file,
    (text) =>
      replaced(
        text,
        /^sops:\n/m,
        "sops:\n    kms: []\n    gcp_kms: []\n    azure_kv: []\n    hc_vault: []\n    pgp: []\n",
      ),
  ],
];

describe.each(["sops", "ichor"] as const)(
  "in a file that %s encrypted, neither sops nor ichor minds",
  (maker) => {
    test.each(unseen)("%s", async (_, at, change) => {
      const changed = change(await makers[maker](at));
      const read = lab.decryptByThem(at, changed, key);
      expect(read).toContain("secret key");
      const outcome = await decryptSops(at, changed, key.identities);
      expect(codesOf(outcome)).toEqual([]);
      expect(outcome.value?.value).toMatchObject({ key: "secret key" });
    });
  },
);
