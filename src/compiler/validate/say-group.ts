import { CONTROL_PLANE } from "../../model/claim.ts";
import type { ClusterGroup } from "../../model/cluster-groups.ts";
import type { Doc } from "../../model/inventory.ts";

/** `the control planes of cluster "hel1-vran7"`, `workers "gpu" of cluster "hel1-vran7"` */
export function sayGroup(cluster: Doc<"Cluster">, group: ClusterGroup): string {
  const noun = group.name === CONTROL_PLANE ? "the control planes" : `workers "${group.name}"`;
  return `${noun} of cluster "${cluster.name}"`;
}
