import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { readCreationRules, ruleFor } from "../../src/secrets/sops/creation-rules.ts";
import { encryptSops } from "../../src/secrets/sops/encrypt.ts";
import { readIdentities } from "../../src/secrets/sops/identities.ts";
import { type AgeKey, codesOf, Lab, taken } from "./sops-lab.ts";

const lab = new Lab();
let a: AgeKey;
let b: AgeKey;
let c: AgeKey;

beforeAll(() => {
  a = lab.makeKey("a");
  b = lab.makeKey("b");
  c = lab.makeKey("c", { postQuantum: true });
});

afterAll(() => lab.remove());

const plain = "token: x\npassword: y\nname_unencrypted: z\ndata:\n  Token: x\n";

/** Rules with `A`, `B` and `C` for recipients, and files that are encrypted by them. */
const rules: readonly (readonly [what: string, rules: string, files: readonly string[]])[] = [
  ["no path at all", "- age: A", ["a.yaml", "deep/er/a.yaml"]],
  [
    "the first that fits",
    "- path_regex: ^secrets/\n  age: A\n- path_regex: secrets\n  age: B\n- age: C",
    ["secrets/a.yaml", "my-secrets/a.yaml", "a.yaml"],
  ],
  ["a rule without a path before others", "- age: A\n- path_regex: ^secrets/\n  age: B", ["secrets/a.yaml"]],
  ["an empty path", "- path_regex: ''\n  age: A\n- age: B", ["a.yaml"]],
  [
    "anchors at both ends",
    "- path_regex: ^a\\.yaml$\n  age: A\n- age: B",
    ["a.yaml", "deep/a.yaml", "a.yaml.yaml", "axyaml.yaml"],
  ],
  [
    "alternatives",
    "- path_regex: (^|/)(dev|test)/[^/]+\\.sops\\.ya?ml$\n  age: A\n- age: B",
    ["dev/a.sops.yaml", "x/test/a.sops.yml", "test/x/a.sops.yaml"],
  ],
  [
    "a path is that from the file of rules, not from the root",
    "- path_regex: ^/\n  age: A\n- path_regex: ^\\./\n  age: A\n- age: B",
    ["x/a.yaml"],
  ],
  ["flags of Go", "- path_regex: (?i)^SECRETS/\n  age: A\n- age: B", ["secrets/a.yaml", "other/a.yaml"]],
  ["recipients as a list with commas", "- age: A, B", ["a.yaml"]],
  ["recipients with a comma too many", "- age: 'A,B,'", ["a.yaml"]],
  ["recipients as a folded text", "- age: >-\n    A,\n    B", ["a.yaml"]],
  ["recipients as a list", "- age: [A, B, C]", ["a.yaml"]],
  ["recipients as a list in another order", "- age:\n    - C\n    - A", ["a.yaml"]],
  ["one group of keys", "- key_groups:\n    - age: [B, A]", ["a.yaml"]],
  ["one group of keys with the same key twice", "- key_groups:\n    - age: [B, A, B]", ["a.yaml"]],
  [
    "one group of keys with another merged into it",
    "- key_groups:\n    - merge:\n        - age: [A]\n      age: [B]",
    ["a.yaml"],
  ],
  ["a group of keys beside recipients", "- age: A\n  key_groups:\n    - age: [B]", ["a.yaml"]],
  ["a suffix to encrypt", "- age: A\n  encrypted_suffix: word", ["a.yaml"]],
  ["a suffix not to encrypt", "- age: A\n  unencrypted_suffix: word", ["a.yaml"]],
  ["an expression to encrypt", "- age: A\n  encrypted_regex: ^(token|data)$", ["a.yaml"]],
  ["an expression to encrypt with flags", "- age: A\n  encrypted_regex: (?i)^token$", ["a.yaml"]],
  ["an expression that matches part of a key", "- age: A\n  encrypted_regex: ass", ["a.yaml"]],
  ["an expression not to encrypt", "- age: A\n  unencrypted_regex: ^name", ["a.yaml"]],
  ["an expression of comments", "- age: A\n  encrypted_comment_regex: secret", ["a.yaml"]],
  [
    "a code of encrypted values only",
    "- age: A\n  mac_only_encrypted: true\n  encrypted_regex: ^token$",
    ["a.yaml"],
  ],
  ["a code of all values, said so", "- age: A\n  mac_only_encrypted: false", ["a.yaml"]],
];

describe("a file is encrypted by the rule that sops chooses, with", () => {
  test.each(rules)("%s", async (_, text, files) => {
    writeRules(text);
    for (const file of files) {
      const theirs = said(lab.encryptByThem(file, plain));
      expect(said(await lab.encryptByUs(file, plain))).toEqual(theirs);
    }
  });
});

/** Rules that sops refuses, or with which it would encrypt nothing: we refuse them for the file that they are for. */
const refused: readonly (readonly [what: string, rules: string, status: number])[] = [
  ["no rule fits", "- path_regex: ^other/\n  age: A", 1],
  ["nobody could open the file", "- path_regex: ^a", 1],
  ["two rules for what is encrypted", "- age: A\n  encrypted_regex: a\n  encrypted_suffix: b", 1],
  ["a recipient that is none", "- age: age1nobody", 1],
  ["a recipient in upper case only by mistake", "- age: AGE1NOBODY", 1],
  ["an expression of paths that Go does not know", "- path_regex: (?!x)a\n  age: A", 1],
  ["an expression of paths that does not end", "- path_regex: (a\n  age: A", 1],
];

describe("sops and we both refuse when", () => {
  test.each(refused)("%s", async (_, text, status) => {
    writeRules(text);
    lab.write("a.yaml", plain);
    expect(lab.sops(["encrypt", "a.yaml"]).status).toBe(status);
    expect(await codesOfUs("a.yaml")).not.toEqual([]);
  });

  test("there are several groups of keys, which sops can use and we cannot", async () => {
    writeRules("- key_groups:\n    - age: [A]\n    - age: [B]");
    expect(lab.encryptByThem("a.yaml", plain)).toContain("key_groups");
    expect(await codesOfUs("a.yaml")).toEqual(["ICH9004"]);
  });

  test("an expression means something else in JavaScript, or nothing", async () => {
    writeRules("- path_regex: ^[[:alpha:]]\\.yaml$\n  age: A");
    expect(lab.encryptByThem("a.yaml", plain)).toContain("ENC");
    expect(await codesOfUs("a.yaml")).toEqual(["ICH9014"]);
  });

  test("an expression of keys is none to Go: sops would write every value as it is, we refuse", async () => {
    writeRules("- age: A\n  encrypted_regex: ^(?!name)");
    expect(lab.encryptByThem("a.yaml", plain)).toContain("token: x");
    expect(await codesOfUs("a.yaml")).toEqual(["ICH9014"]);
  });
});

/** The codes with which we refuse to encrypt a file, if we do. */
async function codesOfUs(file: string): Promise<readonly string[]> {
  const read = readCreationRules(parse(lab.read(".sops.yaml")));
  const rule = ruleFor(read.value, file);
  if (rule === undefined) return [...codesOf(read), "no rule"].slice(0, 1);
  const encrypted = await encryptSops({ file, text: plain, rule, now: new Date() });
  return [...codesOf(read), ...codesOf(encrypted)];
}

function writeRules(text: string): void {
  const named = { A: a.recipient, B: b.recipient, C: c.recipient };
  const filled = text.replaceAll(/\b([ABC])\b/g, (_, name: keyof typeof named) => named[name]);
  lab.write(".sops.yaml", `creation_rules:\n${filled.replaceAll(/^/gm, "  ")}\n`);
}

/** What an encrypted file says of its own encryption, and which of its values are encrypted. */
function said(encrypted: string): unknown {
  const { sops, ...values } = parse(encrypted) as { sops: Record<string, unknown> };
  const { age, mac: _, lastmodified: __, ...others } = sops as { age: { recipient: string }[] } & typeof sops;
  const types = JSON.stringify(values).replaceAll(/ENC\[[^\]]*\]/g, "ENC");
  return { recipients: age.map(({ recipient }) => recipient), others, types };
}

describe("the key files of `age-keygen`", () => {
  test("are read, also several in one file, with comments and empty lines", () => {
    const text = [a, b, c].map(({ file }) => readFileSync(file, "utf8")).join("\n# next\n\n");
    expect(taken(readIdentities(text, "keys.txt"))).toHaveLength(3);
    expect(taken(readIdentities(text.replaceAll("\n", "\r\n"), "keys.txt"))).toHaveLength(3);
  });

  test("open a file in whatever order they stand", async () => {
    writeRules("- age: C");
    const encrypted = lab.encryptByThem("a.yaml", plain);
    for (const order of [
      [a, b, c],
      [c, b, a],
    ]) {
      const identities = order.flatMap((one) => one.identities);
      const { value } = await lab.decryptByUs("a.yaml", encrypted, { ...a, identities });
      expect(value).toMatchObject({ token: "x" });
    }
  });
});
