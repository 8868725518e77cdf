import { type Diagnostic, error, within } from "../../../core/diagnostic.ts";
import { formatIpv4, parseIpv4, parseIpv4Prefix, prefixSize } from "../../../core/ip.ts";
import type { Doc, Inventory } from "../../../model/inventory.ts";
import { SERVERS_FROM, SERVICES_FROM } from "../../../model/numbers.ts";

/** The loopback of a spine is in the part of `loopbacks` that is for spines and services (ICH3215). */
export function spineLoopbacks(inventory: Inventory): readonly Diagnostic[] {
  return [...inventory.sites.values()].flatMap(ofSite);
}

function ofSite(site: Doc<"Site">): Diagnostic[] {
  const loopbacks = parseIpv4Prefix(site.spec.loopbacks);
  if (loopbacks === undefined) return [];
  const size = prefixSize(loopbacks.length);
  return Object.entries(site.spec.spines).flatMap(([name, spine]) => {
    const address = parseIpv4(spine.loopback);
    const offset = address === undefined ? 0 : address - loopbacks.address;
    const isInside = offset >= 0 && offset < size;
    if (isInside && (offset < SERVERS_FROM || offset >= SERVICES_FROM)) return [];
    const where = isInside ? "lies among the loopbacks of servers" : `lies outside ${site.spec.loopbacks}`;
    const message = `the loopback ${spine.loopback} of spine "${name}" ${where} of site "${site.name}"`;
    const low = `below ${formatIpv4(loopbacks.address + SERVERS_FROM)}`;
    const high = size > SERVICES_FROM ? ` or from ${formatIpv4(loopbacks.address + SERVICES_FROM)} up` : "";
    return [
      error("ICH3215", within(site.at, "spec", "spines", name, "loopback"), message, {
        hint: `take an address of ${site.spec.loopbacks} ${low}${high}`,
      }),
    ];
  });
}
