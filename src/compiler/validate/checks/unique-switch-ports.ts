import { type Diagnostic, type SourceRef, within } from "../../../core/diagnostic.ts";
import type { Inventory, Server, Switch } from "../../../model/inventory.ts";
import { createRegister } from "../register.ts";

/** An end of a cable, by the line that says where the cable goes. */
interface CableEnd {
  readonly of: Server | Switch;
  /** Name of the nic, or of the uplink's own port. */
  readonly port: string;
  /** Whether the end is the uplink's own port, which is the key of the line. */
  readonly isKey: boolean;
}

/** A port of a leaf or spine takes one cable (ICH3112). */
export function uniqueSwitchPorts(inventory: Inventory): readonly Diagnostic[] {
  const ports = createRegister<string, CableEnd>("ICH3112", {
    value: (port) => `a cable at port ${port}`,
    owner: sayEnd,
    at: endAt,
    hint: "a port takes one cable: look where it really goes",
  });
  for (const leaf of inventory.switches.values()) {
    for (const [own, to] of leaf.uplinks) {
      ports.add(`${leaf.name}/${own}`, { of: leaf, port: own, isKey: true });
      ports.add(`${to.switch}/${to.port}`, { of: leaf, port: own, isKey: false });
    }
  }
  for (const server of inventory.servers.values()) {
    for (const { name, port } of server.nics) {
      if (port !== undefined)
        ports.add(`${port.switch}/${port.port}`, { of: server, port: name, isKey: false });
    }
  }
  return ports.repeats;
}

function sayEnd({ of, port }: CableEnd): string {
  return "role" in of ? `uplink "${port}" of leaf "${of.name}"` : `nic "${port}" of server "${of.name}"`;
}

function endAt({ of, port, isKey }: CableEnd): SourceRef {
  if (!("role" in of)) return within(of.at, "nics", port, "port");
  const at = within(of.at, "uplinks", port);
  return isKey ? { ...at, on: "key" } : at;
}
