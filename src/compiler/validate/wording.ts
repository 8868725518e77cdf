import { formatPath, type Path } from "../../core/path.ts";

const QUOTE_MAX = 60;
const PATH_MAX = 160;

/** A value as messages quote it: on one line, escaped, at most 60 characters. */
export function quote(value: string): string {
  return JSON.stringify(cut(value, QUOTE_MAX));
}

/** What a value is, for "must be a whole number, is ...": `the text "3"`, `the number 3`, `a list`. */
export function sayValue(value: unknown): string {
  if (value === null || value === undefined) return "empty";
  if (typeof value === "string") return `the text ${quote(value)}`;
  if (typeof value === "number") return `the number ${value}`;
  if (typeof value === "boolean") return String(value);
  return Array.isArray(value) ? "a list" : "a mapping";
}

/** A path as messages name it; the root is "the document". */
export function sayPath(path: Path): string {
  return path.length === 0 ? "the document" : cut(formatPath(path), PATH_MAX);
}

/** `a`, `a or b`, `a, b or c`. */
export function listOf(words: readonly string[], conjunction: "or" | "and" = "or"): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} ${conjunction} ${words.at(-1)}`;
}

/** `a Rack`, `an Addon`. */
export function withArticle(kind: string): string {
  return `${/^[AEIOU]/.test(kind) ? "an" : "a"} ${kind}`;
}

function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`;
}
