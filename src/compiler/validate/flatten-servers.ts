import { error, keyOf, type Outcome, within } from "../../core/diagnostic.ts";
import type { Bmc, Doc, Nic, Server } from "../../model/inventory.ts";
import type { SpecOf } from "../../model/kinds.ts";
import { parsePort } from "./parse-port.ts";

type Servers = SpecOf<"Rack">["servers"];
type ServerSpec = Servers[string];

/** What a server inherits from. */
export interface Origins {
  readonly sites: ReadonlyMap<string, Doc<"Site">>;
  readonly racks: ReadonlyMap<string, Doc<"Rack">>;
  readonly serverModels: ReadonlyMap<string, Doc<"ServerModel">>;
}

/**
 * The servers of all racks by name, with the defaults of rack and model filled in. ICH2022 where two racks
 * have a server of one name; the first one stays.
 */
export function flattenServers(origins: Origins): Outcome<ReadonlyMap<string, Server>> {
  const value = new Map<string, Server>();
  const diagnostics = [];
  for (const rack of origins.racks.values()) {
    for (const [name, spec] of Object.entries(rack.spec.servers)) {
      const server = flatten({ name, spec, rack }, origins);
      const first = value.get(name);
      if (first === undefined) value.set(name, server);
      else {
        const message = `a server named "${name}" is in rack "${first.rack}" as well as in rack "${rack.name}"`;
        const related = [{ message: "the first one", at: keyOf(first.at) }];
        diagnostics.push(error("ICH2022", keyOf(server.at), message, { related }));
      }
    }
  }
  return { value, diagnostics };
}

interface Placed {
  readonly name: string;
  readonly spec: ServerSpec;
  readonly rack: Doc<"Rack">;
}

function flatten({ name, spec, rack }: Placed, origins: Origins): Server {
  const modelName = spec.model ?? rack.spec.defaults?.model;
  const model = modelName === undefined ? undefined : origins.serverModels.get(modelName);
  const bmc = flattenBmc(spec.bmc, rack.spec.defaults?.bmc, model);
  return {
    name,
    site: rack.spec.site,
    rack: rack.name,
    u: spec.u,
    slot: spec.slot ?? spec.u,
    model: modelName,
    serial: spec.serial,
    uuid: spec.uuid.toLowerCase(),
    state: spec.state ?? "active",
    labels: {
      ...model?.labels,
      ...origins.sites.get(rack.spec.site)?.labels,
      ...rack.labels,
      ...spec.labels,
    },
    nics: Object.entries(spec.nics).map(([nic, said]) => flattenNic(nic, said)),
    ...(bmc === undefined ? {} : { bmc }),
    spec,
    at: within(rack.at, "spec", "servers", name),
  };
}

function flattenNic(name: string, spec: ServerSpec["nics"][string]): Nic {
  return {
    name,
    mac: spec.mac.toLowerCase(),
    ...(spec.port === undefined ? {} : { port: parsePort(spec.port) }),
    boot: spec.boot ?? false,
  };
}

/** The server's own word first, then the rack's defaults, then the model's; Redfish where a model is missing. */
function flattenBmc(
  spec: ServerSpec["bmc"],
  defaults: NonNullable<SpecOf<"Rack">["defaults"]>["bmc"],
  model: Doc<"ServerModel"> | undefined,
): Bmc | undefined {
  if (spec === undefined) return undefined;
  const credentials = spec.credentials ?? defaults?.credentials;
  return {
    address: spec.address,
    mac: spec.mac.toLowerCase(),
    driver: spec.driver ?? defaults?.driver ?? model?.spec.bmc.driver ?? "redfish",
    ...(credentials === undefined ? {} : { credentials }),
    ...(spec.fingerprint === undefined ? {} : { fingerprint: spec.fingerprint }),
  };
}
