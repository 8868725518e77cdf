import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { emitYaml, emitYamlDocuments } from "./yaml-emit.ts";

const lines = (...all: readonly string[]): string => `${all.join("\n")}\n`;

const shapes: readonly (readonly [title: string, value: unknown, text: string])[] = [
  ["keys in the order given, undefined ones left out", { b: 1, a: undefined, c: true }, "b: 1\nc: true\n"],
  ["an empty map and an empty list inline", { a: {}, b: [], c: { d: undefined } }, "a: {}\nb: []\nc: {}\n"],
  ["a list two spaces below its key", { a: [1, "x"] }, "a:\n  - 1\n  - x\n"],
  ["a map in a list on the dash's line", [{ a: 1, b: { c: [2] } }], "- a: 1\n  b:\n    c:\n      - 2\n"],
  ["a list in a list on the dash's line", { a: [["x", "z"], []] }, "a:\n  - - x\n    - z\n  - []\n"],
  ["an undefined item as null", [undefined, null], "- null\n- null\n"],
  ["a document that is a scalar", "text", "text\n"],
  ["a document that is nothing", undefined, "null\n"],
  ["numbers, the large ones with a dot", [1, -0.5, 1e21, 12n], "- 1\n- -0.5\n- 1.0e+21\n- 12\n"],
  ["numbers that are not finite", [Number.NaN, -1 / 0, 1 / 0], "- .nan\n- -.inf\n- .inf\n"],
  ["lines as a literal block", { a: "x\n\n y\n", b: 1 }, lines("a: |", "  x", "", "   y", "b: 1")],
  ["lines without a last newline", ["x\ny"], lines("- |-", "  x", "  y")],
  ["lines with more newlines at the end", { a: { b: "x\n\n\n" } }, lines("a:", "  b: |+", "    x", "", "")],
  ["a document of lines indented", "x\ny\n", lines("|", "  x", "  y")],
  ["lines of no clear indentation in quotes", [" x\ny", "x\n  \ny"], '- " x\\ny"\n- "x\\n  \\ny"\n'],
  ["line breaks of YAML 1.1 escaped", ["a\u2028b\u0085c"], '- "a\\u2028b\\u0085c"\n'],
  ["a lone surrogate as the replacement character", ["\ud800"], '- "\ufffd"\n'],
  ["a key by the same rules as a value", { on: 1, "a: b": 2, "1": 3 }, '"1": 3\n"on": 1\n"a: b": 2\n'],
  [
    "a very long key as an explicit one",
    { ["k".repeat(341)]: { a: 1 } },
    `? ${"k".repeat(341)}\n:\n  a: 1\n`,
  ],
];

test.each(shapes)("YAML has %s", (_, value, text) => expect(emitYaml(value)).toBe(text));

const plain = [
  ..."hel1-r017-u01 10.101.0.1 10.101.0.0/16 fe80::1 2001:db8::/64 d0:94:66:aa:11:01 v1.14.1 1.2.3".split(
    " ",
  ),
  ..."https://x:6443 ghcr.io/a/b:v1@sha256:00 console=ttyS0,115200n8 30m 10% 4c4c4544-0058-4b10-8032-b7c04f4d3133".split(
    " ",
  ),
  ..."ref+sops://clusters/hel1/x/secrets.sops.yaml?decode=base64#/certs/os/crt /dev/nvme0n1 os:admin node?".split(
    " ",
  ),
  "Sat 01:00-05:00 Europe/Helsinki",
];
test.each(plain)("the text %s needs no quotes", (text) => expect(emitYaml([text])).toBe(`- ${text}\n`));

const quoted = [
  ..."0b11 0o17 0x1F 0644 1_000 1,000 1 1.5 1e5 1.e5 .5 -1 +1 190:20:30 12:30:45 00:11:22:33:44:55 e1 E-5".split(
    " ",
  ),
  ..."2026-11-21 2026-11-21T03:00Z << = ~ - ? : yes No ON off y N TRUE null NaN .inf {} [] !x &x *x @x `x %x".split(
    " ",
  ),
  ..."--- ... # 'x \" |- >- a: fe80:: 1: -x".split(" "),
  "",
  " ",
  " x",
  "x ",
  "a: b",
  "a #b",
  "\t",
  "\n",
  "\n\n",
  "a\rb",
  "\ufeff",
  "\u0000",
  "\u007f",
  "\ufffe",
];
test.each(quoted)("the text %j is quoted", (text) => expect(emitYaml([text])).toMatch(/^- "[^\n]*"\n$/));

test("documents are separated by ---", () => {
  expect(emitYamlDocuments([{ a: 1 }, { b: "x\n" }])).toBe("a: 1\n---\nb: |\n  x\n");
  expect(emitYamlDocuments([])).toBe("");
});

test.each([[new Date(0)], [new Map()], [() => 1], [Symbol("x")]])(
  "a value of no plain type is a bug",
  (value) => {
    expect(() => emitYaml({ a: [value] })).toThrow(/cannot be|can be/);
  },
);

describe("the yaml package reads back what was written", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom(..."ab01eEx_-+.:, \n\t#'\"~\u2028\u0085\ufeff\r".split("")) }),
    fc.constantFrom(...plain, ...quoted),
  );
  const { tree } = fc.letrec((again) => ({
    tree: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.oneof(text, fc.integer(), fc.double({ noNaN: true }), fc.boolean(), fc.constant(null)),
      fc.array(again("tree"), { maxLength: 4 }),
      fc.dictionary(text, again("tree"), { maxKeys: 4, noNullPrototype: true }),
    ),
  }));

  test.each(["1.1", "1.2"] as const)("by the rules of YAML %s", (version) => {
    const reads = fc.property(tree, (value) => {
      expect(parse(emitYaml(value), { version })).toEqual(meant(value));
    });
    fc.assert(reads, { numRuns: 2000 });
  });

  test("as a stream of documents", () => {
    const reads = fc.property(fc.array(tree, { minLength: 1, maxLength: 4 }), (values) => {
      expect(readAll(values)).toEqual(values.map(meant));
    });
    fc.assert(reads, { numRuns: 500 });
  });
});

function readAll(values: readonly unknown[]): readonly unknown[] {
  const read = parseAllDocuments(emitYamlDocuments(values));
  return "empty" in read ? [] : read.map((document) => document.toJS() as unknown);
}

/** YAML has no negative zero for JavaScript's `0`. */
function meant(value: unknown): unknown {
  if (value === 0) return 0;
  if (Array.isArray(value)) return value.map(meant);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, of]) => [key, meant(of)]));
}
