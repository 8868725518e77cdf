import type { Diagnostic, Outcome } from "../../../core/diagnostic.ts";
import type { PatchLayer } from "../../../model/blueprint.ts";
import { checkPatch } from "./check-patch.ts";
import { checkConflicts, checkMachineType } from "./conflicts.ts";
import { deletePath } from "./delete-path.ts";
import { documentKind, type TypeFacts, typeNamed, V1ALPHA1 } from "./fields.ts";
import { mergeStruct } from "./merge-value.ts";
import { type Deletion, type SplitPatch, splitPatch } from "./split-patch.ts";
import { documentId, type TalosDocument } from "./talos-document.ts";
import type { Trace } from "./trace.ts";
import type { Walk } from "./walk.ts";

/** What was found of patch documents without any machine, by document; it spares doing that for every machine. */
export type PatchMemo = WeakMap<TalosDocument, PreparedPatch>;

interface PreparedPatch {
  readonly minor: number;
  readonly split: SplitPatch;
  readonly diagnostics: readonly Diagnostic[];
  readonly isMergeable: boolean;
}

export interface MergeOptions {
  /** The minor version of the Talos that the machine runs. */
  readonly minor: number;
  readonly type: "controlplane" | "worker";
  /** Is told the story of the merge; without it, the merge does not take the time. */
  readonly trace?: Trace;
  /** For merges of the same patches into several machines that run the same minor version. */
  readonly memo?: PatchMemo;
}

/**
 * Merges patches into a machine's documents, one after another, as Talos' own strategic merge does: a document is
 * known by its kind and name, a new one goes to the end. Nothing of the inputs is changed; what no patch touches is
 * shared with them.
 *
 * A patch document with an error is not merged. What a faulty document itself is reported for is the same for all
 * machines, with the same place and words.
 *
 * Semantics: Talos, pkg/machinery/config/configpatcher/strategic.go.
 * Reports what {@link checkPatch} reports, and ICH5104 and ICH5107 to ICH5113.
 */
export function mergePatches(
  base: readonly TalosDocument[],
  patches: readonly PatchLayer[],
  options: MergeOptions,
): Outcome<readonly TalosDocument[]> {
  const diagnostics: Diagnostic[] = [];
  const machine: MachineDocuments = { documents: [...base], ids: base.map(documentId) };
  const { trace } = options;
  trace?.events.push(
    ...base.map((value) => ({ do: "begin", document: documentId(value), path: [], value }) as const),
  );
  const merged = patches.filter((patch) => {
    const prepared = prepare(patch, options);
    const misplaced =
      options.type === "worker" ? checkMachineType(prepared.split.rest, patch, options.minor) : [];
    diagnostics.push(...prepared.diagnostics, ...misplaced);
    if (!prepared.isMergeable || misplaced.length > 0) return false;
    mergePatch(machine, prepared.split, { patch, options, diagnostics });
    return true;
  });
  diagnostics.push(...checkConflicts(machine.documents, merged, options.minor));
  return { value: machine.documents, diagnostics };
}

function prepare(patch: PatchLayer, { minor, memo }: MergeOptions): PreparedPatch {
  const known = memo?.get(patch.document);
  if (known?.minor === minor) return known;
  const found = checkPatch(patch.document, patch.at, minor);
  const isMergeable = !found.some(({ severity }) => severity === "error");
  const split = isMergeable
    ? splitPatch(patch.document, patch.at)
    : { deletions: [], rest: undefined, sources: new Map(), diagnostics: [] };
  const prepared = {
    minor,
    split,
    diagnostics: [...found, ...split.diagnostics],
    isMergeable: isMergeable && split.diagnostics.length === 0,
  };
  memo?.set(patch.document, prepared);
  return prepared;
}

/** A machine's documents on their way through the patches. */
interface MachineDocuments {
  readonly documents: TalosDocument[];
  /** The name of each document, as `documentId` prints it. */
  readonly ids: string[];
}

interface Step {
  readonly patch: PatchLayer;
  readonly options: MergeOptions;
  readonly diagnostics: Diagnostic[];
}

function mergePatch(machine: MachineDocuments, { deletions, rest, sources }: SplitPatch, step: Step): void {
  const { patch, options, diagnostics } = step;
  const document = documentId(patch.document);
  const type = documentType(patch.document, options.minor);
  const walk: Walk = {
    minor: options.minor,
    document,
    layer: patch.layer,
    at: patch.at,
    sources,
    events: options.trace?.events,
    diagnostics,
    path: [],
    from: [],
  };
  for (const deletion of deletions) deleteFrom(machine, type, { ...walk, at: deletion.at, deletion });
  if (rest !== undefined) mergeRest(machine, type, { walk, rest });
}

interface DeletingWalk extends Walk {
  readonly deletion: Deletion;
}

/** A deletion from a document that the machine does not have is none. */
function deleteFrom({ documents, ids }: MachineDocuments, type: TypeFacts, walk: DeletingWalk): void {
  const index = ids.indexOf(walk.document);
  const document = documents[index];
  if (document === undefined) return;
  if (walk.deletion.path.length > 0) {
    documents[index] = deletePath(walk, type, { deletion: walk.deletion, document });
    return;
  }
  walk.events?.push({ do: "remove", document: walk.document, path: [], layer: walk.layer, at: walk.at });
  documents.splice(index, 1);
  ids.splice(index, 1);
}

function mergeRest(
  { documents, ids }: MachineDocuments,
  type: TypeFacts,
  { walk, rest }: { readonly walk: Walk; readonly rest: TalosDocument },
): void {
  const index = ids.indexOf(walk.document);
  const left = documents[index];
  if (left !== undefined) {
    documents[index] = mergeStruct(walk, type, { left, right: rest }) as TalosDocument;
    return;
  }
  documents.push(rest);
  ids.push(walk.document);
  walk.events?.push({
    do: "set",
    document: walk.document,
    path: [],
    value: rest,
    layer: walk.layer,
    at: walk.at,
    sources: walk.sources,
  });
}

function documentType(document: TalosDocument, minor: number): TypeFacts {
  const kind = document["kind"];
  const facts = documentKind(typeof kind === "string" ? kind : V1ALPHA1, minor);
  return facts === undefined ? { class: "struct" } : typeNamed(facts.type, minor);
}
