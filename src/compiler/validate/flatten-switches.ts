import { type Diagnostic, error, keyOf, type Outcome, within } from "../../core/diagnostic.ts";
import type { Doc, Switch } from "../../model/inventory.ts";
import { parsePort } from "./parse-port.ts";

/**
 * The spines of all sites and the leaves of all racks by name. ICH2023 where two switches have one name; the
 * first one stays.
 */
export function flattenSwitches(
  sites: ReadonlyMap<string, Doc<"Site">>,
  racks: ReadonlyMap<string, Doc<"Rack">>,
): Outcome<ReadonlyMap<string, Switch>> {
  const value = new Map<string, Switch>();
  const diagnostics: Diagnostic[] = [];
  const all = [...[...sites.values()].flatMap(spinesOf), ...[...racks.values()].flatMap(leavesOf)];
  for (const found of all) {
    const first = value.get(found.name);
    if (first === undefined) value.set(found.name, found);
    else {
      const message = `a switch named "${found.name}" is in ${sayPlace(first)} as well as in ${sayPlace(found)}`;
      const related = [{ message: "the first one", at: keyOf(first.at) }];
      diagnostics.push(error("ICH2023", keyOf(found.at), message, { related }));
    }
  }
  return { value, diagnostics };
}

function sayPlace(found: Switch): string {
  return found.rack === undefined ? `site "${found.site}"` : `rack "${found.rack}"`;
}

function spinesOf(site: Doc<"Site">): readonly Switch[] {
  return Object.entries(site.spec.spines).map(([name, spec]) => ({
    name,
    role: "spine",
    site: site.name,
    rack: undefined,
    slot: undefined,
    model: spec.model,
    serial: spec.serial,
    uplinks: new Map(),
    at: within(site.at, "spec", "spines", name),
  }));
}

function leavesOf(rack: Doc<"Rack">): readonly Switch[] {
  return Object.entries(rack.spec.switches).map(([name, spec]) => ({
    name,
    role: "leaf",
    site: rack.spec.site,
    rack: rack.name,
    slot: spec.slot ?? spec.u,
    model: spec.model,
    serial: spec.serial,
    uplinks: new Map(Object.entries(spec.uplinks).map(([port, peer]) => [port, parsePort(peer)])),
    at: within(rack.at, "spec", "switches", name),
  }));
}
