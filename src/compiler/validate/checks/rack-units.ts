import { type Diagnostic, error, within } from "../../../core/diagnostic.ts";
import type { Doc, Inventory } from "../../../model/inventory.ts";

const DEFAULT_RACK_HEIGHT = 48;

/** A server or leaf with the rack units that it takes. */
interface Occupant {
  readonly section: "servers" | "switches";
  readonly name: string;
  readonly u: number;
  readonly height: number;
  readonly hasSlot: boolean;
}

/** Machines stand inside their rack (ICH3111) and not in one another (ICH3110). */
export function rackUnits(inventory: Inventory): readonly Diagnostic[] {
  return [...inventory.racks.values()].flatMap((rack) => {
    const occupants = occupantsOf(inventory, rack);
    return [...overlapping(rack, occupants), ...tooHigh(rack, occupants)];
  });
}

function occupantsOf(inventory: Inventory, rack: Doc<"Rack">): Occupant[] {
  const { switches, servers, defaults } = rack.spec;
  const leaves = Object.entries(switches).map(([name, { u, slot, model }]): Occupant => {
    const height = inventory.switchModels.get(model)?.spec.height ?? 1;
    return { section: "switches", name, u, height, hasSlot: slot !== undefined };
  });
  const machines = Object.entries(servers).map(([name, { u, slot, model }]): Occupant => {
    const height = inventory.serverModels.get(model ?? defaults?.model ?? "")?.spec.height ?? 1;
    return { section: "servers", name, u, height, hasSlot: slot !== undefined };
  });
  return [...leaves, ...machines];
}

function overlapping(rack: Doc<"Rack">, occupants: readonly Occupant[]): Diagnostic[] {
  const byUnit = new Map<number, Occupant>();
  return occupants.flatMap((occupant) => {
    let found: Occupant | undefined;
    for (let u = occupant.u; u < occupant.u + occupant.height; u++) {
      const other = byUnit.get(u);
      if (other !== undefined && !mayShare(occupant, other)) found ??= other;
      if (other === undefined || !occupant.hasSlot) byUnit.set(u, occupant);
    }
    return found === undefined ? [] : [overlap(rack, occupant, found)];
  });
}

/** Narrow machines side by side: they start at the same unit, and slots were written to tell them apart. */
function mayShare(a: Occupant, b: Occupant): boolean {
  const areServers = a.section === "servers" && b.section === "servers";
  return areServers && a.u === b.u && a.height === b.height && (a.hasSlot || b.hasSlot);
}

function overlap(rack: Doc<"Rack">, occupant: Occupant, other: Occupant): Diagnostic {
  const message = `${say(occupant)} stands in ${sayUnits(occupant)} of rack "${rack.name}", where ${say(other)} takes ${sayUnits(other)}`;
  return error("ICH3110", within(rack.at, "spec", occupant.section, occupant.name, "u"), message, {
    hint: "correct `u`, the lowest unit; narrow servers that share a unit need a `slot` each",
    related: [
      { message: `"${other.name}" stands here`, at: within(rack.at, "spec", other.section, other.name, "u") },
    ],
  });
}

function tooHigh(rack: Doc<"Rack">, occupants: readonly Occupant[]): Diagnostic[] {
  const rackHeight = rack.spec.height ?? DEFAULT_RACK_HEIGHT;
  return occupants
    .filter(({ u, height }) => u + height - 1 > rackHeight)
    .map((occupant) => {
      const message = `${say(occupant)} stands in ${sayUnits(occupant)}, but rack "${rack.name}" has only ${rackHeight} units`;
      return error("ICH3111", within(rack.at, "spec", occupant.section, occupant.name, "u"), message, {
        hint: "correct `u`, or write the `height` of the rack",
      });
    });
}

function say({ section, name }: Occupant): string {
  return `${section === "servers" ? "server" : "leaf"} "${name}"`;
}

function sayUnits({ u, height }: Occupant): string {
  return height === 1 ? `unit ${u}` : `units ${u} to ${u + height - 1}`;
}
