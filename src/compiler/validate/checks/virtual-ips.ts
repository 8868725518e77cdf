import { type Diagnostic, error, type SourceRef, within } from "../../../core/diagnostic.ts";
import { containsAddress, formatIpv4, type Ipv4, parseIpv4, parseIpv4Prefix } from "../../../core/ip.ts";
import type { Doc, Inventory } from "../../../model/inventory.ts";
import { SERVERS_FROM, SERVICES_FROM } from "../../../model/numbers.ts";
import { createRegister } from "../register.ts";
import { type SiteRange, sayRange, siteRanges } from "../site-ranges.ts";

/** A virtual IP that a person wrote belongs to one cluster (ICH3209) and is not given out otherwise (ICH3210). */
export function virtualIps(inventory: Inventory): readonly Diagnostic[] {
  const register = createRegister<Ipv4, Doc<"Cluster">>("ICH3209", {
    value: (vip) => `the virtual IP ${formatIpv4(vip)}`,
    owner: (cluster) => `cluster "${cluster.name}"`,
    at: vipAt,
    hint: "every Kubernetes API needs an address of its own",
  });
  const ranges = siteRanges(inventory);
  const spines = spineLoopbacks(inventory);
  const misplaced: Diagnostic[] = [];
  for (const cluster of inventory.clusters.values()) {
    const vip = parseIpv4(cluster.spec.network.vip ?? "");
    if (vip === undefined) continue;
    register.add(vip, cluster);
    const why = whyGivenOut(cluster, vip, ranges) ?? whyInside(cluster, vip) ?? whySpine(spines.get(vip));
    if (why !== undefined) misplaced.push(misplacedVip(vip, why, vipAt(cluster)));
  }
  return [...register.repeats, ...misplaced];
}

function vipAt(cluster: Doc<"Cluster">): SourceRef {
  return within(cluster.at, "spec", "network", "vip");
}

function misplacedVip(vip: Ipv4, why: string, at: SourceRef): Diagnostic {
  return error("ICH3210", at, `${formatIpv4(vip)} cannot be a virtual IP: ${why}`, {
    hint: "take one of the first `reserve` addresses of a pool with `use: vip` of the cluster's site, or `vipPool` instead",
  });
}

function whyGivenOut(cluster: Doc<"Cluster">, vip: Ipv4, ranges: readonly SiteRange[]): string | undefined {
  const holding = ranges.filter((range) => containsAddress(range.prefix, vip));
  for (const range of holding.toReversed()) {
    const offset = vip - range.prefix.address;
    const isOwn = range.site === cluster.spec.site;
    if (range.use === "vip" && isOwn && offset < range.reserve) return undefined;
    if (range.use === "vip" && isOwn) {
      const kept = range.reserve === 0 ? "keeps none" : `keeps only its first ${range.reserve} addresses`;
      return `${sayRange(range)} gives it out, and ${kept} for people to pin`;
    }
    if (range.use !== "loopbacks") return `it belongs to ${sayRange(range)}`;
    if (!isOwn) return `it belongs to ${sayRange(range)}`;
    if (offset >= SERVERS_FROM && offset < SERVICES_FROM) {
      return `it lies among the loopbacks of servers of site "${range.site}"`;
    }
  }
  return undefined;
}

function whyInside(cluster: Doc<"Cluster">, vip: Ipv4): string | undefined {
  const { podCIDRs, serviceCIDRs } = cluster.spec.network;
  for (const text of [...podCIDRs, ...serviceCIDRs]) {
    const prefix = parseIpv4Prefix(text);
    if (prefix !== undefined && containsAddress(prefix, vip)) {
      return `it lies in the range ${text} of the cluster's own pods or services`;
    }
  }
  return undefined;
}

function whySpine(spine: string | undefined): string | undefined {
  return spine === undefined ? undefined : `it is the loopback of spine "${spine}"`;
}

function spineLoopbacks(inventory: Inventory): Map<Ipv4, string> {
  const byAddress = new Map<Ipv4, string>();
  for (const site of inventory.sites.values()) {
    for (const [name, { loopback }] of Object.entries(site.spec.spines)) {
      const address = parseIpv4(loopback);
      if (address !== undefined) byAddress.set(address, name);
    }
  }
  return byAddress;
}
