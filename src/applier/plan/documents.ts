import { isMapping, type Mapping } from "../../core/mapping.ts";
import { talosKind } from "../../secrets/leaks/secret-paths.ts";

/** What tells documents of a configuration apart: `v1alpha1`, `KubeletConfig`, `LinkConfig/eno1`. */
export function documentId(document: unknown): string {
  const kind = talosKind(document);
  const name = isMapping(document) ? document["name"] : undefined;
  return kind !== "v1alpha1" && typeof name === "string" ? `${kind}/${name}` : kind;
}

/** Documents by what tells them apart. Talos skips empty ones and refuses two of a name, so the last one counts. */
export function documentsById(documents: readonly unknown[]): ReadonlyMap<string, unknown> {
  return new Map(documents.filter(isPresent).map((document) => [documentId(document), document]));
}

/**
 * Whether Talos reads the same from two values: keys may be in any order, and what is null is as good as absent. A
 * number is no text.
 */
export function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (!isPresent(a) || !isPresent(b)) return !isPresent(a) && !isPresent(b);
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item: unknown, index) => isSame(item, b[index]));
  }
  if (isMapping(a) && isMapping(b)) return isSameMapping(a, b);
  // A whole number is one however it was read: readers of YAML make a `bigint` of some.
  return isNumber(a) && isNumber(b) && canonicalText(a) === canonicalText(b);
}

/** Makes no list of both sides' keys: this is called for every part of every machine. */
function isSameMapping(a: Mapping, b: Mapping): boolean {
  for (const key in a) if (!isSame(a[key], own(b, key))) return false;
  for (const key in b) if (isPresent(b[key]) && !isPresent(own(a, key))) return false;
  return true;
}

/** Whether a configuration says all that another one does and nothing else, whatever the order of its documents. */
export function isSameConfiguration(a: readonly unknown[], b: readonly unknown[]): boolean {
  const [left, right] = [documentsById(a), documentsById(b)];
  return left.size === right.size && [...left].every(([id, document]) => isSame(document, right.get(id)));
}

/** A text that is the same for the same value, and no other, by the rules of {@link isSame}. */
export function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(",")}]`;
  if (isMapping(value)) {
    const entries = Object.entries(value).filter(([, part]) => isPresent(part));
    return `{${entries
      .map(([key, part]) => `${JSON.stringify(key)}:${canonicalText(part)}`)
      .sort()
      .join(",")}}`;
  }
  if (isNumber(value)) return Object.is(value, -0) ? "0" : String(value);
  return JSON.stringify(value) ?? "null";
}

/** Keys of either mapping, sorted. */
export function keysOf(a: Mapping, b: Mapping): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
}

/** What a mapping itself has under a key: `constructor` is no key of every document. */
export function own(mapping: Mapping, key: string): unknown {
  return Object.hasOwn(mapping, key) ? mapping[key] : undefined;
}

export function isPresent(value: unknown): boolean {
  return value !== null && value !== undefined;
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}
