import { type Diagnostic, within } from "../../../core/diagnostic.ts";
import type { Doc, Inventory } from "../../../model/inventory.ts";
import { createRegister } from "../register.ts";

interface Member {
  readonly section: "switches" | "servers";
  readonly name: string;
  readonly isWritten: boolean;
}

/** No two servers and leaves of a rack have the same slot (ICH3109). */
export function rackSlots(inventory: Inventory): readonly Diagnostic[] {
  return [...inventory.racks.values()].flatMap(slotsOf);
}

function slotsOf(rack: Doc<"Rack">): readonly Diagnostic[] {
  const slots = createRegister<number, Member>("ICH3109", {
    value: (slot) => `slot ${slot}`,
    owner: ({ section, name }) => `${section === "switches" ? "leaf" : "server"} "${name}"`,
    at: ({ section, name, isWritten }) => within(rack.at, "spec", section, name, isWritten ? "slot" : "u"),
    hint: "write a free `slot` for the newer one: the slot of a server in use never changes",
  });
  const byDefault = new Set<number>();
  for (const section of ["switches", "servers"] as const) {
    for (const [name, { u, slot }] of Object.entries(rack.spec[section])) {
      // Two that stand in one unit without a written slot are one mistake, reported as such by rack-units.
      if (slot === undefined && byDefault.has(u)) continue;
      if (slot === undefined) byDefault.add(u);
      slots.add(slot ?? u, { section, name, isWritten: slot !== undefined });
    }
  }
  return slots.repeats;
}
