import { emitYaml } from "../../core/yaml-emit.ts";

/** At most so many lines of a value are shown. */
const LINES_MAX = 40;

/** A value that fits on a line; undefined for any other, and where there is none. */
export function shortValue(value: unknown): string | undefined {
  if (value === undefined || (typeof value === "object" && value !== null)) return undefined;
  const text = visible(JSON.stringify(value));
  return text.includes("\\n") || text.length > 100 ? undefined : text;
}

/** What changes from one value to another, line by line: ` ` for a line around it, `-` and `+` for others. */
export function changedLines(live: unknown, desired: unknown): string[] {
  const [before, after] = [linesOf(live), linesOf(desired)];
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  const rest = Math.min(before.length, after.length) - start;
  while (end < rest && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const removed = before.slice(start, before.length - end).map((line) => `- ${line}`);
  const added = after.slice(start, after.length - end).map((line) => `+ ${line}`);
  // Two secrets may differ and look the same.
  if (removed.length + added.length === 0) return live === undefined ? [] : ["  (the difference is secret)"];
  const around = [before[start - 1]].flatMap((line) => (line === undefined ? [] : [`  ${line}`]));
  return [...around, ...shorten(removed), ...shorten(added)];
}

function shorten(lines: readonly string[]): string[] {
  if (lines.length <= LINES_MAX) return [...lines];
  return [...lines.slice(0, LINES_MAX), `  … ${lines.length - LINES_MAX} more lines`];
}

function linesOf(value: unknown): string[] {
  if (value === undefined) return [];
  const text = typeof value === "string" ? value : emitYaml(value);
  return text.trimEnd().split("\n").map(visible);
}

/** A line in which nothing moves the cursor or colours the terminal: it may come from a machine. */
export function visible(line: string): string {
  return line.replace(
    /[\p{Cc}\p{Bidi_Control}]/gu,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
