import { type Diagnostic, error, warning, within } from "../../../core/diagnostic.ts";
import type { Inventory } from "../../../model/inventory.ts";
import { hasInvalid } from "../names.ts";

/** The hub of a site is a management cluster (ICH3004), and a management cluster is the hub of a site (ICH3005). */
export function hubs(inventory: Inventory): readonly Diagnostic[] {
  const wrong = wrongHubs(inventory);
  // While a site names no hub that could be one, it may mean any management cluster.
  const isSettled = [...inventory.sites.values()].every((site) => inventory.clusters.has(site.spec.hub));
  return wrong.length > 0 || !isSettled ? wrong : idleManagement(inventory);
}

function wrongHubs(inventory: Inventory): Diagnostic[] {
  return [...inventory.sites.values()].flatMap((site) => {
    const cluster = inventory.clusters.get(site.spec.hub);
    if (cluster === undefined || cluster.spec.role === "management") return [];
    const message = `the hub of site "${site.name}" must be a management cluster, but "${cluster.name}" has the role "${cluster.spec.role}"`;
    return [
      error("ICH3004", within(site.at, "spec", "hub"), message, {
        hint: "name a cluster with `role: management`; an edge site may name another site's",
        related: [{ message: "its role is said here", at: within(cluster.at, "spec", "role") }],
      }),
    ];
  });
}

function idleManagement(inventory: Inventory): Diagnostic[] {
  if (hasInvalid(inventory, "Site")) return [];
  const named = new Set([...inventory.sites.values()].map((site) => site.spec.hub));
  return [...inventory.clusters.values()]
    .filter((cluster) => cluster.spec.role === "management" && cluster.spec.state !== "deleting")
    .filter((cluster) => !named.has(cluster.name))
    .map((cluster) =>
      warning(
        "ICH3005",
        within(cluster.at, "spec", "role"),
        `management cluster "${cluster.name}" serves no site: no site names it as its \`hub\``,
        { hint: `write \`hub: ${cluster.name}\` in a site, or give the cluster another role` },
      ),
    );
}
