import { type Diagnostic, within } from "../../../core/diagnostic.ts";
import type { Inventory, Server, Switch } from "../../../model/inventory.ts";
import { createRegister } from "../register.ts";

/** No two machines have the same UUID (ICH3101), serial (ICH3102) or address of their BMC (ICH3104). */
export function uniqueIdentities(inventory: Inventory): readonly Diagnostic[] {
  const uuids = createRegister<string, Server>("ICH3101", {
    value: (uuid) => `the UUID "${uuid}"`,
    owner: sayMachine,
    at: (server) => within(server.at, "uuid"),
    hint: "read it from the machine: `dmidecode -s system-uuid`, or the BMC's page",
  });
  const serials = createRegister<string, Server | Switch>("ICH3102", {
    value: (serial) => `the serial "${serial}"`,
    owner: sayMachine,
    at: (machine) => within(machine.at, "serial"),
    hint: "read it from the label of the machine, or from its BMC",
  });
  const bmcs = createRegister<string, Server>("ICH3104", {
    value: (address) => `the BMC address ${address}`,
    owner: sayMachine,
    at: (server) => within(server.at, "bmc", "address"),
  });
  for (const server of inventory.servers.values()) {
    uuids.add(server.uuid, server);
    serials.add(server.serial, server);
    if (server.bmc !== undefined) bmcs.add(server.bmc.address, server);
  }
  for (const one of inventory.switches.values()) {
    if (one.serial !== undefined) serials.add(one.serial, one);
  }
  return [...uuids.repeats, ...serials.repeats, ...bmcs.repeats];
}

function sayMachine(machine: Server | Switch): string {
  return `${"role" in machine ? machine.role : "server"} "${machine.name}"`;
}
