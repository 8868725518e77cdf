import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { readYamlSubset } from "./read-yaml-subset.ts";

/** A machine configuration in the style of Talos' examples: comments, literal texts, lists in lists, quotes. */
const TALOS = `# a control plane
version: v1alpha1
debug: false
machine:
  type: controlplane
  token: '328hom.uqjzh6jnn2eie9oi' # it's a token
  ca: {crt: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1J, key: ""}
  certSANs: []
  kubelet:
    extraArgs:
      node-labels: "example.com/rack=r17"
      v: 2
  network:
    interfaces:
    - interface: eth0
      addresses: [10.0.0.1/31, "2001:db8::1/127"]
      routes:
        - network: 0.0.0.0/0
          gateway: 10.0.0.0
          metric: 1024

  install:
    disk:
    extraKernelArgs:
      - console=ttyS1
      - -selinux
  files:
      - content: |
          [plugins]
            [plugins."io.containerd.cri"]
            # kept

            x = "y: z"
        permissions: 0o666
        path: /etc/cri/conf.d/20-x.part
        op: create
cluster:
  controlPlane: {endpoint: https://1.2.3.4:6443}
  inlineManifests:
    - name: text
      contents: >-
        folded
        over lines

        and paragraphs
---
apiVersion: v1alpha1
kind: LinkConfig
name: dummy0
mtu: 1500
empty: {}
ratio: 0.5
off: null
---
`;

function exampleFiles(): string[] {
  return ["inventory", "clusters", "approvals", "locks"].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".yaml") && !file.endsWith(".sops.yaml"))
      .sort()
      .map((file) => readFileSync(join(folder, file), "utf8")),
  );
}

const SEEDS = [TALOS, ...exampleFiles()];

// What breaks readers: each indicator alone and beside spaces, line ends, and scalars that look like something else.
const FRAGMENTS = [
  ..."\n ,:#\"'[]{}|>&*!?%@`=~-a01".split(""),

  "\n\n",
  "  ",
  "    ",
  "- ",
  "- - a",
  "- a: b",
  "---\n",
  "\n---\n",
  "--- ",
  "...",
  "...\n",
  "\\n",
  '\\"',
  "''",

  ": ",
  " #",
  " # c\n",
  ", ",
  "? ",
  "|\n",
  "|-\n",
  "|+\n",
  "|2\n",
  ">\n",
  ">-\n",
  "k: |\n  x\n   y\n",
  "a: >\n  x\n\n  y\n",

  "a: b\n",
  "a:b",
  "a:\n",
  "-x",
  "--x",
  "null",
  "true",
  "yes",
  "0644",
  "1_000",
  "1e3",
  "0x1f",
  "0o17",
  "0b1",
  ".5",
  "5.",

  "+1",
  "-0",
  "-1",
  "00",
  "1.50",
  "12:30:45",
  "2026-11-21",
  "<<",
  "<<: *a",
  "&a ",
  "*a",
  "!x ",
  "!!str ",
  "__proto__",
  "constructor",

  "\u00a0",
  "é",
  "😀",
  "\u3000",
  "\uFEFF",
  "\t",
  "99999999999999999999",
  "{a: 1}",
  "[a, b]",
  "[a,]",
  "{a: 1,}",
  "{a: , b}",
];

const fragment = fc.constantFrom(...FRAGMENTS);
const fragments = fc.array(fragment, { maxLength: 14 }).map((parts) => parts.join(""));

/** A document that is one text over several lines, mostly indented as it should be. */
const rootText = fc
  .tuple(fc.constantFrom("|", "|-", ">", ">-"), fc.constantFrom(" ", "    "), fragments, fragments)
  .map(
    ([header, indent, text, rest]) => `${header}\n${text.replaceAll(/^(?=.)/gm, indent)}${rest.slice(0, 4)}`,
  );

interface Edit {
  readonly kind: "insert" | "remove" | "indent" | "dedent" | "drop" | "double";
  readonly place: number;
  readonly text: string;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom("insert", "remove", "indent", "dedent", "drop", "double"),
  place: fc.nat(5000),
  text: fragment,
});

/** A few lines of a real file with a few changes. */
const mutated = fc
  .record({
    seed: fc.constantFrom(...SEEDS),
    from: fc.nat(500),
    count: fc.integer({ min: 2, max: 14 }),
    edits: fc.array(edit, { maxLength: 4 }),
  })
  .map(({ seed, from, count, edits }) => {
    const lines = seed.split("\n");
    const start = from % lines.length;
    return edits.reduce(apply, lines.slice(start, start + count).join("\n"));
  });

function apply(text: string, { kind, place, text: inserted }: Edit): string {
  const at = place % (text.length + 1);
  if (kind === "insert") return text.slice(0, at) + inserted + text.slice(at);
  if (kind === "remove") return text.slice(0, at) + text.slice(at + inserted.length);
  const lines = text.split("\n");
  const index = place % lines.length;
  const line = lines[index] ?? "";
  const replacement = {
    indent: [` ${line}`],
    dedent: [line.replace(/^ /, "")],
    drop: [],
    double: [line, line],
  }[kind];
  return lines.toSpliced(index, 1, ...replacement).join("\n");
}

/** Whether the two readers agree wherever the subset accepts the text; counts what it accepted. */
function agrees(text: string, accepted: { count: number }): boolean {
  const own = readYamlSubset(text);
  if (own === undefined) return true;
  if (own.length > 0) accepted.count++;
  const documents = [...parseAllDocuments(text, { logLevel: "silent" })];
  const isSound = documents.every(({ errors, warnings }) => errors.length === 0 && warnings.length === 0);
  return (
    isSound &&
    isDeepStrictEqual(
      own,
      documents.map((document) => document.toJS()),
    )
  );
}

describe("the fast reader and the yaml package", () => {
  const isText = (text: string) => !/[^\P{Cc}\n\t]|[\u2028\u2029]/u.test(text);

  test.each([
    ["changed lines of real files", mutated, 30_000, 5000],
    ["fragments of YAML in any order", fragments, 30_000, 500],
    ["documents that are a text", rootText, 20_000, 5000],
  ] as const)("agree on %s", (_, texts, numRuns, atLeast) => {
    const accepted = { count: 0 };
    fc.assert(
      fc.property(texts.filter(isText), (text) => agrees(text, accepted)),
      { numRuns },
    );
    expect(accepted.count).toBeGreaterThan(atLeast);
  });

  test("agree on every file of the example fleet, all of which the fast reader reads", () => {
    const accepted = { count: 0 };
    expect(SEEDS.slice(1).filter((text) => !agrees(text, accepted))).toEqual([]);
    expect(accepted.count).toBe(SEEDS.length - 1);
  });
});

describe("the fast reader", () => {
  test.each([
    ["0: a\n10.0.0.1: b\n", [{ "0": "a", "10.0.0.1": "b" }]],
    [
      "a:\n- b\n- - c\n  - d: 1\n    e: [2, {f: g}]\nh:\n",
      [{ a: ["b", ["c", { d: 1, e: [2, { f: "g" }] }]], h: null }],
    ],
    [
      "a: 2026-11-21 # a date\nb: 7d\nc: d0:94:66:00:11:01\n",
      [{ a: "2026-11-21", b: "7d", c: "d0:94:66:00:11:01" }],
    ],
    [
      "a: |\n  x: y # z\n\n   w\nb: >-\n  one\n  two\n\n  three\n",
      [{ a: "x: y # z\n\n w\n", b: "one two\nthree" }],
    ],
    ["|\n    a: b\n\n    ---\n      c\n---\n>-\n one\n two\n", ["a: b\n\n---\n  c\n", "one two"]],
    ["# only\n\n", []],
    ["a: 1\n---\n# nothing\n---\n- x\n", [{ a: 1 }, null, ["x"]]],
    ["{ a: [\n  1,\n  2, # two\n ] }\n", [{ a: [1, 2] }]],
    [String.raw`a: "\"\\\n"`, [{ a: '"\\\n' }]],
  ])("reads %j", (text, documents) => {
    expect(readYamlSubset(text)).toEqual(documents);
  });

  test.each([
    ["a key written twice", "a: 1\na: 2\n"],
    ["a key written twice between brackets", "{ a: 1, a: 2 }"],
    ["the key __proto__", "__proto__: 1\n"],
    ["a merge key", "<<: {}\n"],
    ["a value that other readers read differently", "a: 0644\n"],
    ["a truth value of YAML 1.1", "a: yes\n"],
    ["a tab", "a:\tb\n"],
    ["too deep nesting", `${"[".repeat(65)}${"]".repeat(65)}`],
    ["too deep nesting of lists", `${"- ".repeat(65)}a`],
    ["a scalar over two lines", "a: b\n  c\n"],
    ["an anchor", "a: &b c\n"],
    ["a text without indentation", "|\na\n"],
    ["what follows a text", "|\n  a\nb\n"],
  ])("leaves %s to the slow one", (_, text) => {
    expect(readYamlSubset(text)).toBeUndefined();
  });
});
