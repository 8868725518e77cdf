import { type Diagnostic, error, within } from "../../core/diagnostic.ts";
import { CONTROL_PLANE, formatPlace, type Place } from "../../model/claim.ts";
import { clusterGroups } from "../../model/cluster-groups.ts";
import type { Doc, Inventory, RecordedCluster } from "../../model/inventory.ts";

/** Signs that records are lost, and the clusters they are about: those keep what they hold and take nothing. */
export interface LostLocks {
  readonly clusters: ReadonlySet<string>;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Finds clusters of which one lock file says that they exist while another, which would have to know, says
 * nothing (ICH4012). A lost lock must not look like a new cluster: its servers would be given away, its machines
 * be installed a second time. A lock file that is missing without any such sign belongs to something new.
 */
export function findLostLocks(inventory: Inventory): LostLocks {
  const places = placesByCluster(inventory);
  const newServers = sitesWithNewServers(inventory);
  const clusters = new Set<string>();
  const diagnostics: Diagnostic[] = [];
  for (const cluster of inventory.clusters.values()) {
    if (cluster.spec.state === "deleting") continue;
    const site = cluster.spec.site;
    const evidence: Evidence = {
      inventory,
      cluster,
      record: inventory.locks.clusters.get(site)?.get(cluster.name),
      places: places.get(cluster.name) ?? [],
      newServer: newServers.get(site),
    };
    const sign = lostClaims(evidence) ?? lostRecord(evidence) ?? lostVip(evidence);
    if (sign === undefined) continue;
    clusters.add(cluster.name);
    diagnostics.push(sign);
  }
  return { clusters, diagnostics };
}

interface Evidence {
  readonly inventory: Inventory;
  readonly cluster: Doc<"Cluster">;
  readonly record: RecordedCluster | undefined;
  /** What servers are claimed for, in any phase. */
  readonly places: readonly Recorded[];
  /** A server of the site without a line in the locks. */
  readonly newServer: string | undefined;
}

interface Recorded {
  readonly place: Place;
  readonly isHeld: boolean;
}

/** The cluster has an address or was bootstrapped, but its servers' lines are not there. */
function lostClaims({ inventory, cluster, record, places, newServer }: Evidence): Diagnostic | undefined {
  const { name } = cluster;
  const server = record?.bootstrapped;
  const hint = `restore the lock files of site "${cluster.spec.site}" from git (after a merge: \`git checkout main -- inventory/allocations\`) and run \`ichor compile\``;
  if (record !== undefined && server !== undefined) {
    const at = within(record.at, "bootstrapped");
    if (places.length === 0) {
      const message = `cluster "${name}" was bootstrapped on server "${server}", but no server is recorded to hold a place of it`;
      const rest = `; where the cluster was deleted for good and this is a new one, write \`bootstrapped: ~\``;
      return error("ICH4012", at, message, { hint: hint + rest });
    }
    if (inventory.servers.has(server) && !inventory.locks.claims.has(server)) {
      const message = `cluster "${name}" was bootstrapped on server "${server}", but no lock file has a line for that server`;
      return error("ICH4012", at, message, { hint });
    }
  }
  const block = [...(inventory.locks.addresses.get(cluster.spec.site)?.values() ?? [])].find(({ claim }) =>
    claim.startsWith(`${name}/`),
  );
  if (places.length === 0 && block !== undefined) {
    const message = `cluster "${name}" holds ${block.prefix}, but no server is recorded to hold a place of it`;
    return error("ICH4012", block.at, message, { hint });
  }
  const gap = record === undefined || newServer === undefined ? undefined : gapOf(cluster, places);
  if (gap === undefined) return undefined;
  const message = `cluster "${name}" is known, but no server is recorded to hold ${formatPlace(gap)}, and server "${newServer}" of site "${cluster.spec.site}" has no line in the lock files: it may have held the place`;
  const rest = `; where the server is new, run \`ichor compile\` before the group is given more places`;
  return error("ICH4012", within(cluster.at, "spec"), message, { hint: hint + rest });
}

/**
 * The lowest wanted place that nobody is claimed for, below one that is filled. Control planes hardly ever grow:
 * there the missing place may be the highest one.
 */
function gapOf(cluster: Doc<"Cluster">, places: readonly Recorded[]): Place | undefined {
  for (const { name, spec } of clusterGroups(cluster)) {
    const own = places.filter(({ place }) => place.group === name);
    const held = own.filter(({ isHeld }) => isHeld).length;
    const known = new Set(own.map(({ place }) => place.index));
    const isGrown = name !== CONTROL_PLANE || known.size === 0;
    const end = Math.max(0, ...known, isGrown ? 0 : spec.replicas);
    const index = Array.from({ length: end }, (_, place) => place).find((place) => !known.has(place));
    if (held < spec.replicas && index !== undefined) return { cluster: cluster.name, group: name, index };
  }
  return undefined;
}

/** Servers hold places of the cluster, but clusters.yaml does not know it: was it bootstrapped? */
function lostRecord({ cluster, record, places }: Evidence): Diagnostic | undefined {
  if (record !== undefined || !places.some(({ isHeld }) => isHeld)) return undefined;
  const file = `inventory/allocations/${cluster.spec.site}/clusters.yaml`;
  const message = `servers hold places of cluster "${cluster.name}", but ${file} says nothing of it; without its line nobody knows whether it was bootstrapped`;
  return error("ICH4012", { ...cluster.at, path: ["metadata", "name"] }, message, {
    hint: `restore ${file} from git and run \`ichor compile\``,
  });
}

/** Servers hold places of the cluster, but its virtual IP is gone: another one would cut off all its machines. */
function lostVip({ inventory, cluster, places }: Evidence): Diagnostic | undefined {
  const { vip, vipPool } = cluster.spec.network;
  if (vip !== undefined || vipPool === undefined || !places.some(({ isHeld }) => isHeld)) return undefined;
  const claim = `${cluster.name}/vip`;
  const blocks = [...inventory.locks.addresses.values()].flatMap((site) => [...site.values()]);
  if (blocks.some((block) => block.claim === claim)) return undefined;
  const file = `inventory/allocations/${cluster.spec.site}/addresses.yaml`;
  const message = `servers hold places of cluster "${cluster.name}", but ${file} has no virtual IP of it; another one would cut off all its machines`;
  return error("ICH4012", within(cluster.at, "spec", "network", "vipPool"), message, {
    hint: `restore ${file} from git and run \`ichor compile\`, or write the address that the cluster has under \`vip\``,
  });
}

function placesByCluster(inventory: Inventory): ReadonlyMap<string, readonly Recorded[]> {
  const recorded = [...inventory.locks.claims.values()].flatMap(({ claim }) =>
    claim.phase === "free" ? [] : [{ place: claim.place, isHeld: claim.phase === "held" }],
  );
  return Map.groupBy(recorded, ({ place }) => place.cluster);
}

/** For each site one of its servers that has no line in the locks, the first by name. */
function sitesWithNewServers(inventory: Inventory): ReadonlyMap<string, string> {
  const newest = [...inventory.servers.values()]
    .filter(({ name }) => !inventory.locks.claims.has(name))
    .toSorted((a, b) => (a.name > b.name ? -1 : 1));
  return new Map(newest.map(({ site, name }) => [site, name]));
}
