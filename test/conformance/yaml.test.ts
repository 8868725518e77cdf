import { expect, test } from "vitest";
import { emitYaml, emitYamlDocuments } from "../../src/core/yaml-emit.ts";
import { adversarialStrings, randomStrings, randomStructures } from "./adversarial.ts";
import { type GoProgram, runGo } from "./go.ts";

/** What a Go program says that it read: a value with the type that Go's reader gave it. */
type Tagged = {
  readonly type: string;
  readonly text?: string;
  readonly items?: readonly Tagged[];
  readonly entries?: readonly { readonly key: Tagged; readonly value: Tagged }[];
};
type Reading = { readonly documents: readonly Tagged[]; readonly error?: string };
type Readings = Readonly<Record<"v3" | "v4", Reading>>;

const strings = [...adversarialStrings(), ...randomStrings(1, 6000)];

const cases: readonly (readonly [title: string, values: readonly unknown[]])[] = [
  ["text as a map's value", strings.map((text) => ({ key: text, next: 1 }))],
  ["text as a map's key", strings.map((text) => ({ [text]: "value", next: [text] }))],
  ["text as a list's item", strings.map((text) => [text, [text, { deep: { deeper: [text] } }]])],
  ["text as a whole document", strings],
  ["nested maps, lists, numbers and booleans", randomStructures(2, 3000)],
];

test.each(cases)("Go's YAML readers read %s as it was meant", (_, values) => check(values));

test("Go's YAML readers separate the documents of a stream", () => {
  for (const program of ["v1.13", "v1.14"] as const) {
    const [readings] = ask(program, [emitYamlDocuments(strings.map((text) => [text]))]);
    const expected = strings.map((text) => tag([text]));
    expect(readings?.v3).toEqual({ documents: expected });
    expect(readings?.v4).toEqual({ documents: expected });
  }
});

test("what plain YAML would turn into something else is seen by this comparison", () => {
  const [readings] = ask("v1.14", ["a: 0b11\nb: 1_000\nc: 2026-11-21\n"]);
  const types = readings?.v4.documents[0]?.entries?.map(({ value }) => value.type);
  expect(types).toEqual(["int", "int", "time"]);
});

/** Every value, written by the emitter, comes back equal and of its own type from both readers of both versions. */
function check(values: readonly unknown[]): void {
  const texts = values.map(emitYaml);
  for (const program of ["v1.13", "v1.14"] as const) {
    const wrong = ask(program, texts).flatMap((readings, at) => {
      const expected = JSON.stringify({ documents: [tag(values[at])] });
      return (["v3", "v4"] as const)
        .filter((reader) => JSON.stringify(readings[reader]) !== expected)
        .map((reader) => ({ program, reader, text: texts[at], read: readings[reader], meant: values[at] }));
    });
    expect(wrong.slice(0, 5), `${wrong.length} of ${texts.length} are read as something else`).toEqual([]);
  }
}

function ask(program: GoProgram, texts: readonly string[]): readonly Readings[] {
  return runGo(
    program,
    "yaml",
    texts.map((yaml) => ({ yaml })),
  ) as readonly Readings[];
}

/** What Go should have read: an integer beyond 64 bits is a float to it. */
function tag(value: unknown): Tagged {
  if (value === null || value === undefined) return { type: "null" };
  if (typeof value === "boolean") return { type: "bool", text: String(value) };
  if (typeof value === "number") return tagNumber(value);
  if (typeof value === "string") return value === "" ? { type: "string" } : { type: "string", text: value };
  if (Array.isArray(value))
    return value.length === 0 ? { type: "list" } : { type: "list", items: value.map(tag) };
  const entries = Object.entries(value)
    .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map(([key, of]) => ({ key: tag(key), value: tag(of) }));
  return entries.length === 0 ? { type: "map" } : { type: "map", entries };
}

function tagNumber(value: number): Tagged {
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 64) return { type: "int", text: String(value) };
  const text = Math.abs(value) >= 1e21 ? value.toExponential().replace(/e\+(\d)$/, "e+0$1") : String(value);
  return { type: "float", text: text.replace(/e-(\d)$/, "e-0$1") };
}
