import {
  CLOSE_LIST,
  CLOSE_MAP,
  COMMA,
  type Cursor,
  DOUBLE_QUOTE,
  endOfLine,
  HASH,
  MAX_DEPTH,
  NEWLINE,
  OPEN_LIST,
  OPEN_MAP,
  SINGLE_QUOTE,
  skipSpaces,
  trimSpaces,
} from "./yaml-cursor.ts";
import { resolvePlain } from "./yaml-scalar.ts";

/**
 * Reads `[...]` or `{...}` at the cursor; its lines have to be indented deeper than `indent`.
 *
 * @returns undefined outside the subset
 */
export function readFlow(c: Cursor, indent: number): unknown {
  if (++c.depth > MAX_DEPTH) return undefined;
  const isList = c.text.charCodeAt(c.at) === OPEN_LIST;
  c.at++;
  const value = isList ? readList(c, indent) : readMap(c, indent);
  c.depth--;
  return value;
}

/**
 * Reads a quoted scalar that stands on one line.
 *
 * @returns undefined outside the subset
 */
export function readQuoted(c: Cursor): string | undefined {
  c.quoted.lastIndex = c.at;
  const match = c.quoted.exec(c.text);
  if (match === null) return undefined;
  c.at = c.quoted.lastIndex;
  return match[1] === undefined ? (match[2] ?? "").replaceAll("''", "'") : decodeEscapes(match[1]);
}

/**
 * Reads a key and its colon.
 *
 * @returns undefined outside the subset, as for every key that is refused
 */
export function readKey(c: Cursor): string | undefined {
  c.key.lastIndex = c.at;
  const written = c.key.exec(c.text)?.[1];
  // Keys have to end within 1024 characters.
  if (written === undefined || written.length > 1000) return undefined;
  c.at = c.key.lastIndex;
  const first = written.charCodeAt(0);
  const isQuoted = first === DOUBLE_QUOTE || first === SINGLE_QUOTE;
  const key = isQuoted ? written.slice(1, -1) : resolveKey(written);
  return key === "__proto__" ? undefined : key;
}

/** Whether the cursor stands at a key. */
export function isKey(c: Cursor): boolean {
  c.key.lastIndex = c.at;
  return c.key.test(c.text);
}

function resolveKey(written: string): string | undefined {
  const value = resolvePlain(written);
  if (typeof value === "string") return value;
  return typeof value === "number" && String(value) === written ? written : undefined;
}

function decodeEscapes(inside: string): string {
  if (!inside.includes("\\")) return inside;
  return inside.replace(/\\(.)/g, (_, escaped: string) =>
    escaped === "n" ? "\n" : escaped === "t" ? "\t" : escaped,
  );
}

function readList(c: Cursor, indent: number): unknown {
  const items: unknown[] = [];
  for (;;) {
    if (!skipBetween(c, indent)) return undefined;
    if (c.text.charCodeAt(c.at) === CLOSE_LIST) break;
    const item = readFlowValue(c, indent);
    if (item === undefined || !skipSeparator(c, indent, CLOSE_LIST)) return undefined;
    items.push(item);
  }
  c.at++;
  return items;
}

function readMap(c: Cursor, indent: number): unknown {
  const map: Record<string, unknown> = {};
  for (;;) {
    if (!skipBetween(c, indent)) return undefined;
    if (c.text.charCodeAt(c.at) === CLOSE_MAP) break;
    const key = readKey(c);
    if (key === undefined || Object.hasOwn(map, key) || !skipBetween(c, indent)) return undefined;
    const value = readFlowValue(c, indent);
    if (value === undefined || !skipSeparator(c, indent, CLOSE_MAP)) return undefined;
    map[key] = value;
  }
  c.at++;
  return map;
}

function readFlowValue(c: Cursor, indent: number): unknown {
  const unit = c.text.charCodeAt(c.at);
  if (unit === OPEN_LIST || unit === OPEN_MAP) return readFlow(c, indent);
  if (unit === DOUBLE_QUOTE || unit === SINGLE_QUOTE) return readQuoted(c);
  c.flowPlain.lastIndex = c.at;
  const match = c.flowPlain.exec(c.text);
  if (match === null) return undefined;
  c.at = c.flowPlain.lastIndex;
  const text = trimSpaces(match[0]);
  return text.includes(": ") || text.endsWith(":") ? undefined : resolvePlain(text);
}

/** Goes over the comma behind an item; false where there is neither a comma nor the end of the collection. */
function skipSeparator(c: Cursor, indent: number, close: number): boolean {
  if (!skipBetween(c, indent)) return false;
  const unit = c.text.charCodeAt(c.at);
  if (unit === COMMA) c.at++;
  return unit === COMMA || unit === close;
}

/** Goes over spaces, line ends and comments; false at a line that is not indented enough and at the end of the text. */
function skipBetween(c: Cursor, indent: number): boolean {
  const { text } = c;
  for (;;) {
    const start = c.at;
    skipSpaces(c);
    const unit = text.charCodeAt(c.at);
    if (unit === HASH && (c.at > start || text.charCodeAt(start - 1) === NEWLINE)) {
      c.at = endOfLine(text, c.at);
    } else if (unit !== NEWLINE) {
      return c.at < text.length;
    } else if (!enterLine(c, indent)) {
      return false;
    }
  }
}

/** Goes over a line end; false where the next line has content that is not indented enough. */
function enterLine(c: Cursor, indent: number): boolean {
  const start = ++c.at;
  skipSpaces(c);
  return c.at - start > indent || c.text.charCodeAt(c.at) === NEWLINE;
}
