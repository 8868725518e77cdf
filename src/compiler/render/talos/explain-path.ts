import { type SourceRef, within } from "../../../core/diagnostic.ts";
import { type Path, valueAt } from "../../../core/path.ts";
import { sourceIndex } from "./sources.ts";
import { documentId, type TalosDocument } from "./talos-document.ts";
import type { Contribution, Trace, TraceEvent } from "./trace.ts";

/** A value that somebody wrote; a deletion has none. */
export interface Said extends Contribution {
  readonly value: unknown;
}

/** Where a value of a machine's configuration comes from. */
export interface Explanation {
  /** Undefined where the configuration has nothing there any more. */
  readonly value: unknown;
  /** Who wrote it; for a mapping or list who made it, and `contributors` who wrote what in it. */
  readonly winner: Said;
  /** What the winner replaced, the last replaced first. */
  readonly overridden: readonly Said[];
  /** Every plain value at or below the path and every deletion there, in the order of the configuration. */
  readonly contributors: readonly (Said & { readonly path: Path })[];
}

/**
 * Tells where the value at a path of a merged document comes from.
 *
 * @param documents what `mergePatches` returned for this trace
 * @param id of the document: `v1alpha1`, `KubeletConfig`, `LinkConfig/eno1`
 * @returns undefined where nobody ever wrote anything there
 */
export function explainPath(
  trace: Trace,
  documents: readonly TalosDocument[],
  place: { readonly document: string; readonly path: Path },
): Explanation | undefined {
  const document = documents.find((one) => documentId(one) === place.document);
  const value = document === undefined ? undefined : valueAt(document, place.path);
  const [winner, ...overridden] = historyOf(trace, place);
  if (winner === undefined) return undefined;
  const contributors = leavesOf(value, place.path).flatMap((path) => {
    const [said] = historyOf(trace, { document: place.document, path });
    return said === undefined ? [] : [{ ...said, path }];
  });
  return { value, winner, overridden, contributors };
}

interface Place {
  readonly document: string;
  readonly path: Path;
}

/** Who wrote this place, the last first: the events read backwards, while elements of lists move back. */
function historyOf(trace: Trace, { document, path: end }: Place): Said[] {
  const history: Said[] = [];
  let path = end;
  for (const event of trace.events.toReversed()) {
    if (event.document !== document) continue;
    const rest = restOf(event.path, path);
    if (rest === undefined) continue;
    if (event.do === "take") {
      path = beforeTake(path, event);
      continue;
    }
    const said = saidBy(trace, event, rest);
    if (said !== undefined) history.push(said);
    // Before it was appended there was no such element, and before the beginning nothing.
    if (event.do === "begin" || (event.do === "append" && said !== undefined)) break;
  }
  return history;
}

/** The steps below `prefix`; undefined where the path is not below it. */
function restOf(prefix: Path, path: Path): Path | undefined {
  return prefix.every((step, index) => step === path[index]) ? path.slice(prefix.length) : undefined;
}

/** Elements behind the one that was taken out stood one place further on. */
function beforeTake(path: Path, event: TraceEvent & { readonly do: "take" }): Path {
  const index = path[event.path.length];
  return typeof index === "number" && index >= event.index ? path.with(event.path.length, index + 1) : path;
}

function saidBy(
  trace: Trace,
  event: Exclude<TraceEvent, { readonly do: "take" }>,
  rest: Path,
): Said | undefined {
  switch (event.do) {
    case "begin":
      return saidAtFirst(trace, event, rest);
    case "remove":
      return { layer: event.layer, value: undefined, ...placeOf(event.at) };
    case "append": {
      const [index, ...below] = rest;
      const element = typeof index === "number" ? event.elements[index - event.index] : undefined;
      if (element === undefined) return undefined;
      return {
        layer: event.layer,
        value: valueAt(element.value, below),
        at: below.length === 0 ? element.at : within(element.at, ...below),
      };
    }
    case "set": {
      const value = valueAt(event.value, rest);
      if (value === undefined) return undefined;
      return {
        layer: event.layer,
        value,
        ...placeOf(event.at === undefined ? undefined : placeBelow(event.at, event, rest)),
      };
    }
  }
}

/** What the own document had, and whose it was: the most exact of the origins above or at the place. */
function saidAtFirst(
  trace: Trace,
  event: TraceEvent & { readonly do: "begin" },
  rest: Path,
): Said | undefined {
  const value = valueAt(event.value, rest);
  if (value === undefined) return undefined;
  const origin = trace.origins.findLast(
    (one) => one.document === event.document && restOf(one.path, rest) !== undefined,
  );
  return origin === undefined ? { layer: "ichor", value } : { layer: origin.layer, value, at: origin.at };
}

/** The place in the patch of what stands below the value of an event. */
function placeBelow(
  at: SourceRef,
  { value, sources }: TraceEvent & { readonly do: "set" },
  rest: Path,
): SourceRef {
  const steps = rest.map((step, depth) => {
    const list = valueAt(value, rest.slice(0, depth));
    return typeof step === "number" ? sourceIndex(sources, list, step) : step;
  });
  return within(at, ...steps);
}

function placeOf(at: SourceRef | undefined): { readonly at?: SourceRef } {
  return at === undefined ? {} : { at };
}

/** The paths of all plain values below a value; of the value itself where it is one or empty. */
function leavesOf(value: unknown, path: Path): Path[] {
  if (typeof value !== "object" || value === null) return value === undefined ? [] : [path];
  const inner = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return inner.length === 0 ? [path] : inner.flatMap(([key, one]) => leavesOf(one, [...path, key]));
}
