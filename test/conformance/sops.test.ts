import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encryptSops } from "../../src/secrets/sops/encrypt.ts";
import { corpus, oddComments, ofOneDocument, refused } from "./sops-corpus.ts";
import { type AgeKey, codesOf, Lab } from "./sops-lab.ts";
import { commentsOf, comparable, comparableJson, outlineOf, readByGo } from "./sops-yaml.ts";

const lab = new Lab();
let key: AgeKey;
let second: AgeKey;
let postQuantum: AgeKey;

/** What can be said about which values are encrypted, by the name of the folder whose files it is said of. */
const rules: Readonly<Record<string, string>> = {
  default: "",
  encrypted_regex: "encrypted_regex: ^(token|data|scalars?|double|list|c:d)$",
  unencrypted_regex: "unencrypted_regex: ^(plain|user|literal|a|k|e f)$",
  encrypted_suffix: "encrypted_suffix: _sealed",
  unencrypted_suffix: "unencrypted_suffix: d",
  encrypted_comment_regex: "encrypted_comment_regex: '^ *(sealed|head of)'",
  unencrypted_comment_regex: "unencrypted_comment_regex: '^ *(public|behind|second)'",
};

beforeAll(() => {
  key = lab.makeKey("first");
  second = lab.makeKey("second");
  postQuantum = lab.makeKey("post-quantum", { postQuantum: true });
  const ofFolder = Object.entries(rules).flatMap(([name, rule]) =>
    ["all", "encrypted"].map(
      (mac) => `  - path_regex: ^${name}/${mac}/
    age: ${key.recipient}
    mac_only_encrypted: ${mac === "encrypted"}
${rule === "" ? "" : `    ${rule}\n`}`,
    ),
  );
  const several = `  - path_regex: ^several/
    age: [${key.recipient}, ${second.recipient}, ${postQuantum.recipient}]
  - path_regex: ^post-quantum/
    age: ${postQuantum.recipient}
`;
  lab.write(".sops.yaml", `creation_rules:\n${ofFolder.join("")}${several}`);
});

afterAll(() => lab.remove());

const folders = Object.keys(rules).flatMap((rule) => [`${rule}/all`, `${rule}/encrypted`]);
const cases = folders.flatMap((folder) =>
  Object.keys(corpus).map((name) => [`${folder}/${name.replaceAll(" ", "-")}.yaml`, name] as const),
);

/** What sops makes of the file of a case, and what it then reads in it; both are needed more than once. */
const theirs = new Map<string, { readonly encrypted: string; readonly decrypted: string }>();

function byThem(file: string, name: string) {
  const known = theirs.get(file);
  if (known !== undefined) return known;
  const encrypted = lab.encryptByThem(file, corpus[name] ?? "");
  const made = { encrypted, decrypted: lab.decryptByThem(file, encrypted, key) };
  theirs.set(file, made);
  return made;
}

const settled = new Map<string, string>();

/** Values and comments of a plain text in the places where sops leaves them: it moves comments from behind values. */
function settle(plain: string): string {
  const known = settled.get(plain);
  if (known !== undefined) return known;
  const file = "default/all/settle.yaml";
  const made = lab.decryptByThem(file, lab.encryptByThem(file, plain), key);
  settled.set(plain, made);
  return made;
}

describe("what sops encrypts we read as sops does:", () => {
  test.each(cases)("%s", async (file, name) => {
    const { encrypted, decrypted } = byThem(file, name);
    const { text } = await lab.decryptByUs(file, encrypted, key);
    const [expected, found] = readByGo([decrypted, text]);
    expect(found).toEqual(expected);
    expect(settle(text)).toBe(settle(decrypted));
  });

  test.each(ofOneDocument)("%s as a plain value", async (name) => {
    const file = "default/all/values.yaml";
    const encrypted = lab.encryptByThem(file, corpus[name] ?? "");
    const expected = comparableJson(lab.decryptByThem(file, encrypted, key, "json"));
    const { value } = await lab.decryptByUs(file, encrypted, key);
    expect(comparable(value)).toEqual(expected);
  });

  test("infinities, for which JSON has no word", async () => {
    const file = "default/all/infinities.yaml";
    const { value } = await lab.decryptByUs(file, byThem(file, "infinities").encrypted, key);
    expect(value).toEqual({ infinite: [Infinity, -Infinity, Infinity, NaN, NaN], number: 1 });
  });
});

describe("what we encrypt sops decrypts without a warning to what it makes of its own:", () => {
  test.each(cases)("%s", async (file, name) => {
    const encrypted = await lab.encryptByUs(file, corpus[name] ?? "");
    expect(lab.decryptByThem(file, encrypted, key)).toBe(byThem(file, name).decrypted);
    const { text } = await lab.decryptByUs(file, encrypted, key);
    expect(settle(text)).toBe(settle(byThem(file, name).decrypted));
  });
});

describe("we encrypt exactly the values and comments that sops encrypts:", () => {
  test.each(cases)("%s", async (file, name) => {
    const ours = withoutCiphertext(await lab.encryptByUs(file, corpus[name] ?? ""));
    const expected = withoutCiphertext(byThem(file, name).encrypted);
    expect(outlineOf(ours)).toEqual(outlineOf(expected));
    const [[ourDocuments], [theirDocuments]] = [readByGo([ours]), readByGo([expected])];
    expect(ourDocuments).toEqual(theirDocuments);
  });
});

/** Everything of an encrypted file but what is random: the types of encrypted values stay, and all metadata. */
function withoutCiphertext(encrypted: string): string {
  return encrypted
    .replaceAll(/ENC\[AES256_GCM,data:[^\]]*,type:(\w+)\]/g, "ENC[$1]")
    .replaceAll(/^( *)-----BEGIN AGE[\s\S]*?-----END AGE.*$/gm, "$1stanza")
    .replaceAll(/(lastmodified: )"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"/g, '$1"now"');
}

test("line ends of Unicode's in an encrypted text mean the same to both", async () => {
  const file = "default/all/line-ends.yaml";
  const value = { a: "x\u2028y", b: "x\u2029\n\u2028y", c: "\u0085", d: "\ufeffx" };
  const text = JSON.stringify(value).replaceAll(
    /[^\0-~]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  expect((await lab.decryptByUs(file, lab.encryptByThem(file, text), key)).value).toEqual(value);
  const encrypted = await lab.encryptByUs(file, text);
  expect(JSON.parse(lab.decryptByThem(file, encrypted, key, "json"))).toEqual(value);
});

describe("values stay and no comment that sops keeps is lost", () => {
  const file = "default/all/odd.yaml";

  test.each(Object.entries(oddComments))("%s", async (_, text) => {
    const made = lab.encryptByThem(file, text);
    const kept = lab.decryptByThem(file, made, key);
    const results = [
      (await lab.decryptByUs(file, made, key)).text,
      lab.decryptByThem(file, await lab.encryptByUs(file, text), key),
    ];
    for (const result of results) {
      expect(readByGo([result])).toEqual(readByGo([kept]));
      expect(commentsOf(result)).toEqual(expect.arrayContaining([...commentsOf(kept)]));
    }
  });
});

describe("each recipient alone opens", () => {
  const text = corpus["keys of all rules"] ?? "";
  const keys = () => [key, second, postQuantum];

  test("what sops encrypted to several", async () => {
    const encrypted = lab.encryptByThem("several/a.yaml", text);
    for (const one of keys()) {
      const { value } = await lab.decryptByUs("several/a.yaml", encrypted, one);
      expect(value).toMatchObject({ token: "s3cr3t", data: { password: "123456", ports: [80, 443] } });
    }
  });

  test("what we encrypted to several", async () => {
    const encrypted = await lab.encryptByUs("several/a.yaml", text);
    const [first, ...others] = keys().map((one) => lab.decryptByThem("several/a.yaml", encrypted, one));
    expect(others).toEqual([first, first]);
  });

  test("what was encrypted to a post-quantum recipient alone, and no other key does", async () => {
    const file = "post-quantum/a.yaml";
    const theirs = lab.encryptByThem(file, text);
    const ours = await lab.encryptByUs(file, text);
    expect((await lab.decryptByUs(file, theirs, postQuantum)).value).toMatchObject({ token: "s3cr3t" });
    expect(lab.decryptByThem(file, ours, postQuantum)).toContain("s3cr3t");
    await expect(lab.decryptByUs(file, theirs, key)).rejects.toThrow("ICH9005");
    expect(() => lab.decryptByThem(file, ours, key)).toThrow("exit code 128");
  });
});

describe("what sops refuses to encrypt we refuse, with a diagnostic:", () => {
  test.each(Object.entries(refused))("%s", async (_, text) => {
    const file = "default/all/refused.yaml";
    expect(() => lab.encryptByThem(file, text)).toThrow(/exit code/);
    const outcome = await encryptSops({ file, text, rule: lab.rule(file), now: new Date() });
    expect(outcome.value).toBeUndefined();
    expect(codesOf(outcome)).not.toEqual([]);
  });
});
