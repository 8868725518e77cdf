import { type Diagnostic, within } from "../../../core/diagnostic.ts";
import type { Inventory, Server } from "../../../model/inventory.ts";
import { createRegister } from "../register.ts";

/** A network port of a server; that of its BMC has no name. */
interface ServerPort {
  readonly server: Server;
  readonly nic: string | undefined;
}

/** No two network ports of servers, those of BMCs among them, have the same MAC address (ICH3103). */
export function uniqueMacs(inventory: Inventory): readonly Diagnostic[] {
  const macs = createRegister<string, ServerPort>("ICH3103", {
    value: (mac) => `the MAC address ${mac}`,
    owner: ({ server, nic }) =>
      `${nic === undefined ? "the BMC" : `nic "${nic}"`} of server "${server.name}"`,
    at: ({ server, nic }) =>
      nic === undefined ? within(server.at, "bmc", "mac") : within(server.at, "nics", nic, "mac"),
  });
  for (const server of inventory.servers.values()) {
    for (const nic of server.nics) macs.add(nic.mac, { server, nic: nic.name });
    if (server.bmc !== undefined) macs.add(server.bmc.mac, { server, nic: undefined });
  }
  return macs.repeats;
}
