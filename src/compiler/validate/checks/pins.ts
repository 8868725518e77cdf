import { type Diagnostic, error, type SourceRef, within } from "../../../core/diagnostic.ts";
import { formatPlace } from "../../../model/claim.ts";
import { type ClusterGroup, clusterGroups } from "../../../model/cluster-groups.ts";
import type { Doc, Inventory, Server } from "../../../model/inventory.ts";
import { selects, whyNotSelected } from "../../../model/selector.ts";
import { createRegister } from "../register.ts";
import { sayGroup } from "../say-group.ts";

/** A pin names a place that is wanted (ICH3404) and a server that no other pin names (ICH3405), that may fill it (ICH3406, ICH3407). */
export function pins(inventory: Inventory): readonly Diagnostic[] {
  const pinned = createRegister<string, { readonly place: string; readonly at: SourceRef }>("ICH3405", {
    value: (server) => `server "${server}"`,
    owner: ({ place }) => `place ${place}`,
    at: ({ at }) => at,
    hint: "a server fills one place: correct one of the two pins",
  });
  const diagnostics: Diagnostic[] = [];
  for (const cluster of inventory.clusters.values()) {
    for (const group of clusterGroups(cluster)) {
      for (const [index, name] of Object.entries(group.spec.pins ?? {})) {
        const at = within(group.at, "pins", index);
        const place = formatPlace({ cluster: cluster.name, group: group.name, index: Number(index) });
        pinned.add(name, { place, at });
        const server = inventory.servers.get(name);
        diagnostics.push(...unwanted(cluster, group, at));
        if (server !== undefined) diagnostics.push(...unfit(inventory, { cluster, group, server, at }));
      }
    }
  }
  return [...diagnostics, ...pinned.repeats];
}

function unwanted(cluster: Doc<"Cluster">, group: ClusterGroup, at: SourceRef): Diagnostic[] {
  const index = Number(at.path.at(-1));
  const { replicas } = group.spec;
  if (index < replicas) return [];
  const places = replicas === 0 ? "there is none" : `places run from 0 to ${replicas - 1}`;
  const message = `${sayGroup(cluster, group)} have no place ${index}: with ${replicas} \`replicas\`, ${places}`;
  return [
    error("ICH3404", { ...at, on: "key" }, message, {
      hint: "pin a place that is wanted, or raise `replicas`",
    }),
  ];
}

interface Pin {
  readonly cluster: Doc<"Cluster">;
  readonly group: ClusterGroup;
  readonly server: Server;
  readonly at: SourceRef;
}

function unfit(inventory: Inventory, { cluster, group, server, at }: Pin): Diagnostic[] {
  if (server.site !== cluster.spec.site) {
    const message = `cluster "${cluster.name}" is in site "${cluster.spec.site}", but the pinned server "${server.name}" is in site "${server.site}"`;
    return [error("ICH3406", at, message, { hint: `pin a server of site "${cluster.spec.site}"` })];
  }
  const chosen = [
    { noun: "server pool", doc: inventory.serverPools.get(group.spec.pool ?? "") },
    { noun: "machine class", doc: inventory.classes.get(group.spec.class ?? "") },
  ];
  return chosen.flatMap(({ noun, doc }) => {
    const selector = doc?.spec.selector;
    if (doc === undefined || selector === undefined || selects(selector, server)) return [];
    const message = `the pinned server "${server.name}" does not belong to the ${noun} "${doc.name}": ${whyNotSelected(selector, server)}`;
    return [
      error("ICH3407", at, message, {
        hint: "pin a server that the selector matches, or widen the selector",
        related: [{ message: "the selector is written here", at: within(doc.at, "spec", "selector") }],
      }),
    ];
  });
}
