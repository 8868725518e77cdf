import { mustGet } from "../../core/invariant.ts";
import { formatIpv4, formatPrefix } from "../../core/ip.ts";
import type { Blueprint, ClusterPlan, NodePlan, ServerPlan, SitePlan } from "../../model/blueprint.ts";
import { formatClaim, formatPlace } from "../../model/claim.ts";
import type { Inventory } from "../../model/inventory.ts";
import { selects } from "../../model/selector.ts";
import type { Selectable } from "../selector.ts";

/** A row of `ichor get`: what selectors look at, and every field by name in the order of the columns. */
export interface Row extends Selectable {
  readonly fields: Readonly<Record<string, string | number | boolean | null>>;
}

/** A sort of thing that `ichor get` can list. */
export interface Resource {
  /** Plural, as people type it. */
  readonly name: string;
  readonly aliases: readonly string[];
  /** Columns of the ordinary table; `-o wide` and the others show all fields. */
  readonly columns: readonly string[];
  readonly rows: (blueprint: Blueprint, inventory: Inventory) => Row[];
}

/** Everything that `ichor get` can list. */
export const RESOURCES: readonly Resource[] = [
  {
    name: "sites",
    aliases: ["site"],
    columns: ["name", "index", "racks", "servers", "clusters", "hub"],
    rows: siteRows,
  },
  {
    name: "racks",
    aliases: ["rack"],
    columns: ["name", "site", "index", "leaves", "servers", "free"],
    rows: rackRows,
  },
  {
    name: "switches",
    aliases: ["switch", "sw"],
    columns: ["name", "role", "site", "rack", "loopback", "asn"],
    rows: switchRows,
  },
  {
    name: "servers",
    aliases: ["server", "srv"],
    columns: ["name", "rack", "slot", "model", "state", "loopback", "claim"],
    rows: serverRows,
  },
  {
    name: "pools",
    aliases: ["pool"],
    columns: ["name", "kind", "site", "size", "free", "reserve"],
    rows: poolRows,
  },
  {
    name: "clusters",
    aliases: ["cluster", "cl"],
    columns: ["name", "role", "site", "talos", "kubernetes", "contract", "vip", "nodes"],
    rows: clusterRows,
  },
  {
    name: "nodes",
    aliases: ["node", "no"],
    columns: ["name", "cluster", "group", "place", "rack", "loopback", "talos"],
    rows: nodeRows,
  },
  {
    name: "locks",
    aliases: ["lock"],
    columns: ["name", "cluster", "until", "reason"],
    rows: lockRows,
  },
  {
    name: "schematics",
    aliases: ["schematic"],
    columns: ["name", "talos", "nodes", "installer"],
    rows: schematicRows,
  },
];

function siteRows(blueprint: Blueprint): Row[] {
  return [...blueprint.sites.values()].map((site) => ({
    name: site.name,
    site: site.name,
    labels: site.labels,
    fields: {
      name: site.name,
      index: site.index,
      racks: site.racks.length,
      servers: site.racks.reduce((sum, rack) => sum + rack.servers.length, 0),
      clusters: [...blueprint.clusters.values()].filter((cluster) => cluster.site === site.name).length,
      hub: site.hub,
      loopbacks: formatPrefix(site.loopbacks),
      bootstrap: formatPrefix(site.bootstrap),
    },
  }));
}

function rackRows(blueprint: Blueprint): Row[] {
  return eachRack(blueprint).map(({ site, rack }) => ({
    name: rack.name,
    site: site.name,
    rack: rack.name,
    labels: rack.doc.labels,
    fields: {
      name: rack.name,
      site: site.name,
      index: rack.index,
      leaves: rack.leaves.length,
      servers: rack.servers.length,
      free: rack.servers.filter((server) => isFree(server)).length,
    },
  }));
}

function switchRows(blueprint: Blueprint): Row[] {
  const leaves = eachRack(blueprint).flatMap(({ site, rack }) =>
    rack.leaves.map((leaf) => ({ site: site.name, rack: rack.name, of: leaf })),
  );
  const spines = [...blueprint.sites.values()].flatMap((site) =>
    site.spines.map((spine) => ({ site: site.name, rack: "", of: spine })),
  );
  return [...spines, ...leaves].map(({ site, rack, of }) => ({
    name: of.name,
    site,
    rack,
    fields: {
      name: of.name,
      role: of.role,
      site,
      rack: rack === "" ? null : rack,
      loopback: formatIpv4(of.loopback),
      asn: of.asn,
      model: of.model.name,
      links: of.links.length,
    },
  }));
}

function serverRows(blueprint: Blueprint, inventory: Inventory): Row[] {
  return eachServer(blueprint).map((server) => ({
    ...selectable(server),
    labels: inventory.servers.get(server.name)?.labels ?? {},
    fields: {
      name: server.name,
      rack: server.rack,
      slot: server.slot,
      model: server.model.name,
      state: server.state,
      loopback: formatIpv4(server.loopback),
      claim: formatClaim(server.claim),
      asn: server.asn,
      serial: server.serial,
      uuid: server.uuid,
      bmc: server.bmc?.address ?? null,
      site: server.site,
    },
  }));
}

function poolRows(blueprint: Blueprint, inventory: Inventory): Row[] {
  const servers = eachServer(blueprint);
  const serverPools = [...inventory.serverPools.values()].map((pool) => {
    const members = servers.filter((server) =>
      selects(pool.spec.selector, mustGet(inventory.servers, server.name)),
    );
    const free = members.filter((server) => isFree(server)).length;
    return {
      name: pool.name,
      kind: "servers",
      site: pool.spec.selector.site ?? null,
      size: members.length,
      free,
      reserve: pool.spec.reserve ?? 0,
    };
  });
  const addressPools = [...inventory.addressPools.values()].map((pool) => {
    const { site, prefix, use, reserve } = pool.spec;
    return {
      name: pool.name,
      kind: use,
      site,
      size: 2 ** (32 - Number(prefix.split("/")[1])),
      free: null,
      reserve: reserve ?? 0,
      prefix,
    };
  });
  return [...serverPools, ...addressPools].map((fields) => ({
    name: fields.name,
    site: fields.site ?? undefined,
    fields,
  }));
}

function clusterRows(blueprint: Blueprint): Row[] {
  return [...blueprint.clusters.values()].map((cluster) => ({
    name: cluster.name,
    site: cluster.site,
    cluster: cluster.name,
    labels: cluster.labels,
    fields: {
      name: cluster.name,
      role: cluster.role,
      site: cluster.site,
      talos: cluster.talos,
      kubernetes: cluster.kubernetes,
      contract: cluster.contract,
      vip: cluster.vip === undefined ? null : formatIpv4(cluster.vip),
      nodes: cluster.nodes.length,
      lb: cluster.lb === undefined ? null : formatPrefix(cluster.lb),
      routing: cluster.routing,
      bootstrapped: cluster.bootstrapped ?? null,
      secrets: cluster.hasSecrets,
    },
  }));
}

function nodeRows(blueprint: Blueprint): Row[] {
  return eachNode(blueprint).map(({ cluster, node }) => ({
    ...selectable(node.server),
    cluster: cluster.name,
    labels: node.labels,
    fields: {
      name: node.name,
      cluster: cluster.name,
      group: node.place.group,
      place: formatPlace(node.place),
      rack: node.server.rack,
      loopback: formatIpv4(node.server.loopback),
      talos: cluster.talos,
      asn: node.server.asn,
      schematic: node.schematic,
      installer: node.installer,
      class: node.class?.name ?? null,
    },
  }));
}

/** Also those that are over, and those of servers that are gone. */
function lockRows(blueprint: Blueprint, inventory: Inventory): Row[] {
  const servers = new Map(eachServer(blueprint).map((server) => [server.name, server]));
  return [...inventory.nodeLocks.values()].map(({ name, spec }) => {
    const server = servers.get(name);
    const about = server === undefined ? { name } : selectable(server);
    return {
      ...about,
      labels: inventory.servers.get(name)?.labels ?? {},
      fields: {
        name,
        cluster: about.cluster ?? null,
        until: spec.until ?? null,
        reason: spec.reason,
        rack: server?.rack ?? null,
      },
    };
  });
}

function schematicRows(blueprint: Blueprint): Row[] {
  const nodes = Map.groupBy(eachNode(blueprint), ({ node }) => `${node.schematic} ${node.installer}`);
  return [...nodes.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { node, cluster } = first;
    const fields = {
      name: node.schematic,
      talos: cluster.talos,
      nodes: group.length,
      installer: node.installer,
    };
    return [{ name: node.schematic, fields }];
  });
}

function selectable(server: ServerPlan): Selectable {
  const { claim } = server;
  return {
    name: server.name,
    site: server.site,
    rack: server.rack,
    cluster: claim.phase === "free" ? undefined : claim.place.cluster,
  };
}

function isFree(server: ServerPlan): boolean {
  return server.claim.phase === "free" && server.state === "active";
}

function eachRack(
  blueprint: Blueprint,
): { readonly site: SitePlan; readonly rack: SitePlan["racks"][number] }[] {
  return [...blueprint.sites.values()].flatMap((site) => site.racks.map((rack) => ({ site, rack })));
}

function eachServer(blueprint: Blueprint): ServerPlan[] {
  return eachRack(blueprint).flatMap(({ rack }) => rack.servers);
}

function eachNode(blueprint: Blueprint): { readonly cluster: ClusterPlan; readonly node: NodePlan }[] {
  return [...blueprint.clusters.values()].flatMap((cluster) =>
    cluster.nodes.map((node) => ({ cluster, node })),
  );
}
