import { type Diagnostic, error, type SourceRef, within } from "../../../core/diagnostic.ts";
import { containsAddress, type Ipv4, parseIpv4 } from "../../../core/ip.ts";
import type { Doc, Inventory } from "../../../model/inventory.ts";
import { rangeFinder, type SiteRange, sayRange, siteRanges } from "../site-ranges.ts";

const BMC_HINT = "BMCs have a network of their own, outside every range of the fleet";
const LOOPBACK_HINT =
  "take a loopback that nothing gives out: outside the ranges, or among the site's own loopbacks";

/**
 * An address that a person wrote is not one that a range gives out: that of a BMC (ICH3211), the loopback of a
 * server, leaf or spine (ICH3212).
 */
export function fixedAddresses(inventory: Inventory): readonly Diagnostic[] {
  const ranges = siteRanges(inventory);
  const find = rangeFinder(ranges);
  const diagnostics: Diagnostic[] = [];
  for (const server of inventory.servers.values()) {
    const address = parseIpv4(server.bmc?.address ?? "");
    const range = address === undefined ? undefined : find({ address, length: 32 });
    if (range === undefined) continue;
    const message = `the BMC of server "${server.name}" has the address ${server.bmc?.address}, which lies in ${sayRange(range)}`;
    diagnostics.push(error("ICH3211", within(server.at, "bmc", "address"), message, { hint: BMC_HINT }));
  }
  for (const { address, site, said, at } of writtenLoopbacks(inventory)) {
    const range = givenOut(ranges, address, site);
    if (range === undefined) continue;
    const message = `the loopback of ${said} lies in ${sayRange(range)}`;
    diagnostics.push(error("ICH3212", at, message, { hint: LOOPBACK_HINT }));
  }
  return diagnostics;
}

interface WrittenLoopback {
  readonly address: Ipv4;
  readonly site: string;
  readonly said: string;
  readonly at: SourceRef;
}

function* writtenLoopbacks(inventory: Inventory): Generator<WrittenLoopback> {
  for (const rack of inventory.racks.values()) {
    yield* ofSection(rack, "servers");
    yield* ofSection(rack, "switches");
  }
  for (const site of inventory.sites.values()) {
    for (const [name, spine] of Object.entries(site.spec.spines)) {
      const address = parseIpv4(spine.loopback);
      const at = within(site.at, "spec", "spines", name, "loopback");
      if (address !== undefined) yield { address, site: site.name, said: `spine "${name}"`, at };
    }
  }
}

function* ofSection(rack: Doc<"Rack">, section: "servers" | "switches"): Generator<WrittenLoopback> {
  const members = rack.spec[section];
  for (const name in members) {
    const address = parseIpv4(members[name]?.loopback ?? "");
    if (address === undefined) continue;
    const said = `${section === "servers" ? "server" : "leaf"} "${name}"`;
    yield { address, site: rack.spec.site, said, at: within(rack.at, "spec", section, name, "loopback") };
  }
}

/**
 * The range that gives out the address. Inside the loopbacks of its own site only a pool of that site can: any
 * other range there is in the wrong place, which is reported of the range.
 */
function givenOut(ranges: readonly SiteRange[], address: Ipv4, site: string): SiteRange | undefined {
  const holding = ranges.filter((range) => containsAddress(range.prefix, address));
  const isHome = holding.some((range) => range.use === "loopbacks" && range.site === site);
  return isHome ? holding.find((range) => range.pool !== undefined && range.site === site) : holding[0];
}
