import { type Diagnostic, error, within } from "../../../core/diagnostic.ts";
import { clusterGroups } from "../../../model/cluster-groups.ts";
import type { Doc, Inventory } from "../../../model/inventory.ts";
import { sayGroup } from "../say-group.ts";

/** Only metal is built (ICH3408): there, groups take servers from a pool or class (ICH3409), and have no flavor (ICH3410). */
export function platforms(inventory: Inventory): readonly Diagnostic[] {
  return [...inventory.clusters.values()].flatMap((cluster) => {
    const { platform = "metal" } = cluster.spec;
    return platform === "metal" ? metalGroups(cluster) : [notBuilt(cluster, platform)];
  });
}

function notBuilt(cluster: Doc<"Cluster">, platform: string): Diagnostic {
  const message = `cluster "${cluster.name}" wants the platform "${platform}", for which ichor cannot make machines yet`;
  return error("ICH3408", within(cluster.at, "spec", "platform"), message, {
    hint: "write `platform: metal` and take servers from a pool, or keep the cluster out of this repository for now",
  });
}

function metalGroups(cluster: Doc<"Cluster">): Diagnostic[] {
  return clusterGroups(cluster).flatMap((group) => {
    const found: Diagnostic[] = [];
    if (group.spec.pool === undefined && group.spec.class === undefined) {
      const message = `${sayGroup(cluster, group)} name neither a \`pool\` nor a \`class\` to take servers from`;
      found.push(error("ICH3409", group.at, message, { hint: "add `pool`, `class` or both" }));
    }
    if (group.spec.flavor !== undefined) {
      const message = `${sayGroup(cluster, group)} name a \`flavor\`, which only virtual platforms have; this cluster is on metal`;
      found.push(error("ICH3410", within(group.at, "flavor"), message, { hint: "name a `pool` instead" }));
    }
    return found;
  });
}
