import { type Diagnostic, error, type SourceRef, within } from "../../../core/diagnostic.ts";
import { formatPath, type Path } from "../../../core/path.ts";
import type { Sources } from "./sources.ts";
import type { TalosDocument } from "./talos-document.ts";
import { textOf } from "./walk.ts";

/** Something that a patch deletes. */
export interface Deletion {
  /** Of what is deleted; empty for the document itself. For an element of a list: that of the list. */
  readonly path: Path;
  /** The element of the list: the first whose field has this text. */
  readonly element?: { readonly key: string; readonly text: string };
  /** Where the patch says so. */
  readonly at: SourceRef;
}

/** A patch taken apart, as Talos does before it merges: first all deletions, then the rest. */
export interface SplitPatch {
  readonly deletions: readonly Deletion[];
  /** What is merged after the deletions; undefined where nothing is left. */
  readonly rest: TalosDocument | undefined;
  /** For lists of `rest` that lost elements: where each element stood before. */
  readonly sources: Sources;
  readonly diagnostics: readonly Diagnostic[];
}

interface Splitter {
  readonly at: SourceRef;
  readonly deletions: Deletion[];
  readonly sources: Map<unknown, readonly number[]>;
  readonly diagnostics: Diagnostic[];
}

/** Stands for a value that a deletion took out of the patch. */
const TAKEN_OUT = Symbol("taken out");

/**
 * Takes `$patch: delete` out of a document of a patch.
 *
 * Semantics: Talos, pkg/machinery/config/configloader/internal/decoder/delete.go.
 * Reports ICH5108 for a deletion inside an element of a list and for an element that is not named.
 */
export function splitPatch(document: TalosDocument, at: SourceRef): SplitPatch {
  const splitter: Splitter = { at, deletions: [], sources: new Map(), diagnostics: [] };
  const rest = splitMapping(splitter, document, []);
  return {
    deletions: splitter.deletions,
    rest: rest === TAKEN_OUT || isHeadOnly(rest as TalosDocument) ? undefined : (rest as TalosDocument),
    sources: splitter.sources,
    diagnostics: splitter.diagnostics,
  };
}

function split(splitter: Splitter, value: unknown, path: Path): unknown {
  if (typeof value !== "object" || value === null) return value;
  return Array.isArray(value)
    ? splitList(splitter, value, path)
    : splitMapping(splitter, value as TalosDocument, path);
}

function splitMapping(splitter: Splitter, mapping: TalosDocument, path: Path): unknown {
  let kept: Record<string, unknown> | undefined;
  for (const [key, value] of Object.entries(mapping)) {
    if (key === "$patch" && value === "delete") {
      noteDeletion(splitter, mapping, path);
      return TAKEN_OUT;
    }
    const rest = split(splitter, value, [...path, key]);
    if (rest === value) continue;
    kept ??= { ...mapping };
    if (rest === TAKEN_OUT) delete kept[key];
    else kept[key] = rest;
  }
  if (kept === undefined) return mapping;
  return Object.keys(kept).length === 0 ? TAKEN_OUT : kept;
}

function splitList(splitter: Splitter, list: readonly unknown[], path: Path): unknown {
  const rests = list.map((element, index) => split(splitter, element, [...path, index]));
  if (rests.every((rest, index) => rest === list[index])) return list;
  const kept = rests.filter((rest) => rest !== TAKEN_OUT);
  if (kept.length === 0) return TAKEN_OUT;
  splitter.sources.set(
    kept,
    rests.flatMap((rest, index) => (rest === TAKEN_OUT ? [] : [index])),
  );
  return kept;
}

function noteDeletion(splitter: Splitter, mapping: TalosDocument, path: Path): void {
  const at = within(splitter.at, ...path, "$patch");
  if (typeof path.at(-1) !== "number") {
    if (path.some((step) => typeof step === "number")) {
      splitter.diagnostics.push(insideElement(at, path));
      return;
    }
    splitter.deletions.push({ path, at });
    return;
  }
  const [key, value] = Object.entries(mapping).find(([name]) => name !== "$patch") ?? [];
  const list = path.slice(0, -1);
  if (key === undefined || (typeof value === "object" && value !== null)) {
    splitter.diagnostics.push(unnamedElement(at, path));
  } else if (list.some((step) => typeof step === "number")) {
    splitter.diagnostics.push(insideElement(at, path));
  } else {
    splitter.deletions.push({ path: list, element: { key, text: textOf(value) }, at });
  }
}

function insideElement(at: SourceRef, path: Path): Diagnostic {
  return error(
    "ICH5108",
    at,
    `\`${formatPath(path)}\` cannot be deleted, because it is inside an element of a list, and Talos deletes only whole elements`,
    { hint: "delete the element in one patch document and set it anew in the next" },
  );
}

function unnamedElement(at: SourceRef, path: Path): Diagnostic {
  return error(
    "ICH5108",
    at,
    `\`${formatPath(path)}\` is to be deleted, but nothing says which element of the list is meant`,
    { hint: "write the field that names the element beside it, such as `interface: eth0`" },
  );
}

/** A document with nothing but its head says nothing; Talos skips it. It asks for these three keys only. */
function isHeadOnly(document: TalosDocument): boolean {
  return Object.entries(document).every(
    ([key, value]) =>
      (key === "version" || key === "kind" || key === "name") &&
      (typeof value !== "object" || value === null),
  );
}
