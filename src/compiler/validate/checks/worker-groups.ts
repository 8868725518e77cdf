import { type Diagnostic, error, type SourceRef, within } from "../../../core/diagnostic.ts";
import { CONTROL_PLANE } from "../../../model/claim.ts";
import type { Doc, Inventory } from "../../../model/inventory.ts";
import { createRegister } from "../register.ts";

/** The groups of workers of a cluster have names of their own (ICH3113), none that of the control planes (ICH3114). */
export function workerGroups(inventory: Inventory): readonly Diagnostic[] {
  return [...inventory.clusters.values()].flatMap(groupsOfCluster);
}

function groupsOfCluster(cluster: Doc<"Cluster">): readonly Diagnostic[] {
  const nameAt = (index: number): SourceRef => within(cluster.at, "spec", "workers", index, "name");
  const names = createRegister<string, number>("ICH3113", {
    value: (name) => `the name "${name}"`,
    owner: (index) => `group ${index + 1} of workers`,
    at: nameAt,
    hint: "give one of them another name, or make one group of them",
  });
  const reserved: Diagnostic[] = [];
  for (const [index, group] of (cluster.spec.workers ?? []).entries()) {
    names.add(group.name, index);
    if (group.name !== CONTROL_PLANE) continue;
    const message = `workers of cluster "${cluster.name}" are called "${CONTROL_PLANE}", which is the name of the control planes`;
    reserved.push(error("ICH3114", nameAt(index), message, { hint: "give the workers another name" }));
  }
  return [...names.repeats, ...reserved];
}
