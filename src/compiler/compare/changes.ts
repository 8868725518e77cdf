import { isMapping } from "../../core/mapping.ts";
import type { Path } from "../../core/path.ts";
import { documentId, type TalosDocument } from "../render/talos/talos-document.ts";

/** One difference between two machine configurations. */
export interface Change {
  /** As `documentId` prints it. */
  readonly document: string;
  /** Empty where the whole document came or went. */
  readonly path: Path;
  /** Undefined where there was nothing. */
  readonly before: unknown;
  /** Undefined where there is nothing any more. */
  readonly after: unknown;
}

/** The differences between two lists of documents, by document and path; the order of documents does not count. */
export function compareDocuments(
  before: readonly TalosDocument[],
  after: readonly TalosDocument[],
): Change[] {
  const old = new Map(before.map((document) => [documentId(document), document]));
  const now = new Map(after.map((document) => [documentId(document), document]));
  const changes: Change[] = [];
  for (const id of [...new Set([...old.keys(), ...now.keys()])].sort()) {
    compareValues({ document: id, path: [], before: old.get(id), after: now.get(id) }, changes);
  }
  return changes;
}

function compareValues(change: Change, changes: Change[]): void {
  const { document, path, before, after } = change;
  if (before === after) return;
  if (isMapping(before) && isMapping(after)) {
    for (const key of [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()) {
      compareValues({ document, path: [...path, key], before: before[key], after: after[key] }, changes);
    }
    return;
  }
  // A list whose elements moved has no honest element-by-element reading: it is shown whole.
  if (JSON.stringify(before) !== JSON.stringify(after)) changes.push(change);
}
