import { type Diagnostic, error, keyOf, type SourceRef, within } from "../../core/diagnostic.ts";
import { didYouMean, nearest } from "../../core/suggest.ts";
import type { Schema } from "../../model/schema.ts";
import { fitsPattern, hasType, type Keywords, sayForm, sayType } from "./keywords.ts";
import { listOf, quote, sayPath, sayValue } from "./wording.ts";

/** The most diagnostics that one document gets. */
export const MISFITS_MAX = 100;

/**
 * Says where and why a value does not fit a schema (ICH2001 to ICH2010). One diagnostic a place, but for an
 * entry whose name is wrong and which lacks keys: both are said of its key.
 *
 * The yes or no is ajv's; the explanation is not made from ajv's errors, because they come one a keyword and
 * branch, without bound, and with JSON pointers that do not tell item 0 of a list from the key "0".
 */
export function explainMisfit(schema: Schema<unknown>, value: unknown, at: SourceRef): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const visit: Visit = {
    add: (diagnostic) => found.push(diagnostic),
    isFull: () => found.length > MISFITS_MAX,
  };
  explain(schema as Keywords, { value, at }, visit);
  if (found.length <= MISFITS_MAX) return found;
  const more = error(
    "ICH2010",
    at,
    `the document has more than ${MISFITS_MAX} problems; these are the first`,
  );
  return [...found.slice(0, MISFITS_MAX), more];
}

interface Visit {
  readonly add: (diagnostic: Diagnostic) => void;
  readonly isFull: () => boolean;
}

/** A value and where it stands. */
interface Spot {
  readonly value: unknown;
  readonly at: SourceRef;
}

type Mapping = Readonly<Record<string, unknown>>;

function explain(schema: Keywords, spot: Spot, visit: Visit): void {
  if (visit.isFull()) return;
  const { value, at } = spot;
  if (schema.anyOf !== undefined) explainAnyOf(schema.anyOf, spot, visit);
  else if (schema.enum !== undefined) explainWord(schema.enum, spot, visit);
  else if (!hasType(schema, value)) visit.add(wrongType(schema, spot));
  else if (typeof value === "string") explainText(schema, value, { at, visit });
  else if (typeof value === "number") explainNumber(schema, value, { at, visit });
  else if (Array.isArray(value)) explainList(schema, value, { at, visit });
  else if (typeof value === "object") explainMapping(schema, value as Mapping, { at, visit });
}

interface Where {
  readonly at: SourceRef;
  readonly visit: Visit;
}

function explainWord(words: readonly string[], { value, at }: Spot, visit: Visit): void {
  if (typeof value === "string" && words.includes(value)) return;
  const near = typeof value === "string" ? didYouMean(value, words) : "";
  const is = typeof value === "string" ? quote(value) : sayValue(value);
  visit.add(error("ICH2004", at, `${sayPath(at.path)} must be ${sayForm({ enum: words })}, is ${is}${near}`));
}

function explainText(schema: Keywords, value: string, { at, visit }: Where): void {
  if (fitsPattern(schema, value)) return;
  const message = `${sayPath(at.path)} must be ${sayForm(schema)}, is ${quote(value)}`;
  visit.add(error("ICH2005", at, message));
}

function explainNumber(schema: Keywords, value: number, { at, visit }: Where): void {
  const { minimum = -Infinity, maximum = Infinity } = schema;
  if (value >= minimum && value <= maximum) return;
  const range =
    maximum === Infinity
      ? `at least ${minimum}`
      : minimum === -Infinity
        ? `at most ${maximum}`
        : `from ${minimum} to ${maximum}`;
  visit.add(error("ICH2006", at, `${sayPath(at.path)} must be ${range}, is ${value}`));
}

function explainList(schema: Keywords, items: readonly unknown[], { at, visit }: Where): void {
  if (items.length < (schema.minItems ?? 0)) {
    visit.add(tooFew(at, schema.minItems ?? 0, items.length));
  }
  if (schema.items === undefined) return;
  for (const [index, value] of items.entries()) {
    if (visit.isFull()) return;
    explain(schema.items, { value, at: within(at, index) }, visit);
  }
}

function explainMapping(schema: Keywords, mapping: Mapping, { at, visit }: Where): void {
  explainMissing(schema, mapping, { at, visit });
  const keys = Object.keys(mapping);
  if (keys.length < (schema.minProperties ?? 0)) {
    visit.add(tooFew(at, schema.minProperties ?? 0, keys.length));
  }
  for (const key of keys) {
    if (visit.isFull()) return;
    explainEntry(schema, { key, value: mapping[key] }, { at, visit });
  }
}

function explainEntry(
  schema: Keywords,
  entry: { readonly key: string; readonly value: unknown },
  { at, visit }: Where,
): void {
  const { key, value } = entry;
  const { properties = {}, propertyNames, additionalProperties } = schema;
  if (propertyNames !== undefined && !fitsPattern(propertyNames, key)) {
    const message = `the name ${quote(key)} in ${sayPath(at.path)} must be ${sayForm(propertyNames)}`;
    visit.add(error("ICH2008", keyOf(at, key), message));
  }
  const property = Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
  if (property === false) visit.add(unknownKey(key, Object.keys(properties), at));
  else if (property !== undefined) explain(property, { value, at: within(at, key) }, visit);
}

function unknownKey(key: string, known: readonly string[], at: SourceRef): Diagnostic {
  const near = didYouMean(key, known);
  const place = at.path.length === 0 ? "the document" : sayPath(at.path);
  const message = `unknown key ${quote(key)} in ${place}${near}`;
  return error(
    "ICH2001",
    keyOf(at, key),
    message,
    near === "" ? { hint: `known here: ${known.join(", ")}` } : {},
  );
}

function explainMissing(schema: Keywords, mapping: Mapping, { at, visit }: Where): void {
  const meant = misspelt(schema, mapping);
  const missing = (schema.required ?? []).filter((key) => mapping[key] === undefined && !meant.has(key));
  if (missing.length === 0) return;
  const keys = listOf(
    missing.map((key) => `"${key}"`),
    "and",
  );
  const message = `${sayPath(at.path)} lacks the ${missing.length === 1 ? "key" : "keys"} ${keys}`;
  const hint = missing.map((key) => `${key}: ${sayMeaning(schema.properties?.[key] ?? {})}`).join("; ");
  visit.add(error("ICH2002", atKey(at), message, { hint }));
}

/** Keys that an unknown one seems to stand for: what is misspelt is not missing as well. */
function misspelt(
  { properties = {}, additionalProperties }: Keywords,
  mapping: Mapping,
): ReadonlySet<string> {
  if (additionalProperties !== false) return new Set();
  const known = Object.keys(properties);
  const unknown = Object.keys(mapping).filter((key) => !Object.hasOwn(properties, key));
  return new Set(unknown.flatMap((key) => nearest(key, known) ?? []));
}

/** What a missing key is for: its description, or what it takes. */
function sayMeaning(schema: Keywords): string {
  return schema.description?.replace(/\.$/, "") ?? sayForm(schema);
}

function tooFew(at: SourceRef, wanted: number, found: number): Diagnostic {
  const entries = wanted === 1 ? "1 entry" : `${wanted} entries`;
  const has = found === 0 ? "none" : String(found);
  return error("ICH2007", at, `${sayPath(at.path)} must have at least ${entries}, has ${has}`);
}

/** One message for all branches, or that of the one branch whose type the value has. */
function explainAnyOf(branches: readonly Keywords[], spot: Spot, visit: Visit): void {
  if (branches.some((branch) => fits(branch, spot))) return;
  const close = branches.filter((branch) => isClose(branch, spot.value));
  const [only] = close;
  if (close.length === 1 && only !== undefined) {
    explain(only, spot, visit);
    return;
  }
  const { value } = spot;
  const words = branches.flatMap((branch) => branch.enum ?? []);
  const near = typeof value === "string" ? didYouMean(value, words) : "";
  const is = typeof value === "string" ? quote(value) : sayValue(value);
  visit.add(
    error(
      "ICH2009",
      spot.at,
      `${sayPath(spot.at.path)} must be ${sayForm({ anyOf: branches })}, is ${is}${near}`,
    ),
  );
}

function fits(schema: Keywords, spot: Spot): boolean {
  let isFitting = true;
  const add = () => {
    isFitting = false;
  };
  explain(schema, spot, { add, isFull: () => !isFitting });
  return isFitting;
}

/** Whether the branch is of the value's type, so that it is what the writer had in mind. */
function isClose(branch: Keywords, value: unknown): boolean {
  return branch.type === "integer" ? typeof value === "number" : hasType(branch, value);
}

function wrongType(schema: Keywords, { value, at }: Spot): Diagnostic {
  const message = `${sayPath(at.path)} must be ${sayType(schema)}, is ${sayValue(value)}`;
  const isScalar = typeof value === "number" || typeof value === "boolean";
  const hint =
    schema.type === "string" && isScalar
      ? "quotes make it text"
      : schema.type === "integer" && typeof value === "string" && /^\d+$/.test(value)
        ? "write it without quotes"
        : undefined;
  return error("ICH2003", at, message, hint === undefined ? {} : { hint });
}

/** The key of a value: the nearest place that is there. Items of a list and the root have no key. */
function atKey(at: SourceRef): SourceRef {
  return typeof at.path.at(-1) === "string" ? { ...at, on: "key" } : at;
}
