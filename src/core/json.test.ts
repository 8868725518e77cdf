import fc from "fast-check";
import { expect, test } from "vitest";
import { emitJson } from "./json.ts";

const shapes: readonly (readonly [title: string, value: unknown, compact: string])[] = [
  ["sorts keys at every depth", { b: [{ z: 1, A: 2 }], a: 3 }, '{"a":3,"b":[{"A":2,"z":1}]}'],
  ["sorts numbers among keys as text", { 2: 1, 10: 2, a: 3 }, '{"10":2,"2":1,"a":3}'],
  [
    "sorts keys by UTF-16 unit, not by code point",
    { "\uffff": 1, "\u{1f600}": 2 },
    '{"\u{1f600}":2,"\uffff":1}',
  ],
  ["leaves out undefined properties", { a: undefined, b: { c: undefined } }, '{"b":{}}'],
  ["writes undefined items as null", [undefined, null], "[null,null]"],
  ["keeps empty lists and maps", { b: {}, a: [] }, '{"a":[],"b":{}}'],
  ["writes a lone surrogate as an escape", ["\ud800"], '["\\ud800"]'],
];

test.each(shapes)("JSON %s", (_, value, compact) => expect(withoutLayout(emitJson(value))).toBe(compact));

test("JSON has two spaces a level and a final newline", () => {
  expect(emitJson({ a: [1, { b: "x" }], c: {} })).toBe(
    '{\n  "a": [\n    1,\n    {\n      "b": "x"\n    }\n  ],\n  "c": {}\n}\n',
  );
});

test("JSON differs from JSON.stringify's in the order of keys only", () => {
  const reads = fc.property(fc.jsonValue(), (value) => {
    const text = emitJson(value);
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    expect(text.length).toBe(JSON.stringify(value, undefined, 2).length + 1);
  });
  fc.assert(reads, { numRuns: 1000 });
});

test.each([[undefined], [() => 1], [Number.NaN], [1 / 0], [1n]])("the value %s has no JSON", (value) => {
  expect(() => emitJson(value)).toThrow(/JSON/);
});

function withoutLayout(text: string): string {
  return text.replace(/\n */g, "").replaceAll('": ', '":');
}
