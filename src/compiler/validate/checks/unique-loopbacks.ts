import { type Diagnostic, within } from "../../../core/diagnostic.ts";
import { formatIpv4, parseIpv4 } from "../../../core/ip.ts";
import type { Inventory, Switch } from "../../../model/inventory.ts";
import { numberAt, type RackMember, rackMembers, sayMember, sayOrigin } from "../rack-members.ts";
import { createRegister } from "../register.ts";

/** No two servers, leaves and spines have the same loopback address, computed or written (ICH3106). */
export function uniqueLoopbacks(inventory: Inventory): readonly Diagnostic[] {
  const register = createRegister<number, Switch | RackMember>("ICH3106", {
    value: (address) => `the loopback ${formatIpv4(address)}`,
    owner: (owner) => ("role" in owner ? `spine "${owner.name}"` : sayMember(owner)),
    at: (owner) => ("role" in owner ? within(owner.at, "loopback") : numberAt(owner, "loopback")),
    why: (owner) => ("role" in owner ? "its loopback is written here" : sayOrigin(owner, "loopback")),
    hint: "write another `loopback`, or none for a server or leaf, so that it is computed",
  });
  const members = rackMembers(inventory);
  // Two computed ones differ unless a slot or an index is used twice, which is reported as such.
  for (const member of members) {
    if (!member.loopbackWritten && member.loopback !== undefined) register.note(member.loopback, member);
  }
  for (const one of inventory.switches.values()) {
    if (one.role !== "spine") continue;
    const address = parseIpv4(inventory.sites.get(one.site)?.spec.spines[one.name]?.loopback ?? "");
    if (address !== undefined) register.add(address, one);
  }
  for (const member of members) {
    if (member.loopbackWritten && member.loopback !== undefined) register.add(member.loopback, member);
  }
  return register.repeats;
}
