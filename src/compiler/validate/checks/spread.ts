import { type Diagnostic, error, type SourceRef, within } from "../../../core/diagnostic.ts";
import { didYouMean } from "../../../core/suggest.ts";
import { type ClusterGroup, clusterGroups } from "../../../model/cluster-groups.ts";
import type { Doc, Inventory } from "../../../model/inventory.ts";
import { hasInvalid } from "../names.ts";
import { sayGroup } from "../say-group.ts";

/** What the servers of a site can be spread over: racks and labels, each with its values. */
type Spreadable = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * The servers of a site suffice for what is spread over them: there are enough racks, or values of a label
 * (ICH3402), and some server has the label at all (ICH3403). Which of them are free is not asked here.
 */
export function spread(inventory: Inventory): readonly Diagnostic[] {
  // Nothing is concluded from the absence of servers that may stand in a rack that could not be read.
  if (hasInvalid(inventory, "Rack")) return [];
  const bySite = spreadables(inventory);
  return [...inventory.clusters.values()].flatMap((cluster) => {
    const spreadable = bySite.get(cluster.spec.site);
    if (spreadable === undefined) return [];
    return clusterGroups(cluster).flatMap((group) => ofGroup(cluster, group, spreadable));
  });
}

function spreadables(inventory: Inventory): Map<string, Spreadable> {
  const bySite = new Map<string, Map<string, Set<string>>>();
  for (const { site, rack, state, labels } of inventory.servers.values()) {
    if (state === "retired") continue;
    const values = bySite.get(site) ?? new Map<string, Set<string>>();
    bySite.set(site, values);
    add(values, "rack", rack);
    for (const key in labels) if (key !== "rack") add(values, key, labels[key] ?? "");
  }
  return bySite;
}

function add(values: Map<string, Set<string>>, key: string, value: string): void {
  const known = values.get(key);
  if (known === undefined) values.set(key, new Set([value]));
  else known.add(value);
}

function ofGroup(cluster: Doc<"Cluster">, group: ClusterGroup, spreadable: Spreadable): Diagnostic[] {
  return Object.entries(group.spec.spread ?? {}).flatMap(([key, cap]) => {
    const at = within(group.at, "spread", key);
    const values = spreadable.get(key);
    const { site } = cluster.spec;
    if (values === undefined)
      return [noLabel(key, { ...at, on: "key" }, { site, known: [...spreadable.keys()] })];
    const room = values.size * cap;
    if (room >= group.spec.replicas) return [];
    const one = values.size === 1;
    const racks = one ? "1 rack with servers" : `${values.size} racks with servers`;
    const labels = `${values.size} ${one ? "value" : "values"} of the label "${key}"`;
    const what = key === "rack" ? racks : labels;
    const message = `${sayGroup(cluster, group)} cannot be spread so: ${group.spec.replicas} are wanted, but site "${site}" has ${what}, which at ${cap} in each makes ${room}`;
    const needed = Math.ceil(group.spec.replicas / values.size);
    return [error("ICH3402", at, message, { hint: `write ${needed} or more, or fewer \`replicas\`` })];
  });
}

function noLabel(
  key: string,
  at: SourceRef,
  there: { readonly site: string; readonly known: readonly string[] },
): Diagnostic {
  const message = `no server of site "${there.site}" has the label "${key}"${didYouMean(key, there.known)}, so nothing can be spread over it`;
  return error("ICH3403", at, message, {
    hint: "spread over `rack` or over a label of racks or servers",
  });
}
