import { type Diagnostic, type SourceRef, within } from "../../../core/diagnostic.ts";
import type { Path } from "../../../core/path.ts";
import { clusterGroups } from "../../../model/cluster-groups.ts";
import type { Doc, Inventory } from "../../../model/inventory.ts";
import type { Selector } from "../../../model/spec-parts.ts";
import { isKnown, type NamedKind, unknownName } from "../names.ts";

/** A name that one document says of another. */
interface Reference {
  readonly kind: NamedKind;
  readonly name: string | undefined;
  readonly from: SourceRef;
  readonly path: Path;
}

/** Every name of a site, cluster, pool, class, channel, model, add-on or server is the name of one (ICH3001). */
export function unknownNames(inventory: Inventory): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  for (const { kind, name, from, path } of allReferences(inventory)) {
    if (name === undefined || isKnown(inventory, kind, name)) continue;
    diagnostics.push(unknownName(inventory, { kind, name }, within(from, ...path)));
  }
  return diagnostics;
}

function* allReferences(inventory: Inventory): Generator<Reference> {
  for (const site of inventory.sites.values()) yield* ofSite(site);
  for (const rack of inventory.racks.values()) yield* ofRack(rack);
  for (const pool of inventory.serverPools.values()) yield* ofSelector(pool.spec.selector, pool.at);
  for (const machineClass of inventory.classes.values()) {
    yield* ofSelector(machineClass.spec.selector ?? {}, machineClass.at);
  }
  for (const pool of inventory.addressPools.values()) {
    yield { kind: "Site", name: pool.spec.site, from: pool.at, path: ["spec", "site"] };
  }
  for (const channel of inventory.channels.values()) {
    for (const name of Object.keys(channel.spec.addons ?? {})) {
      const from: SourceRef = { ...channel.at, on: "key" };
      yield { kind: "Addon", name, from, path: ["spec", "addons", name] };
    }
  }
  for (const cluster of inventory.clusters.values()) yield* ofCluster(cluster);
}

function* ofSite(site: Doc<"Site">): Generator<Reference> {
  yield { kind: "Cluster", name: site.spec.hub, from: site.at, path: ["spec", "hub"] };
  for (const [name, spine] of Object.entries(site.spec.spines)) {
    const path = ["spec", "spines", name, "model"];
    yield { kind: "SwitchModel", name: spine.model, from: site.at, path };
  }
}

function* ofRack(rack: Doc<"Rack">): Generator<Reference> {
  const { site, switches, defaults, servers } = rack.spec;
  yield { kind: "Site", name: site, from: rack.at, path: ["spec", "site"] };
  yield { kind: "ServerModel", name: defaults?.model, from: rack.at, path: ["spec", "defaults", "model"] };
  for (const [name, leaf] of Object.entries(switches)) {
    const path = ["spec", "switches", name, "model"];
    yield { kind: "SwitchModel", name: leaf.model, from: rack.at, path };
  }
  for (const [name, { model }] of Object.entries(servers)) {
    if (model === undefined) continue;
    yield { kind: "ServerModel", name: model, from: rack.at, path: ["spec", "servers", name, "model"] };
  }
}

function* ofSelector(selector: Selector, from: SourceRef): Generator<Reference> {
  yield { kind: "Site", name: selector.site, from, path: ["spec", "selector", "site"] };
  for (const [index, name] of (selector.model ?? []).entries()) {
    yield { kind: "ServerModel", name, from, path: ["spec", "selector", "model", index] };
  }
}

function* ofCluster(cluster: Doc<"Cluster">): Generator<Reference> {
  const { spec, at: from } = cluster;
  yield { kind: "Site", name: spec.site, from, path: ["spec", "site"] };
  yield { kind: "Channel", name: spec.channel, from, path: ["spec", "channel"] };
  for (const field of ["vipPool", "lbPool"] as const) {
    yield { kind: "AddressPool", name: spec.network[field], from, path: ["spec", "network", field] };
  }
  for (const [index, addon] of (spec.addons ?? []).entries()) {
    const path = ["spec", "addons", index];
    if (typeof addon === "string") yield { kind: "Addon", name: addon, from, path };
    else yield { kind: "Addon", name: addon.name, from, path: [...path, "name"] };
  }
  for (const { at, spec: group } of clusterGroups(cluster)) {
    yield { kind: "ServerPool", name: group.pool, from: at, path: ["pool"] };
    yield { kind: "MachineClass", name: group.class, from: at, path: ["class"] };
    for (const [place, name] of Object.entries(group.pins ?? {})) {
      yield { kind: "Server", name, from: at, path: ["pins", place] };
    }
  }
}
