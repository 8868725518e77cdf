import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isMap, isScalar, isSeq, LineCounter, parseAllDocuments } from "yaml";
import type { Path } from "../../core/path.ts";
import { emitYamlDocuments } from "../../core/yaml-emit.ts";
import { placeOfLine } from "./sent-lines.ts";

const TEXT = emitYamlDocuments([
  { a: { "b: c": ["x", { d: 1, e: [] }, [["yy"]]] }, pem: "line one\n---\nkey: |\n\n  - z\n", after: true },
  { kind: "Second", ["k".repeat(400)]: { deep: "v" } },
]);

describe("a line of the text that was sent", () => {
  test.each([
    ["a:", ["a"]],
    ['  "b: c":', ["a", "b: c"]],
    ["    - x", ["a", "b: c", 0]],
    ["    - d: 1", ["a", "b: c", 1, "d"]],
    ["      e: []", ["a", "b: c", 1, "e"]],
    ["    - - - yy", ["a", "b: c", 2, 0, 0]],
    ["pem: |", ["pem"]],
    ["  ---", ["pem"]],
    ["  key: |", ["pem"]],
    ["    - z", ["pem"]],
    ["after: true", ["after"]],
  ] satisfies (readonly [string, Path])[])("%j stands at %j", (line, path) => {
    const at = TEXT.split("\n").indexOf(line) + 1;
    expect(at).toBeGreaterThan(0);
    expect(placeOfLine(TEXT, at)).toEqual({ document: 0, path });
  });

  test("of another document, and below a key that is too long for a line", () => {
    const at = TEXT.split("\n").indexOf("  deep: v") + 1;
    expect(placeOfLine(TEXT, at)).toEqual({ document: 1, path: ["k".repeat(400), "deep"] });
  });

  test("that there is not has no place", () => {
    expect(placeOfLine(TEXT, 0)).toBeUndefined();
    expect(placeOfLine(TEXT, TEXT.split("\n").length + 1)).toBeUndefined();
  });

  test("has the value that a reader of YAML finds there, whatever the documents are", () => {
    const document = fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 });
    fc.assert(
      fc.property(fc.array(document, { minLength: 1, maxLength: 3 }), (documents) => {
        const text = emitYamlDocuments(documents);
        for (const { line, ...place } of valuesIn(text)) expect(placeOfLine(text, line)).toEqual(place);
      }),
    );
  });
});

interface Found {
  readonly document: number;
  readonly path: Path;
  readonly line: number;
}

/** Every value that is no list or mapping with something in it, by the line on which it begins. */
function valuesIn(text: string): readonly Found[] {
  const counter = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter: counter, uniqueKeys: false });
  if (!("length" in parsed)) return [];
  return parsed.flatMap(({ contents }, document) => {
    const below = (node: unknown, path: Path): readonly Found[] => {
      if (isMap(node) && node.items.length > 0)
        return node.items.flatMap(({ key, value }) =>
          below(value, [...path, isScalar(key) ? String(key.value) : ""]),
        );
      if (isSeq(node) && node.items.length > 0)
        return node.items.flatMap((item, at) => below(item, [...path, at]));
      const start = isScalar(node) || isMap(node) || isSeq(node) ? node.range?.[0] : undefined;
      return start === undefined ? [] : [{ document, path, line: counter.linePos(start).line }];
    };
    return below(contents, []);
  });
}
