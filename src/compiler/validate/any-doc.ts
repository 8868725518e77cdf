import type { Doc } from "../../model/inventory.ts";
import type { Metadata } from "../../model/kind.ts";
import type { KindName } from "../../model/kinds.ts";
import type { SourceDocument } from "../load/source-document.ts";

/** A document of any kind that fits its schema. */
export type AnyDoc = { readonly [K in KindName]: Doc<K> }[KindName];

/** The documents of a kind by name; of two with one name the first. */
export function docsOfKind<K extends KindName>(
  docs: readonly AnyDoc[],
  kind: K,
): ReadonlyMap<string, Doc<K>> {
  const found = new Map<string, Doc<K>>();
  for (const doc of docs) {
    if (isOfKind(doc, kind) && !found.has(doc.name)) found.set(doc.name, doc);
  }
  return found;
}

function isOfKind<K extends KindName>(doc: AnyDoc, kind: K): doc is AnyDoc & Doc<K> {
  return doc.kind === kind;
}

/** A document whose value fits the schema of its kind. */
export function makeDoc(kind: KindName, { value, at }: SourceDocument): AnyDoc {
  const { metadata, spec } = value as { readonly metadata: Metadata; readonly spec: unknown };
  // The schema has just vouched for the form, which is what the types are inferred from.
  return { kind, name: metadata.name, labels: metadata.labels ?? {}, spec, at } as AnyDoc;
}
