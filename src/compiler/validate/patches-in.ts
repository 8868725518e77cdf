import { type SourceRef, within } from "../../core/diagnostic.ts";
import { isMapping } from "../../core/mapping.ts";
import type { LoadedFile, SourceDocument } from "../load/source-document.ts";

/** All documents of Talos that a file has: those of a patch file, and those in `patches` of any other. */
export function patchesIn({ role, documents }: LoadedFile): readonly SourceDocument[] {
  if (role === "patch") return documents;
  return role === "documents" ? documents.flatMap(({ value, at }) => inlinePatches(value, at)) : [];
}

function inlinePatches(value: unknown, at: SourceRef): SourceDocument[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => inlinePatches(item, within(at, index)));
  if (!isMapping(value)) return [];
  return Object.entries(value).flatMap(([key, part]) =>
    key === "patches" && Array.isArray(part)
      ? part.map((patch: unknown, index) => ({ value: patch, at: within(at, key, index) }))
      : inlinePatches(part, within(at, key)),
  );
}
