import {
  type Cursor,
  DASH,
  DOUBLE_QUOTE,
  endLine,
  endOfLine,
  GREATER,
  HASH,
  isBlankAt,
  isMarker,
  MAX_DEPTH,
  NEWLINE,
  newCursor,
  nextLine,
  OPEN_LIST,
  OPEN_MAP,
  PIPE,
  SINGLE_QUOTE,
  skipSpaces,
  trimSpaces,
} from "./yaml-cursor.ts";
import { resolvePlain } from "./yaml-scalar.ts";
import { readBlockScalar } from "./yaml-subset-block-scalar.ts";
import { isKey, readFlow, readKey, readQuoted } from "./yaml-subset-flow.ts";

/**
 * Reads the YAML that people write in such repositories, some ten times faster than a reader of all of YAML: block and
 * flow collections, scalars on one line, block scalars, comments, several documents. On all that it accepts it agrees
 * with the `yaml` package (YAML 1.2, core schema); of the rest, right or wrong, it says nothing.
 *
 * @param text without byte order mark, carriage returns and control characters other than tab and line feed
 * @returns the documents as plain values, an empty one as null; undefined outside the subset
 */
export function readYamlSubset(text: string): readonly unknown[] | undefined {
  if (text.includes("\t") || text.includes("\uFEFF")) return undefined;
  const c = newCursor(text);
  const documents: unknown[] = [];
  nextLine(c);
  if (c.indent >= 0) documents.push(readRoot(c));
  while (c.indent === -1 && isMarker(c)) {
    c.at += 3;
    if (!endLine(c)) return undefined;
    documents.push(c.indent === -1 ? null : readRoot(c));
  }
  return c.at >= text.length && !documents.includes(undefined) ? documents : undefined;
}

/** The content of a document, which has to end where the document ends. */
function readRoot(c: Cursor): unknown {
  const value = readRootNode(c);
  return c.indent === -1 ? value : undefined;
}

function readRootNode(c: Cursor): unknown {
  const unit = c.text.charCodeAt(c.at);
  // Talos shows a machine's whole configuration as one such text.
  if (unit === PIPE || unit === GREATER) return readBlockScalar(c, 0);
  return isFlow(c) ? readFlowLine(c, 0) : readBlock(c, c.indent);
}

function readBlock(c: Cursor, indent: number): unknown {
  if (++c.depth > MAX_DEPTH) return undefined;
  const value = isDash(c) ? readSequence(c, indent) : readMapping(c, indent);
  c.depth--;
  return value;
}

function readMapping(c: Cursor, indent: number): unknown {
  const map: Record<string, unknown> = {};
  do {
    const key = readKey(c);
    if (key === undefined || Object.hasOwn(map, key)) return undefined;
    const value = isLineOver(c) ? readBelow(c, indent, true) : readInline(c, indent);
    if (value === undefined) return undefined;
    map[key] = value;
  } while (c.indent === indent);
  return c.indent < indent ? map : undefined;
}

function readSequence(c: Cursor, indent: number): unknown {
  const items: unknown[] = [];
  do {
    c.at++;
    const item = isLineOver(c) ? readBelow(c, indent, false) : readItem(c, indent);
    if (item === undefined) return undefined;
    items.push(item);
  } while (c.indent === indent && isDash(c));
  return c.indent <= indent ? items : undefined;
}

/** What stands on the line of a dash; a collection may start there. */
function readItem(c: Cursor, indent: number): unknown {
  const start = c.at;
  skipSpaces(c);
  const column = indent + 1 + c.at - start;
  return isDash(c) || isKey(c) ? readBlock(c, column) : readInline(c, indent);
}

/** What stands on the lines below a key or dash; nothing is null. */
function readBelow(c: Cursor, indent: number, inMapping: boolean): unknown {
  if (c.indent > indent) return isFlow(c) ? readFlowLine(c, indent) : readBlock(c, c.indent);
  // A sequence may start in the column of its key.
  return inMapping && c.indent === indent && isDash(c) ? readBlock(c, indent) : null;
}

/** A scalar or flow collection on the line of its key or dash. */
function readInline(c: Cursor, indent: number): unknown {
  skipSpaces(c);
  const unit = c.text.charCodeAt(c.at);
  if (unit === PIPE || unit === GREATER) return readBlockScalar(c, indent);
  if (unit === OPEN_LIST || unit === OPEN_MAP) return readFlowLine(c, indent);
  const isQuoted = unit === DOUBLE_QUOTE || unit === SINGLE_QUOTE;
  const value = isQuoted ? readQuoted(c) : readPlain(c);
  return value !== undefined && endLine(c) ? value : undefined;
}

function readFlowLine(c: Cursor, indent: number): unknown {
  const value = readFlow(c, indent);
  return value !== undefined && endLine(c) ? value : undefined;
}

/** A plain scalar up to the end of the line or a comment. */
function readPlain(c: Cursor): unknown {
  const { text, at } = c;
  if (!startsPlain(text, at)) return undefined;
  const line = text.slice(at, endOfLine(text, at));
  const comment = line.indexOf(" #");
  const plain = trimSpaces(comment === -1 ? line : line.slice(0, comment));
  if (plain.endsWith(":") || plain.includes(": ")) return undefined;
  c.at = at + plain.length;
  return resolvePlain(plain);
}

/** Whether a plain scalar may start here: no character that means something else, or a dash before a word. */
function startsPlain(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  if (unit === DASH) return isWord(text.charCodeAt(at + 1)) || text.charCodeAt(at + 1) === DASH;
  return isWord(unit) || "/$(.+~".includes(text.charAt(at));
}

/** Letters, digits, the underscore and what lies beyond Latin-1's controls and spaces. */
function isWord(unit: number): boolean {
  return (
    (unit >= 0x61 && unit <= 0x7a) ||
    (unit >= 0x41 && unit <= 0x5a) ||
    (unit >= 0x30 && unit <= 0x39) ||
    unit === 0x5f ||
    unit > 0xa0
  );
}

/** Whether nothing but a comment follows on the line; then the cursor goes to the next content. */
function isLineOver(c: Cursor): boolean {
  const start = c.at;
  skipSpaces(c);
  const unit = c.text.charCodeAt(c.at);
  const isOver = unit === NEWLINE || unit === HASH || c.at >= c.text.length;
  c.at = start;
  return isOver && endLine(c);
}

function isDash(c: Cursor): boolean {
  return c.text.charCodeAt(c.at) === DASH && isBlankAt(c.text, c.at + 1);
}

function isFlow(c: Cursor): boolean {
  const unit = c.text.charCodeAt(c.at);
  return unit === OPEN_LIST || unit === OPEN_MAP;
}
