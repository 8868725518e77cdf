import { invariant } from "./invariant.ts";

/**
 * Writes one YAML document, without `---`, that Go's YAML libraries read back exactly as meant: Talos,
 * Kubernetes and Argo CD read with them, and they take more plain scalars for something else than YAML 1.2
 * does (`0b11`, `1_000`, `2026-11-21`, `<<`).
 *
 * Accepts null, booleans, numbers, bigints, strings, arrays and plain objects. Keys keep the order given,
 * undefined properties are left out, undefined items are null. Text is quoted whenever in doubt, never folded,
 * and written as a literal block where it has lines. A lone surrogate, which no UTF-8 file can hold, becomes
 * U+FFFD. The text ends with a newline.
 *
 * @throws InternalError for a value of any other type
 */
export function emitYaml(value: unknown): string {
  return emitBlock(value, "", "") ?? emitLeaf(value, "  ").slice(1);
}

/** Writes a YAML stream of several documents, separated by `---` lines; see {@link emitYaml}. */
export function emitYamlDocuments(values: readonly unknown[]): string {
  return values.map(emitYaml).join("---\n");
}

type PlainMap = Readonly<Record<string, unknown>>;

/**
 * The lines of a list or map, undefined where the value is something else or empty.
 *
 * @param first what stands before the first line: the indentation, or what follows a dash
 */
function emitBlock(value: unknown, indent: string, first: string): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const lines = isList(value) ? emitList(value, indent, first) : emitMap(value as PlainMap, indent, first);
  return lines === "" ? undefined : lines;
}

function isList(value: object): value is readonly unknown[] {
  return Array.isArray(value);
}

function emitMap(map: PlainMap, indent: string, first: string): string {
  const deeper = `${indent}  `;
  let text = "";
  let lead = first;
  for (const key of Object.keys(map)) {
    const value = map[key];
    if (value === undefined) continue;
    const block = emitBlock(value, deeper, deeper);
    text += lead + emitKey(key, indent) + (block === undefined ? emitLeaf(value, deeper) : `\n${block}`);
    lead = indent;
  }
  return text;
}

function emitList(list: readonly unknown[], indent: string, first: string): string {
  const deeper = `${indent}  `;
  let text = "";
  let lead = first;
  for (const item of list) {
    text += `${lead}-${emitBlock(item, deeper, " ") ?? emitLeaf(item, deeper)}`;
    lead = indent;
  }
  return text;
}

/**
 * What follows a key's colon or a dash: a space, the value, a newline. For emitters that write comments or other
 * indentation than {@link emitYaml}.
 *
 * @param indent of the lines of a text that has several
 */
export function emitLeaf(value: unknown, indent: string): string {
  switch (typeof value) {
    case "string":
      return value.includes("\n") && isLiteralSafe(value)
        ? emitLiteral(value, indent)
        : ` ${emitText(value)}\n`;
    case "number":
      return ` ${emitNumber(value)}\n`;
    case "boolean":
    case "bigint":
      return ` ${value}\n`;
    case "undefined":
      return " null\n";
    case "object":
      return emitLeafObject(value);
    case "function":
    case "symbol":
      invariant(false, `a ${typeof value} cannot be written as YAML`);
  }
}

function emitLeafObject(value: object | null): string {
  if (value === null) return " null\n";
  if (Array.isArray(value)) return " []\n";
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = prototype === Object.prototype || prototype === null;
  invariant(isPlain, "only plain objects can be written as YAML");
  return " {}\n";
}

/** YAML 1.1 takes `1e+21` for a string and `1.0e+21` for a number. */
function emitNumber(value: number): string {
  if (Number.isFinite(value)) return String(value).replace(/^(-?\d+)e/, "$1.0e");
  if (Number.isNaN(value)) return ".nan";
  return value > 0 ? ".inf" : "-.inf";
}

/** A key longer than this may pass the 1,024 bytes that YAML allows before a colon, at three bytes a unit. */
const longestSimpleKey = 340;

/** A key with its colon, and what stands before it where it is too long for a line. */
export function emitKey(key: string, indent: string): string {
  const text = emitText(key);
  return text.length <= longestSimpleKey ? `${text}:` : `? ${text}\n${indent}:`;
}

function emitText(text: string): string {
  return isPlainSafe(text) ? text : quote(text);
}

/** Characters that cannot begin a comment, a collection, a tag or a key's value wherever they stand here. */
const plainForm = /^[A-Za-z0-9/](?:[\w./@%+,=~$()?&#-]|:(?=[\w./@%+,=~$()?&:-])| (?=[\w./@%+,=~$()?&-]))*$/;
/** What some reader takes for a number or a date though it begins with a digit and goes on as text may. */
const numberLike = /^(?:[0-9][0-9eE_.,:+-]*$|0[xXoObB]|\d{4}-\d)/;
/** Three numbers and more between dots are an address or a version to everybody. */
const dotted = /^\d+(?:\.\d+){2,}$/;
/** What some reader takes for a boolean, a null or a number; all letters of any case. */
const wordLike = /^(?:y|n|yes|no|on|off|true|false|null|nan|inf|e[-+]?\d+)$/i;

/** Most keys and values, told apart quickly: too long for a word of YAML's, and no number begins so. */
const plainName = /^[A-DF-Za-df-z][\w./-]{5,}$/;

function isPlainSafe(text: string): boolean {
  if (plainName.test(text)) return true;
  if (!plainForm.test(text)) return false;
  return text.charCodeAt(0) <= 0x39 ? !numberLike.test(text) || dotted.test(text) : !wordLike.test(text);
}

/** JSON's escapes are YAML's, but YAML breaks lines at, or refuses, more characters than JSON escapes. */
function quote(text: string): string {
  const quoted = JSON.stringify(text.toWellFormed());
  return needsEscape.test(quoted) ? quoted.replace(new RegExp(needsEscape, "g"), escapeUnit) : quoted;
}

const needsEscape = /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/;

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Control characters but tab and newline, and what YAML 1.1 takes for a line break or no character. */
const notLiteral = /[^\P{Cc}\t\n]|[\u2028\u2029\ufeff\ufffe\uffff]/u;
/** A first line that would shift the block's indentation, or a line of nothing but blanks. */
const unclearIndent = /^[ \t\n]|\n[ \t]+(?:\n|$)/;

function isLiteralSafe(text: string): boolean {
  return !unclearIndent.test(text) && !notLiteral.test(text) && text.isWellFormed();
}

function emitLiteral(text: string, indent: string): string {
  if (!text.endsWith("\n")) return ` |-\n${indentLines(text, indent)}\n`;
  const body = text.slice(0, -1);
  return ` ${body.endsWith("\n") ? "|+" : "|"}\n${indentLines(body, indent)}\n`;
}

/** Indents every line but the empty ones. */
function indentLines(text: string, indent: string): string {
  return indent + text.replace(/\n(?!\n|$)/g, `\n${indent}`);
}
