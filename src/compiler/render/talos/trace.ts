import type { SourceRef } from "../../../core/diagnostic.ts";
import type { Path } from "../../../core/path.ts";
import type { Layer } from "../../../model/blueprint.ts";
import type { Origin } from "./origins.ts";
import type { Sources } from "./sources.ts";
import type { TalosDocument } from "./talos-document.ts";

/** Where a value came from; ichor's own values and Talos' defaults have no place in a file. */
export interface Contribution {
  readonly layer: Layer;
  readonly at?: SourceRef;
}

/** One step of a merge, in the order of the steps. Paths are those of the document at that moment. */
export type TraceEvent = { readonly document: string; readonly path: Path } & (
  | { readonly do: "begin"; readonly value: TalosDocument }
  | ({ readonly do: "set"; readonly value: unknown; readonly sources: Sources } & Contribution)
  | ({ readonly do: "remove" } & Contribution)
  /** Elements were put at the end of the list at `path`, the first of them at `index`. */
  | ({
      readonly do: "append";
      readonly index: number;
      readonly elements: readonly { readonly value: unknown; readonly at: SourceRef }[];
      readonly sources: Sources;
    } & Contribution)
  /** The element at `index` of the list at `path` was taken out. */
  | ({ readonly do: "take"; readonly index: number } & Contribution)
);

/** The story of one machine's merge: filled by `mergePatches`, read by `explainPath`. */
export interface Trace {
  /** What of the own documents people wrote; later entries are more exact. */
  readonly origins: readonly Origin[];
  readonly events: TraceEvent[];
}

/** An empty story. `origins`: where the values of the documents before the merge come from. */
export function createTrace(origins: readonly Origin[] = []): Trace {
  return { origins, events: [] };
}
