import { type Diagnostic, error, within } from "../../../core/diagnostic.ts";
import type { Inventory } from "../../../model/inventory.ts";

/** A cluster is deleted in two steps: unprotected first, deleted by a later change (ICH3415). */
export function protectedDeletion(inventory: Inventory): readonly Diagnostic[] {
  return [...inventory.clusters.values()].flatMap((cluster) => {
    if (cluster.spec.state !== "deleting" || cluster.spec.protect === false) return [];
    const how =
      cluster.spec.protect === undefined
        ? "protected, as every cluster is unless it says otherwise"
        : "protected";
    const message = `cluster "${cluster.name}" is to be deleted, but is ${how}`;
    return [
      error("ICH3415", within(cluster.at, "spec", "state"), message, {
        hint: "merge `protect: false` first, then `state: deleting` in a change of its own",
      }),
    ];
  });
}
