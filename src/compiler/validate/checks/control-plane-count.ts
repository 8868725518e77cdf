import { type Diagnostic, error, within } from "../../../core/diagnostic.ts";
import type { Inventory } from "../../../model/inventory.ts";

/** The number of control planes is odd (ICH3401). */
export function controlPlaneCount(inventory: Inventory): readonly Diagnostic[] {
  return [...inventory.clusters.values()].flatMap((cluster) => {
    const { replicas } = cluster.spec.controlPlane;
    if (replicas % 2 === 1) return [];
    const survived = replicas / 2 - 1;
    const message = `cluster "${cluster.name}" has ${replicas} control planes: etcd then survives the loss of ${survived}, no more than with ${replicas - 1}`;
    return [
      error("ICH3401", within(cluster.at, "spec", "controlPlane", "replicas"), message, {
        hint: replicas === 2 ? "write 1 or 3" : `write ${replicas - 1} or ${replicas + 1}`,
      }),
    ];
  });
}
