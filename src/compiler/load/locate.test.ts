import fc from "fast-check";
import { expect, test } from "vitest";
import { error, type SourceRef } from "../../core/diagnostic.ts";
import { parsePath } from "../../core/path.ts";
import { locate, positionOf } from "./locate.ts";

const FILE = "inventory/sites/a/racks/r.yaml";
const TEXT = `# a rack
kind: Rack
spec:
  site: a
  servers:
    u01: { u: 1, nics: { eno1: { mac: x } } }
    u02:
      u: 2
      state:
  tags:
  - one
  - name: two
  pins: { 0: u01 }
---
---
kind: Other
`;

function check(path: string, expected: string, rest: Partial<SourceRef> = {}): void {
  const ref: SourceRef = { file: FILE, document: 0, path: parsePath(path) ?? [], ...rest };
  const { line, column } = positionOf(new Map([[FILE, TEXT]]), ref);
  expect(`${line}:${column}`).toBe(expected);
}

test.each<[string, string, string, Partial<SourceRef>?]>([
  ["the root is where the document begins", "", "2:1"],
  ["a scalar", "spec.site", "4:9"],
  ["a key", "spec.site", "4:3", { on: "key" }],
  ["a value between brackets", "spec.servers.u01.nics.eno1.mac", "6:39"],
  ["a key between brackets", "spec.servers.u01.nics.eno1", "6:26", { on: "key" }],
  ["an item", "spec.tags[0]", "11:5"],
  ["a value in an item", "spec.tags[1].name", "12:11"],
  ["a place by its number", "spec.pins[0]", "13:14"],
  ["a value that is not written after its key is its key", "spec.servers.u02.state", "9:7"],
  ["a key that is not there is the mapping that lacks it", "spec.servers.u01.serial", "6:10"],
  ["an item that is not there is its list", "spec.tags[7].name", "11:3"],
  ["an empty document", "spec", "14:1", { document: 1 }],
  ["a later document", "kind", "16:7", { document: 2 }],
  ["a document that is not there", "kind", "1:1", { document: 9 }],
  ["a file that is not there", "kind", "1:1", { file: "inventory/fleet.yaml" }],
])("%s", (_, path, expected, rest) => {
  check(path, expected, rest);
});

test("related places are found too, positions are kept, and the list is sorted by them", () => {
  const ref = (path: readonly string[]): SourceRef => ({ file: FILE, document: 0, path });
  const found = locate(new Map([[FILE, TEXT]]), [
    error("ICH1002", ref(["spec", "servers", "u02", "u"]), "later", {
      related: [{ message: "see", at: ref(["kind"]) }],
    }),
    error("ICH1002", { file: FILE, line: 3, column: 2 }, "given"),
    error("ICH1002", ref(["kind"]), "first"),
  ]);
  expect(found.map(({ message, at }) => `${at.line}:${at.column} ${message}`)).toEqual([
    "2:7 first",
    "3:2 given",
    "8:10 later",
  ]);
  expect(found[2]?.related?.map(({ at }) => at)).toEqual([{ file: FILE, line: 2, column: 7 }]);
});

test("columns are those of an editor behind a byte order mark and CRLF", () => {
  const tree = new Map([[FILE, "\uFEFFkind: Rack\r\nspec: { a: 1 }\r\n"]]);
  expect(positionOf(tree, { file: FILE, document: 0, path: ["kind"] })).toMatchObject({ line: 1, column: 7 });
  expect(positionOf(tree, { file: FILE, document: 0, path: ["spec", "a"] })).toMatchObject({
    line: 2,
    column: 12,
  });
});

test("every place of any text is inside the text", () => {
  const piece = fc.constantFrom(
    "a: ",
    "b: ",
    "- ",
    "  ",
    "\n",
    "\r\n",
    "[",
    "]",
    "{",
    "}",
    ", ",
    '"',
    "|\n",
    "#",
    "&a ",
    "*a",
    "!t ",
    "? ",
    "7",
    "---\n",
    "\uFEFF",
    "\0",
  );
  const text = fc.oneof(
    fc.array(piece, { maxLength: 30 }).map((parts) => parts.join("")),
    fc.string({ unit: "binary" }),
  );
  const step = fc.oneof(fc.constantFrom("a", "b", "7", ""), fc.integer({ min: -1, max: 3 }));
  const ref = fc.record({
    document: fc.integer({ min: -1, max: 3 }),
    path: fc.array(step, { maxLength: 4 }),
    isKey: fc.boolean(),
  });
  fc.assert(
    fc.property(text, ref, (original, { document, path, isKey }) => {
      const at: SourceRef = { file: FILE, document, path, ...(isKey ? { on: "key" } : {}) };
      const { line, column } = positionOf(new Map([[FILE, original]]), at);
      const lines = original.replace(/^\uFEFF/, "").split(/\r?\n/);
      return line >= 1 && column >= 1 && column <= (lines[line - 1]?.length ?? -1) + 1;
    }),
    { numRuns: 5000 },
  );
});

test("of a place that could not be read for sure nothing else is said", () => {
  const at = (path: readonly string[]): SourceRef => ({ file: FILE, document: 0, path });
  const found = locate(new Map([[FILE, TEXT]]), [
    error("ICH2003", at(["spec", "site"]), "must be a number"),
    error("ICH1013", { file: FILE, line: 4, column: 9 }, "read differently by others"),
    error("ICH2003", at(["spec", "tags"]), "must be a mapping"),
  ]);
  expect(found.map(({ message }) => message)).toEqual(["read differently by others", "must be a mapping"]);
});
