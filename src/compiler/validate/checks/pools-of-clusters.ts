import { type Diagnostic, error, within } from "../../../core/diagnostic.ts";
import { clusterGroups } from "../../../model/cluster-groups.ts";
import type { Doc, Inventory } from "../../../model/inventory.ts";

/** A cluster takes addresses from a pool of the right use (ICH3002), and everything from its own site (ICH3003). */
export function poolsOfClusters(inventory: Inventory): readonly Diagnostic[] {
  return [...inventory.clusters.values()].flatMap((cluster) => [
    ...addressPools(inventory, cluster),
    ...serverPools(inventory, cluster),
  ]);
}

function addressPools(inventory: Inventory, cluster: Doc<"Cluster">): Diagnostic[] {
  const uses = [
    { field: "vipPool", use: "vip" },
    { field: "lbPool", use: "lb" },
  ] as const;
  return uses.flatMap(({ field, use }) => {
    const pool = inventory.addressPools.get(cluster.spec.network[field] ?? "");
    if (pool === undefined) return [];
    const at = within(cluster.at, "spec", "network", field);
    const found: Diagnostic[] = [];
    if (pool.spec.use !== use) {
      const message = `\`${field}\` needs an address pool with \`use: ${use}\`, but "${pool.name}" has \`use: ${pool.spec.use}\``;
      found.push(
        error("ICH3002", at, message, {
          hint: otherPools(inventory, cluster.spec.site, use),
          related: [{ message: "its use is said here", at: within(pool.at, "spec", "use") }],
        }),
      );
    }
    if (pool.spec.site !== cluster.spec.site) {
      const message = `cluster "${cluster.name}" is in site "${cluster.spec.site}", but the address pool "${pool.name}" belongs to site "${pool.spec.site}"`;
      found.push(error("ICH3003", at, message, { hint: otherPools(inventory, cluster.spec.site, use) }));
    }
    return found;
  });
}

function serverPools(inventory: Inventory, cluster: Doc<"Cluster">): Diagnostic[] {
  return clusterGroups(cluster).flatMap((group) => {
    const chosen = [
      { field: "pool", noun: "server pool", doc: inventory.serverPools.get(group.spec.pool ?? "") },
      { field: "class", noun: "machine class", doc: inventory.classes.get(group.spec.class ?? "") },
    ] as const;
    return chosen.flatMap(({ field, noun, doc }) => {
      const site = doc?.spec.selector?.site;
      if (doc === undefined || site === undefined || site === cluster.spec.site) return [];
      const message = `cluster "${cluster.name}" is in site "${cluster.spec.site}", but the ${noun} "${doc.name}" holds only servers of site "${site}"`;
      const hint = `name a ${noun} of site "${cluster.spec.site}"`;
      return [error("ICH3003", within(group.at, field), message, { hint })];
    });
  });
}

function otherPools(inventory: Inventory, site: string, use: "vip" | "lb"): string {
  const fitting = [...inventory.addressPools.values()].filter(
    (pool) => pool.spec.site === site && pool.spec.use === use,
  );
  if (fitting.length === 0) return `add an AddressPool with \`site: ${site}\` and \`use: ${use}\``;
  const names = fitting.map((pool) => `"${pool.name}"`).join(", ");
  return `pools of site "${site}" with \`use: ${use}\`: ${names}`;
}
