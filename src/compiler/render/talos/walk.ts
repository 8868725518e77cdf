import type { Code } from "../../../core/codes.ts";
import { type Diagnostic, error, type SourceRef, within } from "../../../core/diagnostic.ts";
import { isMapping, type Mapping } from "../../../core/mapping.ts";
import { formatPath } from "../../../core/path.ts";
import type { Layer } from "../../../model/blueprint.ts";
import type { Sources } from "./sources.ts";
import type { TraceEvent } from "./trace.ts";

/** A merge of one patch document into one document of a machine, on its way through both. */
export interface Walk {
  readonly minor: number;
  /** As `documentId` prints it. */
  readonly document: string;
  readonly layer: Layer;
  /** The root of the patch document. */
  readonly at: SourceRef;
  readonly sources: Sources;
  /** Where the story is written; undefined where nobody asks for it. */
  readonly events: TraceEvent[] | undefined;
  readonly diagnostics: Diagnostic[];
  /** The way down to here in the machine's document; changed in place, since most merges are not traced. */
  readonly path: (string | number)[];
  /** The same in the patch, with the places that elements of lists had there before deletions. */
  readonly from: (string | number)[];
}

/** What a place of the machine's document has and what the patch has for it; undefined where it has nothing. */
export interface Sides {
  readonly left: unknown;
  readonly right: unknown;
}

/** The mapping that a value is, or the empty one for anything else. */
export function asMapping(value: unknown): Mapping {
  return isMapping(value) ? value : {};
}

/** The text of a plain value; empty for nothing, mappings and lists. */
export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" || typeof value === "bigint"
    ? `${value}`
    : "";
}

/** The list that a value is, or the empty one for anything else. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Calls `inside` with the walk one key further down on both sides. */
export function under<T>(walk: Walk, key: string, inside: () => T): T {
  walk.path.push(key);
  walk.from.push(key);
  const result = inside();
  walk.path.pop();
  walk.from.pop();
  return result;
}

/** The place in the patch that the walk has reached. */
export function placeOf(walk: Walk): SourceRef {
  return within(walk.at, ...walk.from);
}

/** Takes the patch's value for this place. */
export function take(walk: Walk, { left, right }: Sides): unknown {
  walk.events?.push({
    do: "set",
    document: walk.document,
    path: [...walk.path],
    value: right,
    layer: walk.layer,
    at: placeOf(walk),
    sources: walk.sources,
  });
  return left === right ? left : right;
}

/** Leaves this place without a value. */
export function leaveOut(walk: Walk): undefined {
  walk.events?.push({
    do: "remove",
    document: walk.document,
    path: [...walk.path],
    layer: walk.layer,
    at: placeOf(walk),
  });
  return undefined;
}

/** Reports that Talos refuses this merge; the machine's value stays. `message` goes on after the quoted path. */
export function refuse<T>(
  walk: Walk,
  problem: { readonly code: Code; readonly message: string; readonly hint: string },
  left: T,
): T {
  const { code, message, hint } = problem;
  walk.diagnostics.push(error(code, placeOf(walk), `\`${formatPath(walk.path)}\` ${message}`, { hint }));
  return left;
}
