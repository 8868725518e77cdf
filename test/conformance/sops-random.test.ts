import process from "node:process";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Document, isScalar, type Node, type Scalar, visit } from "yaml";
import { adversarialStrings } from "./adversarial.ts";
import { type AgeKey, Lab } from "./sops-lab.ts";
import { comparable, comparableJson, readByGo } from "./sops-yaml.ts";

/**
 * Random trees, many to a file because a process of sops costs more than what it does. The number of processes is
 * that of runs, but for a failure, which is made smaller at the cost of two or three for each attempt. Always the
 * same trees, so that nobody's change fails by chance; `RUNS=250 SEED=7` looks further.
 */
const runs = { numRuns: Number(process.env["RUNS"] ?? 12), seed: Number(process.env["SEED"] ?? 1) };
const treesInFile = 40;

const lab = new Lab();
let key: AgeKey;

beforeAll(() => {
  key = lab.makeKey("random");
  lab.write(
    ".sops.yaml",
    `creation_rules:
  - path_regex: ^all
    age: ${key.recipient}
  - path_regex: ^some
    age: ${key.recipient}
    encrypted_regex: "[a-m]$"
`,
  );
});

afterAll(() => lab.remove());

const files = ["all.yaml", "some.yaml"] as const;

/**
 * Left out are texts that sops itself does not get back: of several lines with white space in front, which its
 * writer puts into a block that its reader takes for another. And those with a line end of Unicode's, which it
 * writes as it is where the text is not encrypted: that is a line end to YAML 1.1 and none to 1.2.
 */
const text = fc
  .oneof(
    fc.constantFrom(...adversarialStrings().filter((one) => !one.includes("\0"))),
    fc.string({ unit: "grapheme", maxLength: 12 }),
    fc.string({ unit: fc.constantFrom("a", " ", "\n", "#", ":", "-", "'", '"', "\\", "\t", "é", "🔐") }),
  )
  .filter((one) => !/^\n|^\s[\s\S]*\n|[\u2028\u2029]/.test(one));

/** Left out are integers between 2^63 and 1e21: sops refuses some and takes others for floats. */
const number = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .filter((value) => !Object.is(value, -0) && !(Math.abs(value) >= 2 ** 63 && Math.abs(value) < 1e21)),
);

const { tree } = fc.letrec<{ tree: unknown; map: Record<string, unknown> }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthIdentifier: "tree" },
    { arbitrary: fc.oneof(text, number, fc.boolean(), fc.constant(null)), weight: 4 },
    { arbitrary: fc.array(tie("tree"), { maxLength: 4 }), weight: 1 },
    { arbitrary: tie("map"), weight: 2 },
  ),
  map: fc.dictionary(
    fc
      .oneof(
        fc.string({ unit: "grapheme", maxLength: 8 }),
        fc.constantFrom("a", "z", "a:b", "true", "1", " ", "-"),
      )
      .filter((name) => name !== "sops" && name !== "<<"),
    tie("tree"),
    { maxKeys: 4, noNullPrototype: true },
  ),
}));

const trees = fc.array(tree, { minLength: 1, maxLength: treesInFile, size: "max" });

/** What Go's YAML and this one do not agree on: line ends of YAML 1.1, and characters that are not to be written. */
const disputed = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

/** JSON is YAML, and leaves no doubt of what is meant. */
function jsonOf(value: unknown): string {
  const escaped = (one: string) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value).replaceAll(disputed, escaped);
}

function fileOf(values: readonly unknown[]): string {
  return `${jsonOf(Object.fromEntries(values.map((value, at) => [`t${at}`, value])))}\n`;
}

test.each(files)("what sops encrypts of any tree we read (%s)", async (file) => {
  await fc.assert(
    fc.asyncProperty(trees, async (values) => {
      const encrypted = lab.encryptByThem(file, fileOf(values));
      const theirs = comparableJson(lab.decryptByThem(file, encrypted, key, "json"));
      const { value } = await lab.decryptByUs(file, encrypted, key);
      expect(comparable(value)).toEqual(theirs);
      expect(comparable(value)).toEqual(comparableJson(fileOf(values)));
    }),
    runs,
  );
});

test.each(files)("what we encrypt of any tree sops reads (%s)", async (file) => {
  await fc.assert(
    fc.asyncProperty(trees, async (values) => {
      const encrypted = await lab.encryptByUs(file, fileOf(values));
      const theirs = comparableJson(lab.decryptByThem(file, encrypted, key, "json"));
      expect(theirs).toEqual(comparableJson(fileOf(values)));
    }),
    runs,
  );
});

/** How a tree is written: where comments stand, and how each text is quoted. */
const style = fc.infiniteStream(fc.nat({ max: 11 }));

const written = fc.tuple(trees, style).map(([values, choices]) => {
  const undisputed = JSON.stringify(values).replaceAll(disputed, "?");
  const entries = (JSON.parse(undisputed) as readonly unknown[]).map((value, at) => [`t${at}`, value]);
  const document = new Document(Object.fromEntries(entries));
  let count = 0;
  const choose = () => choices.next().value ?? 0;
  const comment = () => ` c${++count}`;
  visit(document, {
    Pair(_, { key: of, value }) {
      if (isNode(of) && choose() === 0) of.commentBefore = comment();
      if (isScalar(value)) decorate(value);
    },
    Seq(_, { items }) {
      for (const item of items) {
        if (isNode(item) && isScalar(item) && choose() === 0) item.commentBefore = comment();
        if (isScalar(item)) decorate(item);
      }
    },
  });
  return document.toString({
    lineWidth: choose() < 6 ? 40 : 0,
    indent: choose() < 6 ? 2 : 4,
    indentSeq: choose() < 6,
  });

  function decorate(scalar: Scalar): void {
    const type = choose();
    if (typeof scalar.value === "string") {
      const isPlainText = /^[a-zé🔐][a-zé🔐 \n]*$/u.test(scalar.value);
      scalar.type = (isPlainText ? styles[type % styles.length] : undefined) ?? "QUOTE_DOUBLE";
      if (scalar.type === "BLOCK_LITERAL" || scalar.type === "BLOCK_FOLDED") return;
    }
    if (choose() === 0) scalar.comment = comment();
  }
});

const styles: readonly Scalar.Type[] = [
  "PLAIN",
  "PLAIN",
  "QUOTE_SINGLE",
  "QUOTE_DOUBLE",
  "BLOCK_LITERAL",
  "BLOCK_FOLDED",
];

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "commentBefore" in value;
}

test.each(files)(
  "of any text, with comments and every way to quote, both make and read the same (%s)",
  async (file) => {
    await fc.assert(
      fc.asyncProperty(written, async (yaml) => {
        const theirs = lab.encryptByThem(file, yaml);
        const expected = lab.decryptByThem(file, theirs, key);
        expect(lab.decryptByThem(file, await lab.encryptByUs(file, yaml), key)).toBe(expected);
        const ours = (await lab.decryptByUs(file, theirs, key)).text;
        expect(readByGo([ours])).toEqual(readByGo([expected]));
      }),
      runs,
    );
  },
);

test.each(files)("several documents in a file are as one by one (%s)", async (file) => {
  await fc.assert(
    fc.asyncProperty(trees, async (values) => {
      const yaml = values.map((value) => `---\n${jsonOf({ a: value })}\n`).join("");
      const theirs = lab.encryptByThem(file, yaml);
      const expected = lab.decryptByThem(file, theirs, key);
      expect(lab.decryptByThem(file, await lab.encryptByUs(file, yaml), key)).toBe(expected);
      expect(readByGo([(await lab.decryptByUs(file, theirs, key)).text])).toEqual(readByGo([expected]));
    }),
    { ...runs, numRuns: Math.ceil(runs.numRuns / 3) },
  );
});
