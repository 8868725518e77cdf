import { mustGet } from "../../core/invariant.ts";
import type { BootPlan, ServerPlan, Uplink } from "../../model/blueprint.ts";
import type { Claim } from "../../model/claim.ts";
import type { Inventory, Server } from "../../model/inventory.ts";
import { asnAt, bootstrapAt, loopbackAt } from "../../model/numbers.ts";
import type { Allocation } from "./allocation.ts";
import { classOf, type createImages } from "./images.ts";
import { addressOf, leafAsn, prefixOf } from "./plan-site.ts";

/** Every server of the fleet with its numbers, its claim and what it boots, by name. */
export function planServers(
  inventory: Inventory,
  allocation: Allocation,
  images: ReturnType<typeof createImages>,
): ReadonlyMap<string, ServerPlan> {
  const numbers = createNumbers(inventory);
  return new Map(
    [...inventory.servers.values()].map((server) => {
      const claim = allocation.claims.get(server.name) ?? { phase: "free", wipe: 0 };
      const model = mustGet(inventory.serverModels, server.model ?? "");
      const boot = server.state === "retired" ? undefined : bootOf({ inventory, server, claim, images });
      const plan: ServerPlan = {
        name: server.name,
        site: server.site,
        rack: server.rack,
        slot: server.slot,
        serial: server.serial,
        uuid: server.uuid,
        state: server.state,
        model,
        ...numbers(server),
        uplinks: uplinksOf(inventory, server),
        ...(server.bmc === undefined ? {} : { bmc: server.bmc }),
        claim,
        at: server.at,
        boot,
      };
      return [server.name, plan];
    }),
  );
}

/** What a server boots: the image of its cluster, or, with nothing to join, that of its site's hub. */
function bootOf(of: {
  readonly inventory: Inventory;
  readonly server: Server;
  readonly claim: Claim;
  readonly images: ReturnType<typeof createImages>;
}): BootPlan {
  const { inventory, server, claim, images } = of;
  const held = claim.phase === "held" ? claim.place : undefined;
  const hub = mustGet(inventory.sites, server.site).spec.hub;
  return images.imageFor({
    model: mustGet(inventory.serverModels, server.model ?? ""),
    site: server.site,
    cluster: mustGet(inventory.clusters, held?.cluster ?? hub),
    class: held === undefined ? undefined : classOf(inventory, held),
    joins: held !== undefined,
  }).boot;
}

/** Gives the numbers of a server; what all servers of a site share is parsed once. */
function createNumbers(inventory: Inventory) {
  const prefixes = new Map(
    [...inventory.sites.values()].map((site) => [
      site.name,
      { loopbacks: prefixOf(site.spec.loopbacks), bootstrap: prefixOf(site.spec.bootstrap) },
    ]),
  );
  const base = inventory.fleet.spec.asn.base;
  return (server: Server): Pick<ServerPlan, "loopback" | "asn" | "bootstrap"> => {
    const { loopbacks, bootstrap } = mustGet(prefixes, server.site);
    const position = {
      siteIndex: mustGet(inventory.sites, server.site).spec.index,
      rackIndex: mustGet(inventory.racks, server.rack).spec.index,
      slot: server.slot,
    };
    const written = server.spec.loopback;
    return {
      loopback: written === undefined ? loopbackAt(loopbacks, position) : addressOf(written),
      asn: server.spec.asn ?? asnAt(base, position),
      bootstrap: bootstrapAt(bootstrap, position),
    };
  };
}

function uplinksOf(inventory: Inventory, server: Server): Uplink[] {
  return server.nics.flatMap((nic) => {
    if (nic.port === undefined) return [];
    const leaf = mustGet(inventory.switches, nic.port.switch);
    return [
      {
        name: nic.name,
        mac: nic.mac,
        leaf: leaf.name,
        leafPort: nic.port.port,
        leafAsn: leafAsn(inventory, leaf),
        boot: nic.boot,
      },
    ];
  });
}
