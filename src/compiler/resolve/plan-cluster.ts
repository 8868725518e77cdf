import { mustGet } from "../../core/invariant.ts";
import { isMapping } from "../../core/mapping.ts";
import type { AddonPlan, ClusterPlan, NodePlan } from "../../model/blueprint.ts";
import { comparePlaces } from "../../model/claim.ts";
import { bundlePath } from "../../model/homes.ts";
import type { Doc, Inventory } from "../../model/inventory.ts";
import type { Made } from "./made.ts";
import { planNode } from "./plan-node.ts";

/** A cluster with its versions, addresses, add-ons and machines. */
export function planCluster(made: Made, cluster: Doc<"Cluster">): ClusterPlan {
  const { inventory, allocation } = made;
  const { spec, name } = cluster;
  const channel = mustGet(inventory.channels, spec.channel);
  const fleet = inventory.fleet.spec;
  const site = mustGet(inventory.sites, spec.site);
  const secretsFile = bundlePath({ site: spec.site, cluster: name });
  return {
    name,
    site: spec.site,
    role: spec.role,
    labels: cluster.labels,
    doc: cluster,
    fleet: inventory.fleet,
    channel,
    contract: spec.contract,
    talos: channel.spec.talos,
    kubernetes: channel.spec.kubernetes,
    vip: allocation.vips.get(name),
    lb: allocation.lbs.get(name),
    discovery: fleet.discovery.endpoint,
    routing: spec.network.routing,
    registries: { ...fleet.registries, ...site.spec.registries },
    secretsFile,
    hasSecrets: inventory.bundles.has(cluster.name),
    bootstrapped: inventory.locks.clusters.get(spec.site)?.get(name)?.bootstrapped,
    addons: planAddons(inventory, cluster, channel),
    nodes: planNodes(made, cluster),
  };
}

/** The machines that hold a place, control planes first. A cluster that is being deleted has none. */
function planNodes(made: Made, cluster: Doc<"Cluster">): NodePlan[] {
  return (made.holders.get(cluster.name) ?? [])
    .toSorted((a, b) => comparePlaces(a.place, b.place))
    .map((holder) => planNode(made, cluster, holder));
}

/** The add-ons of the cluster's role and those that it asks for, by name. */
function planAddons(inventory: Inventory, cluster: Doc<"Cluster">, channel: Doc<"Channel">): AddonPlan[] {
  const asked = new Map(
    (cluster.spec.addons ?? []).map((addon) =>
      typeof addon === "string" ? ([addon, {}] as const) : ([addon.name, addon.values ?? {}] as const),
    ),
  );
  return [...inventory.addons.values()]
    .filter((doc) => asked.has(doc.name) || doc.spec.roles?.includes(cluster.spec.role) === true)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((doc) => ({
      doc,
      version: channel.spec.addons?.[doc.name] ?? doc.spec.version,
      values: mergeValues(doc.spec.values ?? {}, asked.get(doc.name) ?? {}),
    }));
}

/** Merges Helm values as Helm does: mappings key by key, everything else replaced. */
function mergeValues(
  base: Readonly<Record<string, unknown>>,
  over: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    merged[key] = isMapping(below) && isMapping(value) ? mergeValues(below, value) : value;
  }
  return merged;
}
