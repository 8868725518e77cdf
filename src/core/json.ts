import { invariant } from "./invariant.ts";

/**
 * Writes JSON with two spaces of indentation, the keys of every object sorted by UTF-16 unit, and a final
 * newline: the same value always gives the same bytes. Undefined properties are left out, undefined items
 * are null, as `JSON.stringify` has it.
 *
 * @throws InternalError for a value that JSON has no form for: undefined, a function, a number that is not finite
 */
export function emitJson(value: unknown): string {
  return `${emitValue(value, "\n")}\n`;
}

/** @param newline a line break and the indentation of the line on which the value ends. */
function emitValue(value: unknown, newline: string): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "boolean":
      return String(value);
    case "number":
      invariant(Number.isFinite(value), `${value} is no JSON number`);
      return JSON.stringify(value);
    case "object":
      return emitObject(value, newline);
    case "bigint":
    case "function":
    case "symbol":
    case "undefined":
      invariant(false, `a ${typeof value} cannot be written as JSON`);
  }
}

function emitObject(value: object | null, newline: string): string {
  if (value === null) return "null";
  const deeper = `${newline}  `;
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => (item === undefined ? "null" : emitValue(item, deeper)));
    return items.length === 0 ? "[]" : `[${deeper}${items.join(`,${deeper}`)}${newline}]`;
  }
  const entries = Object.entries(value as Readonly<Record<string, unknown>>)
    .filter(([, of]) => of !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, of]) => `${JSON.stringify(key)}: ${emitValue(of, deeper)}`);
  return entries.length === 0 ? "{}" : `{${deeper}${entries.join(`,${deeper}`)}${newline}}`;
}
