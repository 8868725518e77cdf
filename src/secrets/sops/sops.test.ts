import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { emitYaml } from "../../core/yaml-emit.ts";
import { type CreationRule, readCreationRules, ruleFor } from "./creation-rules.ts";
import { createIdentity, recipientOf } from "./data-key.ts";
import { decryptSops } from "./decrypt.ts";
import { editSops, rotateSops } from "./edit.ts";
import { encryptSops } from "./encrypt.ts";
import { type AgeIdentity, readIdentities } from "./identities.ts";

const FILE = "clusters/a/a/secrets.sops.yaml";
const NOW = new Date("2026-11-21T06:00:00.123Z");

let alice: AgeIdentity;
let bob: AgeIdentity;

beforeAll(async () => {
  alice = await createIdentity();
  bob = await createIdentity();
});

async function ruleTo(people: readonly AgeIdentity[], more: Readonly<Record<string, unknown>> = {}) {
  const age = await Promise.all(people.map(recipientOf));
  const { value, diagnostics } = readCreationRules({ creation_rules: [{ age, ...more }] });
  expect(diagnostics).toEqual([]);
  return ruleFor(value, FILE) as CreationRule;
}

async function encrypted(text: string, more: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const rule = await ruleTo([alice], more);
  const { value, diagnostics } = await encryptSops({ file: FILE, text, rule, now: NOW });
  expect(diagnostics).toEqual([]);
  return value ?? "";
}

async function codes(text: string, identities: readonly AgeIdentity[] = [alice]): Promise<string[]> {
  const { value, diagnostics } = await decryptSops(FILE, text, identities);
  expect(value === undefined).toBe(diagnostics.length > 0);
  return diagnostics.map(({ code }) => code);
}

describe("a file that was encrypted", () => {
  test("opens to the same value, with the same comments", async () => {
    const text =
      "# why\na:\n    b: one # beside\n    c:\n        - 1\n        - 2.5\n        - true\n        - null\n    # below\nd: |\n    x\n    y\n";
    const file = await encrypted(text);
    expect(file).not.toMatch(/one|why|beside/);
    const { value } = await decryptSops(FILE, file, [alice]);
    expect(value?.text).toBe(text);
    expect(value?.value).toEqual({ a: { b: "one", c: [1, 2.5, true, null] }, d: "x\ny\n" });
  });

  test("opens to the same value whatever it is", async () => {
    const key = fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 8 })
      .filter((text) => text !== "sops" && text !== "__proto__");
    const leaf = fc.oneof(fc.string({ unit: "grapheme" }), fc.boolean(), fc.integer(), fc.constant(null));
    const { tree } = fc.letrec((tie) => ({
      tree: fc.dictionary(
        key,
        fc.oneof({ depthSize: "small" }, leaf, fc.array(leaf, { maxLength: 3 }), tie("tree")),
        { maxKeys: 4 },
      ),
    }));
    await fc.assert(
      fc.asyncProperty(tree, async (value) => {
        const file = await encrypted(emitYaml(value));
        expect((await decryptSops(FILE, file, [alice])).value?.value).toEqual(value);
      }),
      { numRuns: 40 },
    );
  });

  test("opens for each of its recipients and for nobody else", async () => {
    const rule = await ruleTo([alice, bob]);
    const file = (await encryptSops({ file: FILE, text: "a: 1\n", rule, now: NOW })).value ?? "";
    expect(await codes(file, [alice])).toEqual([]);
    expect(await codes(file, [bob])).toEqual([]);
    expect(await codes(file, [await createIdentity()])).toEqual(["ICH9005"]);
    expect(await codes(file, [])).toEqual(["ICH9005"]);
  });

  test("shows what its rule leaves readable", async () => {
    const file = await encrypted("crt: public\nkey: hidden\n", { encrypted_regex: "^key$" });
    expect(file).toContain("crt: public");
    expect(file).not.toContain("hidden");
  });
});

describe("a change by somebody without the key is told", () => {
  const PLAIN =
    "crt: public\nother: open\nkey: hidden\nsecond: hidden too\nlist:\n    - key: a\n    - key: b\n";
  const RULE = { encrypted_regex: "^(key|second)$" };
  const change = async (edit: (text: string) => string): Promise<string[]> => {
    const before = await encrypted(PLAIN, RULE);
    const after = edit(before);
    expect(after).not.toBe(before);
    return codes(after);
  };

  test("a readable value", async () => {
    expect(await change((text) => text.replace("crt: public", "crt: swapped"))).toEqual(["ICH9009"]);
  });
  test("an entry removed, added, moved", async () => {
    expect(await change((text) => text.replace("other: open\n", ""))).toEqual(["ICH9009"]);
    expect(await change((text) => `new: 1\n${text}`)).toEqual(["ICH9009"]);
    expect(
      await change((text) => text.replace("crt: public\nother: open\n", "other: open\ncrt: public\n")),
    ).toEqual(["ICH9009"]);
  });
  test("a ciphertext", async () => {
    expect(await change((text) => text.replace(/(key: ENC\[AES256_GCM,data:)(.)/, otherCharacter))).toContain(
      "ICH9008",
    );
    expect(await change((text) => text.replace(/(,tag:)(.)/, otherCharacter))).toEqual(["ICH9008"]);
    expect(await change((text) => text.replace(/(key: ENC\[.*),type:str\]/, "$1,type:int]"))).toEqual([
      "ICH9008",
    ]);
  });
  test("two ciphertexts exchanged", async () => {
    const swapped = await change((text) => {
      const [, first = "", second = ""] = /\nkey: (.*)\nsecond: (.*)\n/.exec(text) ?? [];
      return text.replace(first, "@").replace(second, first).replace("@", second);
    });
    expect(swapped).toEqual(["ICH9008", "ICH9008"]);
  });
  test("two items of a list exchanged, whose ciphertexts know no number", async () => {
    const exchanged = await change((text) => {
      const [first = "", second = ""] = [...text.matchAll(/ {4}- key: (.*)\n/g)].map(
        (match) => match[1] ?? "",
      );
      return text.replace(first, "@").replace(second, first).replace("@", second);
    });
    expect(exchanged).toEqual(["ICH9009"]);
  });
  test("a plain text in place of a ciphertext", async () => {
    expect(await change((text) => text.replace(/\nkey: ENC.*/, "\nkey: mine"))).toEqual(["ICH9007"]);
    expect(await change((text) => text.replace(/\nkey: ENC.*/, "\nkey: 5"))).toEqual(["ICH9007"]);
  });
  test("the time, the code, the rule", async () => {
    expect(await change((text) => text.replace("2026-11-21T06:00:00Z", "2026-11-21T06:00:01Z"))).toEqual([
      "ICH9009",
    ]);
    expect(
      await change((text) => text.replace(/mac: ENC\[AES256_GCM,data:../, "mac: ENC[AES256_GCM,data:AA")),
    ).toEqual(["ICH9009"]);
    expect(await change((text) => text.replace("^(key|second)$", "^(key|second|crt)$"))).toEqual(["ICH9007"]);
  });
  test("the data key", async () => {
    expect(await change((text) => text.replace(/(-----BEGIN AGE[^\n]*\n\s*YWdl)/, "$1A"))).toEqual([
      "ICH9006",
    ]);
  });
  test("the end of the file", async () => {
    expect(await change((text) => text.slice(0, text.indexOf("sops:")))).toEqual(["ICH9003"]);
    expect(await change((text) => text.slice(0, text.indexOf("mac: ENC") + 4))).toEqual(["ICH9004"]);
    expect(await change((text) => `${text.slice(0, text.indexOf("mac: ENC"))}mac: "`)).toEqual(["ICH9001"]);
  });
  test("no message holds a value", async () => {
    const { diagnostics } = await decryptSops(
      FILE,
      (await encrypted(PLAIN, RULE)).replace(/\nkey: ENC.*/, "\nkey: mine"),
      [alice],
    );
    expect(JSON.stringify(diagnostics)).not.toMatch(/mine|hidden/);
  });
});

describe("files of other kinds", () => {
  test("one without an age recipient", async () => {
    const file = (await encrypted("a: 1\n")).replace(
      /(?<=\n) {4}age:[\s\S]*?\n(?= {4}\w)/,
      "    pgp:\n        - fp: A\n          enc: B\n",
    );
    expect(await codes(file)).toEqual(["ICH9004"]);
  });
  test("anchors, tags, keys that are no texts", async () => {
    const rule = await ruleTo([alice]);
    for (const text of [
      "a: &x 1\nb: *x\n",
      "a: !!binary aGk=\n",
      "1: a\n",
      "- a\n",
      "a: 18446744073709551615\n",
    ]) {
      const { value, diagnostics } = await encryptSops({ file: FILE, text, rule, now: NOW });
      expect(value).toBeUndefined();
      expect(new Set(diagnostics.map(({ code }) => code))).toEqual(new Set(["ICH9002"]));
    }
  });
  test("one without anything in it", async () => {
    const rule = await ruleTo([alice]);
    for (const text of ["", "# only a comment\n"]) {
      const { diagnostics } = await encryptSops({ file: FILE, text, rule, now: NOW });
      expect(diagnostics.map(({ code }) => code)).toEqual(["ICH9002"]);
    }
  });
  test("one that is encrypted already", async () => {
    const rule = await ruleTo([alice]);
    const text = await encrypted("a: 1\n");
    expect(
      (await encryptSops({ file: FILE, text, rule, now: NOW })).diagnostics.map(({ code }) => code),
    ).toEqual(["ICH9002"]);
  });
});

describe("setting a value", () => {
  const set = async (text: string, path: readonly (string | number)[], value: string | number | boolean) =>
    editSops({
      file: FILE,
      text,
      identities: [alice],
      edits: [{ path, value }],
      now: new Date("2026-11-22T00:00:00Z"),
    });

  test("leaves every other line of values as it was", async () => {
    const before = await encrypted("# c\na:\n    b: one\n    c: two\n");
    const { value = "" } = await set(before, ["a", "c"], "three");
    const changed = (value ?? "").split("\n").filter((line, index) => line !== before.split("\n")[index]);
    expect(changed.map((line) => line.trim().split(":")[0])).toEqual(["c", "lastmodified", "mac"]);
    expect((await decryptSops(FILE, value ?? "", [alice])).value?.value).toEqual({
      a: { b: "one", c: "three" },
    });
  });
  test("makes mappings and items on the way", async () => {
    const { value } = await set(await encrypted("a: 1\nl:\n    - 1\n"), ["bmc", "default", "password"], "x");
    const { value: again } = await set(value ?? "", ["l", 1], true);
    expect((await decryptSops(FILE, again ?? "", [alice])).value?.value).toEqual({
      a: 1,
      l: [1, true],
      bmc: { default: { password: "x" } },
    });
  });
  test("does not lead through a value", async () => {
    const { value, diagnostics } = await set(await encrypted("a: 1\n"), ["a", "b"], "x");
    expect([value, diagnostics.map(({ code }) => code)]).toEqual([undefined, ["ICH9016"]]);
  });
});

test("rotating gives another data key, the rule's recipients and other ciphertexts", async () => {
  const before = await encrypted("a: one\nb: two\n");
  const rule = await ruleTo([bob], { unencrypted_regex: "^b$" });
  const { value = "" } = await rotateSops({ file: FILE, text: before, identities: [alice], rule, now: NOW });
  expect(await codes(value ?? "", [alice])).toEqual(["ICH9005"]);
  expect((await decryptSops(FILE, value ?? "", [bob])).value?.value).toEqual({ a: "one", b: "two" });
  expect(value).toContain("b: two");
});

describe("the rules of .sops.yaml", () => {
  const AGE = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
  const read = (...rules: unknown[]) => readCreationRules({ creation_rules: rules });

  test("the first whose path fits counts", () => {
    const { value } = read(
      { path_regex: "^clusters/hel1/", age: AGE },
      { path_regex: "\\.sops\\.yaml$", age: `${AGE}, ${AGE},` },
    );
    expect(ruleFor(value, "clusters/hel1/a/secrets.sops.yaml")).toBe(value[0]);
    expect(ruleFor(value, "inventory/sites/a/secrets.sops.yaml")).toBe(value[1]);
    expect(ruleFor(value, "README.md")).toBeUndefined();
    expect(value[1]?.recipients).toEqual([AGE]);
  });
  test("one group of keys is as good as a list", () => {
    expect(read({ key_groups: [{ age: [AGE], merge: [{ age: [AGE] }] }] }).value[0]?.recipients).toEqual([
      AGE,
    ]);
  });
  test("what only sops can do stands in the way when it is needed", () => {
    const obstacles = (rule: object) => read(rule).value[0]?.obstacles.map(({ code }) => code);
    expect(obstacles({ age: AGE, pgp: "FBC7B9E2A4F9289AC0C1D4843D16CEE4A27381B4" })).toEqual(["ICH9004"]);
    expect(obstacles({ key_groups: [{ age: [AGE] }, { age: [AGE] }] })).toEqual(["ICH9004"]);
    expect(
      obstacles({ age: "age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t" }),
    ).toEqual(["ICH9011"]);
    expect(obstacles({ age: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ" })).toEqual(["ICH9011"]);
    expect(obstacles({ age: `${AGE}x` })).toEqual(["ICH9014"]);
    expect(obstacles({})).toEqual(["ICH9014"]);
  });
  test("what no sops reads is refused", () => {
    const refused = (rule: unknown) => read(rule).diagnostics.map(({ code }) => code);
    expect(refused("x")).toEqual(["ICH9014"]);
    expect(refused({ age: AGE, path_regex: "(" })).toEqual(["ICH9014"]);
    expect(refused({ age: AGE, path_regex: "a(?=b)" })).toEqual(["ICH9014"]);
    expect(refused({ age: AGE, encrypted_regex: "a", encrypted_suffix: "b" })).toEqual(["ICH9014"]);
    expect(refused({ age: 5 })).toEqual(["ICH9014"]);
    expect(readCreationRules(null).diagnostics.map(({ code }) => code)).toEqual(["ICH9014"]);
  });
});

test("a key file's other lines are told apart", () => {
  const text = `# created\n\n${alice.secret}\nAGE-PLUGIN-YUBIKEY-1QQPSQQQFZ4TJ\n-----BEGIN OPENSSH PRIVATE KEY-----\nnonsense\n`;
  const { value, diagnostics } = readIdentities(text, "keys.txt");
  expect(value).toEqual([alice]);
  expect(diagnostics.map(({ code, at }) => [code, "line" in at ? at.line : 0])).toEqual([
    ["ICH9011", 4],
    ["ICH9011", 5],
    ["ICH9010", 6],
  ]);
});

/** Another first character of base64 than the one that is there. */
function otherCharacter(_: string, before: string, first: string): string {
  return before + (first === "A" ? "B" : "A");
}
