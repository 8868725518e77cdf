import { isMap, isScalar, isSeq, type ParsedNode, type Scalar, type YAMLMap } from "yaml";
import type { Code } from "../../core/codes.ts";
import { type Diagnostic, error } from "../../core/diagnostic.ts";
import type { SourceText } from "./source-text.ts";
import { doubtOf } from "./yaml-scalar.ts";

/** Where {@link plainValue} puts what it finds. */
export interface Findings {
  readonly source: SourceText;
  readonly diagnostics: Diagnostic[];
}

/**
 * A syntax tree as a plain value, and what is wrong in it: keys written twice (ICH1011), keys that are no texts
 * (ICH1012, ICH1009), scalars that readers of YAML understand differently (ICH1013, ICH1014), half characters (ICH1005).
 * A value is given in spite of them: of a key written twice the last one, without the keys that are no texts.
 *
 * @param node of a document without syntax errors, aliases and tags
 */
export function plainValue(node: unknown, found: Findings): unknown {
  if (isMap<ParsedNode, ParsedNode | null>(node)) return plainMap(node, found);
  if (isSeq<ParsedNode>(node)) return node.items.map((item) => plainValue(item, found));
  return isScalar(node) ? plainScalar(node, found) : null;
}

function plainScalar(node: Scalar, found: Findings): unknown {
  const source = node.source ?? "";
  const doubt = node.type === "PLAIN" ? doubtOf(source) : undefined;
  if (doubt !== undefined) {
    const message = `the plain value ${shorten(source)} ${doubt.why}`;
    report(found, node, { code: doubt.code, message, hint: shorten(doubt.hint, 200) });
  }
  checkCharacters(node, found);
  return node.value;
}

function plainMap(map: YAMLMap<ParsedNode, ParsedNode | null>, found: Findings): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  const nodes = new Map<string, ParsedNode>();
  for (const pair of map.items) {
    const key = keyText(pair.key, found);
    if (key === undefined) continue;
    const first = nodes.get(key);
    if (first === undefined) nodes.set(key, pair.key);
    else reportTwice(key, { first, second: pair.key }, found);
    value[key] = plainValue(pair.value, found);
  }
  return value;
}

/** A key as a text; undefined where it is none, which is reported. */
function keyText(node: ParsedNode, found: Findings): string | undefined {
  if (!isScalar(node)) {
    reportKey(node, "a list or a mapping cannot be a key", found);
    return undefined;
  }
  const { value, source } = node;
  if (typeof value === "number" && Number.isSafeInteger(value) && String(value) === source && value >= 0) {
    return source;
  }
  if (typeof value !== "string") {
    const what =
      source === "" ? "a key is empty" : `the plain key ${shorten(source)} is read as ${nameOf(value)}`;
    reportKey(node, what, found);
    return undefined;
  }
  if (value === "<<" && node.type === "PLAIN") {
    const message = "<< merges another mapping into this one; ichor reads no merge keys";
    report(found, node, {
      code: "ICH1009",
      message,
      hint: "write the keys out, or say them in a higher layer",
    });
    return undefined;
  }
  if (value === "__proto__") {
    const message = "__proto__ cannot be a key";
    report(found, node, { code: "ICH1012", message, hint: "choose another key" });
    return undefined;
  }
  checkCharacters(node, found);
  return value;
}

function nameOf(value: unknown): string {
  return value === null ? "null" : typeof value === "boolean" ? "a truth value" : "a number";
}

function reportKey(node: ParsedNode, message: string, found: Findings): void {
  report(found, node, { code: "ICH1012", message, hint: "put the key in quotes, or choose another one" });
}

function reportTwice(
  key: string,
  { first, second }: { readonly first: ParsedNode; readonly second: ParsedNode },
  found: Findings,
): void {
  const at = found.source.positionAt(second.range[0]);
  const related = [{ message: "first written here", at: found.source.positionAt(first.range[0]) }];
  const message = `the key "${shorten(key)}" is written twice in the same mapping`;
  const hint = "keep one of them, or give one its right name";
  found.diagnostics.push(error("ICH1011", at, message, { hint, related }));
}

/** Half of a surrogate pair, which only an escape can write, has no form in UTF-8. */
function checkCharacters(node: Scalar, found: Findings): void {
  if (typeof node.value !== "string" || node.value.isWellFormed()) return;
  const message = "an escape in this text stands for half a character";
  report(found, node, { code: "ICH1005", message, hint: "write the character itself" });
}

interface Problem {
  readonly code: Code;
  readonly message: string;
  readonly hint: string;
}

function report(found: Findings, node: { range?: readonly number[] | null }, problem: Problem): void {
  const at = found.source.positionAt(node.range?.[0] ?? 0);
  found.diagnostics.push(error(problem.code, at, problem.message, { hint: problem.hint }));
}

/** The start of a text, so that a message stays one line. */
export function shorten(text: string, length = 60): string {
  return text.length > length ? `${text.slice(0, length)}...` : text;
}
