import { type Diagnostic, error, type SourceRef, within } from "../../../core/diagnostic.ts";
import { formatPrefix, type Ipv4Prefix, lastAddress, overlaps, parseIpv4Prefix } from "../../../core/ip.ts";
import type { Doc, Inventory } from "../../../model/inventory.ts";
import { rangeFinder, type SiteRange, sayRange, siteRanges } from "../site-ranges.ts";

/** A range of pods or services of a cluster. */
interface ClusterRange {
  readonly cluster: Doc<"Cluster">;
  readonly noun: "pods" | "services";
  readonly prefix: Ipv4Prefix;
  readonly at: SourceRef;
}

/**
 * The pods and services of a cluster have ranges apart from each other (ICH3206) and from what sites give out
 * (ICH3207); routed pods are reached from the whole site and so are unique in it (ICH3208).
 */
export function clusterRanges(inventory: Inventory): readonly Diagnostic[] {
  const find = rangeFinder(siteRanges(inventory));
  const all = [...inventory.clusters.values()].map(rangesOf);
  return [
    ...all.flatMap(withinCluster),
    ...all.flat().flatMap((range) => againstSites(range, find(range.prefix))),
    ...routedPods(all.flat()),
  ];
}

function rangesOf(cluster: Doc<"Cluster">): ClusterRange[] {
  const fields = [
    { field: "podCIDRs", noun: "pods" },
    { field: "serviceCIDRs", noun: "services" },
  ] as const;
  return fields.flatMap(({ field, noun }) =>
    cluster.spec.network[field].flatMap((text, index) => {
      const prefix = parseIpv4Prefix(text);
      const at = within(cluster.at, "spec", "network", field, index);
      return prefix === undefined ? [] : [{ cluster, noun, prefix, at }];
    }),
  );
}

function withinCluster(ranges: readonly ClusterRange[]): Diagnostic[] {
  return ranges.flatMap((range, index) => {
    const other = ranges.slice(0, index).find((earlier) => overlaps(earlier.prefix, range.prefix));
    if (other === undefined) return [];
    const message = `the range of ${range.noun} ${formatPrefix(range.prefix)} overlaps the range of ${other.noun} ${formatPrefix(other.prefix)} of the same cluster`;
    return [
      error("ICH3206", range.at, message, {
        hint: "take a range of its own for each",
        related: [{ message: "the other range is written here", at: other.at }],
      }),
    ];
  });
}

function againstSites(range: ClusterRange, found: SiteRange | undefined): Diagnostic[] {
  if (found === undefined) return [];
  const message = `the range of ${range.noun} ${formatPrefix(range.prefix)} of cluster "${range.cluster.name}" overlaps ${sayRange(found)}: its pods could not reach machines there`;
  return [
    error("ICH3207", range.at, message, {
      hint: "take a range that no site uses, for example from 100.64.0.0/10",
      related: [{ message: "the range of the site is written here", at: found.at }],
    }),
  ];
}

function routedPods(ranges: readonly ClusterRange[]): Diagnostic[] {
  const routed = ranges.filter(
    ({ noun, cluster }) => noun === "pods" && cluster.spec.network.pods === "routed",
  );
  const bySite = Map.groupBy(routed, ({ cluster }) => cluster.spec.site);
  return [...bySite.values()].flatMap((ofSite) => {
    const sorted = ofSite.toSorted(
      (a, b) => a.prefix.address - b.prefix.address || a.prefix.length - b.prefix.length,
    );
    let widest: ClusterRange | undefined;
    return sorted.flatMap((range) => {
      const other = widest;
      if (other === undefined || lastAddress(range.prefix) > lastAddress(other.prefix)) widest = range;
      if (other === undefined || other.cluster === range.cluster || !overlaps(other.prefix, range.prefix))
        return [];
      return [sharedPods(range, other)];
    });
  });
}

function sharedPods(range: ClusterRange, other: ClusterRange): Diagnostic {
  const message = `the routed pods ${formatPrefix(range.prefix)} of cluster "${range.cluster.name}" overlap those of cluster "${other.cluster.name}" (${formatPrefix(other.prefix)}) in site "${range.cluster.spec.site}"`;
  return error("ICH3208", range.at, message, {
    hint: "take a range of its own for each cluster with `pods: routed`, or use `pods: tunnel`",
    related: [{ message: "the other range is written here", at: other.at }],
  });
}
