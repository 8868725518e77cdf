import { type Diagnostic, type SourceRef, within } from "../../../core/diagnostic.ts";
import type { Doc, Inventory } from "../../../model/inventory.ts";
import { createRegister } from "../register.ts";

/** No two sites have the same index (ICH3107), no two racks of a site (ICH3108). */
export function uniqueIndexes(inventory: Inventory): readonly Diagnostic[] {
  const at = ({ at: document }: Doc<"Site"> | Doc<"Rack">): SourceRef => within(document, "spec", "index");
  const sites = createRegister<number, Doc<"Site">>("ICH3107", {
    value: (index) => `the index ${index}`,
    owner: (site) => `site "${site.name}"`,
    at,
    hint: "give the newer site another index; one whose servers are in use never changes",
  });
  for (const site of inventory.sites.values()) sites.add(site.spec.index, site);
  const racks = createRegister<string, Doc<"Rack">>("ICH3108", {
    value: (key) => `the index ${key.slice(key.lastIndexOf("/") + 1)}`,
    owner: (rack) => `rack "${rack.name}"`,
    at,
    hint: "give the newer rack another index; one whose servers are in use never changes",
  });
  for (const rack of inventory.racks.values()) racks.add(`${rack.spec.site}/${rack.spec.index}`, rack);
  return [...sites.repeats, ...racks.repeats];
}
