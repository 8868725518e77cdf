import { type Diagnostic, error, keyOf, type SourceRef, within } from "../../core/diagnostic.ts";
import { clusterGroups } from "../../model/cluster-groups.ts";
import type { Doc, Inventory } from "../../model/inventory.ts";

/**
 * What may not happen in one change, however valid both ends of it are: to take the protection off a cluster and
 * to use that at once. Two reviewed changes stand between a protected cluster and the release of its machines, so
 * that no slip of a line destroys it. Reports ICH3601.
 */
export function checkChange(before: Inventory, after: Inventory): readonly Diagnostic[] {
  return [...after.clusters.values()].flatMap((cluster) => {
    const earlier = before.clusters.get(cluster.name);
    if (earlier === undefined || earlier.spec.protect === false || cluster.spec.protect !== false) return [];
    return [...deletion(earlier, cluster), ...shrinking(earlier, cluster)];
  });
}

function deletion(before: Doc<"Cluster">, after: Doc<"Cluster">): Diagnostic[] {
  if (after.spec.state !== "deleting" || before.spec.state === "deleting") return [];
  return [tooSoon(after, "deletes it", within(after.at, "spec", "state"))];
}

function shrinking(before: Doc<"Cluster">, after: Doc<"Cluster">): Diagnostic[] {
  const now = new Map(clusterGroups(after).map((group) => [group.name, group]));
  return clusterGroups(before).flatMap(({ name, spec }) => {
    const group = now.get(name);
    if (group === undefined || group.spec.replicas >= spec.replicas) return [];
    const what = `takes ${spec.replicas - group.spec.replicas} of the ${spec.replicas} machines of "${name}" away`;
    return [tooSoon(after, what, within(group.at, "replicas"))];
  });
}

function tooSoon(cluster: Doc<"Cluster">, what: string, at: SourceRef): Diagnostic {
  return error("ICH3601", at, `this change takes the protection off cluster "${cluster.name}" and ${what}`, {
    hint: "merge `protect: false` alone first, and this in a second change",
    related: [{ message: "the protection is taken off here", at: keyOf(cluster.at, "spec", "protect") }],
  });
}
