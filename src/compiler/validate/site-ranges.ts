import { type SourceRef, within } from "../../core/diagnostic.ts";
import {
  containsAddress,
  formatPrefix,
  type Ipv4Prefix,
  lastAddress,
  parseIpv4Prefix,
} from "../../core/ip.ts";
import type { Inventory } from "../../model/inventory.ts";

/** A range of IPv4 addresses that a site gives out. */
export interface SiteRange {
  readonly use: "loopbacks" | "bootstrap" | "vip" | "lb";
  readonly site: string;
  /** Name of the address pool; undefined for the ranges of the site itself. */
  readonly pool: string | undefined;
  /** Of a pool: so many first addresses are for people to pin. */
  readonly reserve: number;
  readonly prefix: Ipv4Prefix;
  /** The value of the field that says the prefix. */
  readonly at: SourceRef;
}

/** The loopbacks, bootstrap ranges and address pools of all sites that are prefixes, lowest first, outer before inner. */
export function siteRanges(inventory: Inventory): SiteRange[] {
  const ranges: SiteRange[] = [];
  for (const site of inventory.sites.values()) {
    for (const use of ["loopbacks", "bootstrap"] as const) {
      const prefix = parseIpv4Prefix(site.spec[use]);
      if (prefix === undefined) continue;
      const at = within(site.at, "spec", use);
      ranges.push({ use, site: site.name, pool: undefined, reserve: 0, prefix, at });
    }
  }
  for (const pool of inventory.addressPools.values()) {
    const prefix = parseIpv4Prefix(pool.spec.prefix);
    if (prefix === undefined) continue;
    const { use, site, reserve = 0 } = pool.spec;
    ranges.push({ use, site, pool: pool.name, reserve, prefix, at: within(pool.at, "spec", "prefix") });
  }
  return ranges.toSorted((a, b) => a.prefix.address - b.prefix.address || a.prefix.length - b.prefix.length);
}

/** `the loopbacks 10.101.0.0/16 of site "hel1"`, `the address pool "hel1-vips" (10.101.250.0/24)` */
export function sayRange(range: SiteRange): string {
  const prefix = formatPrefix(range.prefix);
  if (range.pool !== undefined) return `the address pool "${range.pool}" (${prefix})`;
  const noun = range.use === "loopbacks" ? "the loopbacks" : "the bootstrap range";
  return `${noun} ${prefix} of site "${range.site}"`;
}

/** Whether a pool lies wholly inside the loopbacks of its own site, where pools may be. */
export function isPoolOfLoopbacks(pool: SiteRange, loopbacks: SiteRange): boolean {
  return (
    pool.pool !== undefined &&
    loopbacks.use === "loopbacks" &&
    pool.site === loopbacks.site &&
    containsAddress(loopbacks.prefix, pool.prefix.address) &&
    containsAddress(loopbacks.prefix, lastAddress(pool.prefix))
  );
}

/**
 * A search over ranges as {@link siteRanges} sorts them: gives an outermost range that shares an address with
 * the prefix, in logarithmic time.
 */
export function rangeFinder(ranges: readonly SiteRange[]): (prefix: Ipv4Prefix) => SiteRange | undefined {
  const outer: SiteRange[] = [];
  for (const range of ranges) {
    const last = outer.at(-1);
    if (last === undefined || lastAddress(range.prefix) > lastAddress(last.prefix)) outer.push(range);
  }
  return (prefix) => {
    let low = 0;
    let high = outer.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const range = outer[middle];
      if (range !== undefined && lastAddress(range.prefix) < prefix.address) low = middle + 1;
      else high = middle;
    }
    const found = outer[low];
    return found !== undefined && found.prefix.address <= lastAddress(prefix) ? found : undefined;
  };
}
