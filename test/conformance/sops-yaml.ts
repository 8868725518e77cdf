import { CST, Parser } from "yaml";
import { runGo } from "./go.ts";

/** What Go's reader, the one that sops is built on, reads: a value with its type. */
export interface Tagged {
  readonly type: string;
  readonly text?: string;
  readonly items?: readonly Tagged[];
  readonly entries?: readonly { readonly key: Tagged; readonly value: Tagged }[];
}

interface Reading {
  readonly documents: readonly Tagged[];
  readonly error?: string;
}

/** The documents of each text as Go's reader reads them; throws where it refuses one. */
export function readByGo(texts: readonly string[]): readonly (readonly Tagged[])[] {
  const request = texts.map((yaml) => ({ yaml }));
  const readings = runGo("v1.14", "yaml", request) as readonly { readonly v3: Reading }[];
  return readings.map(({ v3 }, at) => {
    if (v3.error !== undefined) throw new Error(`Go does not read this: ${v3.error}\n${texts[at]}`);
    return v3.documents.map(asNumbers);
  });
}

/** sops writes the float 1e3 as `1000`: whether a number without a fraction is a float says nothing. */
function asNumbers(value: Tagged): Tagged {
  const { type, text, items, entries } = value;
  if (type === "int" || type === "float") return { type: "number", text: digitsOf(text ?? "") };
  if (items !== undefined) return { type, items: items.map(asNumbers) };
  if (entries === undefined) return value;
  return { type, entries: entries.map((entry) => ({ key: entry.key, value: asNumbers(entry.value) })) };
}

/**
 * The keys, values and comments of a text, one after another: a comment as it stands, a key as `key:`, any other
 * scalar as `·`, the start of a document as `---`. Two texts with the same outline have the same comments at the
 * same places, however they are laid out and quoted.
 */
export function outlineOf(text: string): readonly string[] {
  const outline: string[] = [];
  for (const token of new Parser().parse(text)) collect(token, outline);
  return outline;
}

/** The comments of a text, in order. */
export function commentsOf(text: string): readonly string[] {
  return outlineOf(text).filter((line) => line.startsWith("#"));
}

function collect(token: CST.Token | null | undefined, outline: string[]): void {
  if (token === null || token === undefined) return;
  const all = (tokens: readonly (CST.Token | undefined)[] = []) => {
    for (const one of tokens) collect(one, outline);
  };
  if (token.type === "comment") outline.push(token.source.trim());
  else if (token.type === "document") {
    outline.push("---");
    all([...token.start, token.value, ...(token.end ?? [])]);
  } else if (token.type === "block-map" || token.type === "block-seq" || token.type === "flow-collection") {
    for (const { start, key, sep, value } of token.items) {
      all(start);
      if (key !== null && key !== undefined) outline.push(`${scalarOf(key)}:`);
      all(sep ?? []);
      collect(value, outline);
    }
    if (token.type === "flow-collection") all(token.end);
  } else if (token.type === "block-scalar") {
    all(token.props);
    outline.push("·");
  } else if (CST.isScalar(token)) {
    outline.push("·");
    if ("end" in token) all(token.end);
  }
}

function scalarOf(token: CST.Token): string {
  return CST.isScalar(token) ? CST.resolveAsScalar(token).value : "?";
}

/**
 * A value such that two are equal where JSON of the same text was meant: every number as its exact digits, a date
 * as its text.
 */
export function comparable(value: unknown): unknown {
  if (typeof value === "bigint" || typeof value === "number") return { number: digitsOf(String(value)) };
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, comparable(one)]));
}

/** What {@link comparable} makes of a JSON text's value, without rounding an integer to the next double. */
export function comparableJson(json: string): unknown {
  const exactly = (_: string, value: unknown, context?: { readonly source?: string }) =>
    typeof value === "number" ? { number: digitsOf(context?.source ?? String(value)) } : value;
  return JSON.parse(json, exactly);
}

/** The same text for every way to write a number that is the same number. */
function digitsOf(number: string): string {
  return /^-?\d+$/.test(number) ? String(BigInt(number)) : String(Number(number)).replace(/^-0$/, "0");
}
