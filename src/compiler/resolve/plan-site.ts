import { invariant, mustGet } from "../../core/invariant.ts";
import { type Ipv4, type Ipv4Prefix, parseIpv4, parseIpv4Prefix } from "../../core/ip.ts";
import type { RackPlan, ServerPlan, SitePlan, SwitchPlan } from "../../model/blueprint.ts";
import type { Doc, Inventory, Switch } from "../../model/inventory.ts";
import { asnAt, loopbackAt, spineAsn } from "../../model/numbers.ts";

/** A site with its racks, the numbers of its switches, and every cable seen from both ends. */
export function planSite(
  inventory: Inventory,
  site: Doc<"Site">,
  servers: ReadonlyMap<string, ServerPlan>,
): SitePlan {
  const racks = [...inventory.racks.values()].filter((rack) => rack.spec.site === site.name);
  const pools = [...inventory.addressPools.values()].filter((pool) => pool.spec.site === site.name);
  const prefixes = (use: "vip" | "lb") =>
    pools.filter((pool) => pool.spec.use === use).map((pool) => prefixOf(pool.spec.prefix));
  return {
    name: site.name,
    index: site.spec.index,
    labels: site.labels,
    spec: site.spec,
    at: site.at,
    loopbacks: prefixOf(site.spec.loopbacks),
    bootstrap: prefixOf(site.spec.bootstrap),
    hub: site.spec.hub,
    spines: Object.keys(site.spec.spines).map((name) =>
      planSpine(inventory, site, mustGet(inventory.switches, name)),
    ),
    racks: racks
      .toSorted((a, b) => a.spec.index - b.spec.index)
      .map((rack) => planRack(inventory, rack, servers)),
    vipPools: prefixes("vip"),
    lbPools: prefixes("lb"),
  };
}

/** The prefix that a checked text holds. */
export function prefixOf(text: string): Ipv4Prefix {
  const prefix = parseIpv4Prefix(text);
  invariant(prefix !== undefined, `${text} passed the checks and is no prefix`);
  return { address: prefix.address, length: prefix.length };
}

/** The address that a checked text holds. */
export function addressOf(text: string): Ipv4 {
  const address = parseIpv4(text);
  invariant(address !== undefined, `${text} passed the checks and is no address`);
  return address;
}

/** The ASN of a leaf: computed from its place unless one is written down. */
export function leafAsn(inventory: Inventory, leaf: Switch): number {
  const { rack, spec, position } = placeOfLeaf(inventory, leaf);
  invariant(rack !== undefined, `leaf ${leaf.name} has no rack`);
  return spec.asn ?? asnAt(inventory.fleet.spec.asn.base, position);
}

function planRack(
  inventory: Inventory,
  rack: Doc<"Rack">,
  servers: ReadonlyMap<string, ServerPlan>,
): RackPlan {
  const members = Object.keys(rack.spec.servers).map((name) => mustGet(servers, name));
  return {
    name: rack.name,
    doc: rack,
    index: rack.spec.index,
    leaves: Object.keys(rack.spec.switches).map((name) =>
      planLeaf(inventory, mustGet(inventory.switches, name)),
    ),
    servers: members.toSorted((a, b) => a.slot - b.slot),
  };
}

function planLeaf(inventory: Inventory, leaf: Switch): SwitchPlan {
  const { spec, position, site } = placeOfLeaf(inventory, leaf);
  return {
    name: leaf.name,
    role: "leaf",
    model: mustGet(inventory.switchModels, leaf.model),
    loopback:
      spec.loopback === undefined
        ? loopbackAt(prefixOf(site.spec.loopbacks), position)
        : addressOf(spec.loopback),
    asn: leafAsn(inventory, leaf),
    links: [...leaf.uplinks].map(([port, peer]) => ({ port, peer: peer.switch, peerPort: peer.port })),
  };
}

function planSpine(inventory: Inventory, site: Doc<"Site">, spine: Switch): SwitchPlan {
  const spec = site.spec.spines[spine.name];
  invariant(spec !== undefined, `spine ${spine.name} is not in its site`);
  const links = [...inventory.switches.values()].flatMap((leaf) =>
    [...leaf.uplinks]
      .filter(([, peer]) => peer.switch === spine.name)
      .map(([port, peer]) => ({ port: peer.port, peer: leaf.name, peerPort: port })),
  );
  return {
    name: spine.name,
    role: "spine",
    model: mustGet(inventory.switchModels, spine.model),
    loopback: addressOf(spec.loopback),
    asn: spineAsn(inventory.fleet.spec.asn.base, site.spec.index),
    links,
  };
}

function placeOfLeaf(inventory: Inventory, leaf: Switch) {
  const rack = mustGet(inventory.racks, leaf.rack ?? "");
  const site = mustGet(inventory.sites, leaf.site);
  const spec = rack.spec.switches[leaf.name];
  invariant(spec !== undefined, `leaf ${leaf.name} is not in its rack`);
  const position = { siteIndex: site.spec.index, rackIndex: rack.spec.index, slot: spec.slot ?? spec.u };
  return { rack, site, spec, position };
}
