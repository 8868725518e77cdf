import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Path } from "../../src/core/path.ts";
import { editSops, rotateSops } from "../../src/secrets/sops/edit.ts";
import { type AgeKey, codesOf, demand, Lab, quietly, taken } from "./sops-lab.ts";
import { comparable, comparableJson, readByGo } from "./sops-yaml.ts";

const lab = new Lab();
let key: AgeKey;
let second: AgeKey;
let third: AgeKey;
const file = "secrets/a.yaml";

const plain = `# head of cluster
cluster:
  id: abc # behind id
  secret: "0123"
# head of list
list:
  # head of one
  - one
  - two: 2
    three: 3.5
  - [x]
number: 42
flag: true
nothing: null
crt: public
# foot
`;

beforeAll(() => {
  key = lab.makeKey("first");
  second = lab.makeKey("second");
  third = lab.makeKey("third");
  writeRules([key]);
});

afterAll(() => lab.remove());

function writeRules(recipients: readonly AgeKey[]): void {
  const age = recipients.map(({ recipient }) => recipient).join(",");
  lab.write(".sops.yaml", `creation_rules:\n  - age: ${age}\n    unencrypted_regex: ^crt$\n`);
}

const makers = {
  sops: () => Promise.resolve(lab.encryptByThem(file, plain)),
  ichor: () => lab.encryptByUs(file, plain),
};

/** What sops makes of a file in its place by one of its commands. */
function changedByThem(text: string, args: readonly string[], by = key): string {
  lab.write(file, text);
  demand(lab.sops(args, by));
  return lab.read(file);
}

const edits: readonly (readonly [what: string, path: Path, value: string | number | boolean])[] = [
  ["a text", ["cluster", "secret"], "another"],
  ["a text of several lines", ["cluster", "secret"], "one\ntwo\n"],
  ["an empty text", ["cluster", "secret"], ""],
  ["a text that looks like a number", ["cluster", "secret"], "0x1F"],
  ["an integer", ["number"], 43],
  ["a fraction", ["number"], 0.1],
  ["a large number", ["number"], 1e21],
  ["a boolean", ["flag"], false],
  ["a value where there was none", ["nothing"], "something"],
  ["a new key", ["cluster", "token"], "new"],
  ["a new key at the root", ["zone"], "new"],
  ["a key below keys that are new", ["a", "b", "c"], "new"],
  ["an item of a list", ["list", 2, 0], "y"],
  ["a key in a list", ["list", 1, "two"], 22],
  ["a plain value", ["crt"], "other"],
  ["a new plain value", ["cluster", "crt"], "other"],
  ["the same value again", ["cluster", "id"], "abc"],
];

describe.each(["sops", "ichor"] as const)(
  "in a file that %s encrypted we set what `sops set` sets:",
  (maker) => {
    test.each(edits)("%s", async (_, path, value) => {
      const text = await makers[maker]();
      // sops counts comments as items of a list: the example has one in front, of the list that has a comment.
      const steps = path.map((step, at) =>
        path[at - 1] === "list" && typeof step === "number" ? step + 1 : step,
      );
      const theirs = changedByThem(text, [
        "set",
        file,
        steps.map((step) => `[${JSON.stringify(step)}]`).join(""),
        JSON.stringify(value),
      ]);
      const ours = taken(
        await editSops({ file, text, identities: key.identities, edits: [{ path, value }], now: new Date() }),
      );
      expect(lab.decryptByThem(file, ours, key)).toBe(lab.decryptByThem(file, theirs, key));
      const read = (await lab.decryptByUs(file, theirs, key)).value;
      expect(comparable(read)).toEqual(comparableJson(lab.decryptByThem(file, ours, key, "json")));
    });

    test("no other line changes", async () => {
      const text = await makers[maker]();
      const edit = { path: ["cluster", "secret"], value: "another" };
      const changed = taken(
        await editSops({ file, text, identities: key.identities, edits: [edit], now: new Date() }),
      );
      const kept = (one: string) =>
        one.split("\n").filter((line) => !/^ +(secret|lastmodified|mac): /.test(line));
      expect(kept(changed)).toEqual(kept(text));
    });
  },
);

describe.each(["sops", "ichor"] as const)("of a file that %s encrypted we read what is left by", (maker) => {
  test("`sops set`", async () => {
    const set = changedByThem(await makers[maker](), ["set", file, '["cluster"]["secret"]', '"another"']);
    const { value } = await lab.decryptByUs(file, set, key);
    expect(value).toMatchObject({ cluster: { id: "abc", secret: "another" }, number: 42 });
  });

  test("`sops set` of a whole map", async () => {
    const set = changedByThem(await makers[maker](), [
      "set",
      file,
      '["cluster"]',
      '{"a": [1, "x", null, {"b": true}]}',
    ]);
    const { value } = await lab.decryptByUs(file, set, key);
    expect(value).toMatchObject({ cluster: { a: [1, "x", null, { b: true }] } });
  });

  test("`sops unset`", async () => {
    const unset = changedByThem(await makers[maker](), ["unset", file, '["cluster"]["secret"]']);
    const { value } = await lab.decryptByUs(file, unset, key);
    expect(value).toMatchObject({ cluster: { id: "abc" } });
    expect(value).not.toHaveProperty("cluster.secret");
  });

  test("`sops rotate --add-age`, with either key", async () => {
    const before = await makers[maker]();
    const rotated = changedByThem(before, ["rotate", "--in-place", "--add-age", second.recipient, file]);
    for (const one of [key, second]) {
      const { value, text } = await lab.decryptByUs(file, rotated, one);
      expect(value).toMatchObject({ cluster: { secret: "0123" } });
      expect(readByGo([text])).toEqual(readByGo([plain]));
    }
  });

  test("`sops rotate --rm-age`", async () => {
    const added = changedByThem(await makers[maker](), ["rotate", "-i", "--add-age", second.recipient, file]);
    const removed = changedByThem(added, ["rotate", "-i", "--rm-age", key.recipient, file]);
    expect((await lab.decryptByUs(file, removed, second)).value).toMatchObject({ number: 42 });
    await expect(lab.decryptByUs(file, removed, key)).rejects.toThrow("ICH9005");
  });

  test("`sops updatekeys`", async () => {
    const before = await makers[maker]();
    try {
      writeRules([second, third]);
      const updated = changedByThem(before, ["updatekeys", "--yes", file]);
      for (const one of [second, third]) {
        expect((await lab.decryptByUs(file, updated, one)).value).toMatchObject({ flag: true });
      }
      await expect(lab.decryptByUs(file, updated, key)).rejects.toThrow("ICH9005");
    } finally {
      writeRules([key]);
    }
  });
});

describe.each(["sops", "ichor"] as const)("a file that %s encrypted, rotated by us,", (maker) => {
  async function rotated(recipients: readonly AgeKey[]) {
    const text = await makers[maker]();
    try {
      writeRules(recipients);
      const rule = lab.rule(file);
      const made = taken(await rotateSops({ file, text, identities: key.identities, rule, now: new Date() }));
      return { text, made };
    } finally {
      writeRules([key]);
    }
  }

  test("has for sops the same values and comments", async () => {
    const { text, made } = await rotated([key]);
    expect(lab.decryptByThem(file, made, key)).toBe(lab.decryptByThem(file, text, key));
  });

  test("has the recipients of the rule and no other", async () => {
    const { made } = await rotated([second, third]);
    expect(lab.decryptByThem(file, made, second)).toContain("abc");
    expect(lab.decryptByThem(file, made, third)).toContain("abc");
    lab.write(file, made);
    expect(lab.sops(["decrypt", file], key).status).toBe(128);
  });

  test("shares no ciphertext and no nonce with the old one", async () => {
    const { text, made } = await rotated([key]);
    const parts = (one: string) =>
      [...one.matchAll(/(?:data|iv|tag):([^,\]]+)/g)].map(([, part]) => part ?? "");
    // One or two bytes of ciphertext may be the same by chance.
    const old = new Set(parts(text).filter((part) => part.length > 8));
    expect(parts(made).filter((part) => old.has(part))).toEqual([]);
  });

  test("has another data key, as `age` itself sees it", async () => {
    const { text, made } = await rotated([key]);
    expect(dataKeysOf(made, key)).not.toEqual(dataKeysOf(text, key));
  });
});

describe("`age` itself opens the stanzas of a file that we encrypted:", () => {
  test("one of 32 bytes for each recipient, and the same one", async () => {
    try {
      writeRules([key, second]);
      const encrypted = await lab.encryptByUs(file, plain);
      const keys = [...dataKeysOf(encrypted, key), ...dataKeysOf(encrypted, second)];
      expect(keys.filter((one) => one !== undefined)).toHaveLength(2);
      expect(new Set(keys.filter((one) => one !== undefined)).size).toBe(1);
      expect(keys.find((one) => one !== undefined)).toMatch(/^[0-9a-f]{64}$/);
    } finally {
      writeRules([key]);
    }
  });
});

/** What `age -d` says is in each armoured stanza, as hexadecimal digits; undefined where the key does not open it. */
function dataKeysOf(encrypted: string, by: AgeKey): readonly (string | undefined)[] {
  const stanzas = encrypted.match(/-----BEGIN AGE[\s\S]*?-----END AGE ENCRYPTED FILE-----/g) ?? [];
  return stanzas.map((stanza) => {
    const armoured = `${stanza.replaceAll(/^ +/gm, "")}\n`;
    return lab.decryptByAge(armoured, by);
  });
}

test("a path that leads through a value is refused by both", async () => {
  const text = await makers.ichor();
  const path = ["cluster", "id", "x"];
  const edit = { path, value: "y" };
  const outcome = await editSops({ file, text, identities: key.identities, edits: [edit], now: new Date() });
  expect(codesOf(outcome)).toEqual(["ICH9016"]);
});

test("several edits at once are as one after another", async () => {
  const text = await makers.sops();
  const wanted = [
    { path: ["cluster", "secret"], value: "a" },
    { path: ["x", "y"], value: 1 },
    { path: ["x", "z"], value: true },
  ];
  const ours = taken(
    await editSops({ file, text, identities: key.identities, edits: wanted, now: new Date() }),
  );
  const theirs = wanted.reduce(
    (before, { path, value }) =>
      changedByThem(before, [
        "set",
        file,
        path.map((step) => `[${JSON.stringify(step)}]`).join(""),
        JSON.stringify(value),
      ]),
    text,
  );
  expect(lab.decryptByThem(file, ours, key)).toBe(lab.decryptByThem(file, theirs, key));
  expect(quietly(lab.sops(["filestatus", file]))).toContain('"encrypted":true');
});
