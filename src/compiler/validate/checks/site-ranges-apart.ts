import { type Diagnostic, error } from "../../../core/diagnostic.ts";
import { formatIpv4, lastAddress } from "../../../core/ip.ts";
import type { Inventory } from "../../../model/inventory.ts";
import { SERVERS_FROM, SERVICES_FROM } from "../../../model/numbers.ts";
import { isPoolOfLoopbacks, type SiteRange, sayRange, siteRanges } from "../site-ranges.ts";

/**
 * The ranges of all sites and pools are apart (ICH3204). Only a pool may lie inside the loopbacks of its own
 * site, where no rack can reach (ICH3205).
 */
export function siteRangesApart(inventory: Inventory): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  // What lies inside a range that is itself in the wrong place is no mistake of its own.
  const misplaced = new Set<SiteRange>();
  // Two prefixes are nested or apart: those still open when the next one begins are the ones that hold it.
  let open: SiteRange[] = [];
  for (const range of siteRanges(inventory)) {
    open = open.filter((outer) => lastAddress(outer.prefix) >= range.prefix.address);
    const isInMisplaced = open.some((outer) => misplaced.has(outer));
    const clash = isInMisplaced ? undefined : open.findLast((outer) => !isPoolOfLoopbacks(range, outer));
    const home = open.find((outer) => isPoolOfLoopbacks(range, outer));
    if (clash !== undefined) {
      diagnostics.push(overlap(range, clash));
      misplaced.add(range);
    }
    if (home !== undefined) diagnostics.push(...amongServers(range, home));
    open.push(range);
  }
  return diagnostics;
}

function overlap(range: SiteRange, outer: SiteRange): Diagnostic {
  // Of two equal prefixes either may come first; the pool is then the one to move.
  const [moved, kept] =
    outer.pool !== undefined && range.pool === undefined ? [outer, range] : [range, outer];
  const message = `${sayRange(moved)} overlaps ${sayRange(kept)}`;
  return error("ICH3204", moved.at, message, {
    hint: "every range of the fleet needs addresses of its own; correct one of the two prefixes",
    related: [{ message: "the other prefix is written here", at: kept.at }],
  });
}

function amongServers(pool: SiteRange, loopbacks: SiteRange): Diagnostic[] {
  const first = pool.prefix.address - loopbacks.prefix.address;
  const last = lastAddress(pool.prefix) - loopbacks.prefix.address;
  if (last < SERVERS_FROM || first >= SERVICES_FROM) return [];
  const base = loopbacks.prefix.address;
  const end = Math.min(base + SERVICES_FROM, lastAddress(loopbacks.prefix) + 1);
  const above = end <= lastAddress(loopbacks.prefix) ? ` or from ${formatIpv4(end)} up` : "";
  const message = `${sayRange(pool)} lies among the loopbacks of servers of site "${pool.site}", which are ${formatIpv4(base + SERVERS_FROM)} to ${formatIpv4(end - 1)}`;
  return [
    error("ICH3205", pool.at, message, {
      hint: `take addresses below ${formatIpv4(base + SERVERS_FROM)}${above}, or outside the loopbacks`,
      related: [{ message: "the loopbacks are written here", at: loopbacks.at }],
    }),
  ];
}
