import { type Diagnostic, error, type Outcome, within } from "../../core/diagnostic.ts";
import { invariant } from "../../core/invariant.ts";
import type { Claim } from "../../model/claim.ts";
import { type ClusterGroup, clusterGroups } from "../../model/cluster-groups.ts";
import type { Doc, Inventory, Server } from "../../model/inventory.ts";
import { selects } from "../../model/selector.ts";
import { sayGroup } from "./allocation-diagnostics.ts";
import type {
  AllocationInput,
  Candidate,
  ClusterRequest,
  GroupRequest,
  PoolReserve,
} from "./allocation-model.ts";

/**
 * States the inventory as a question for the allocator. A group takes servers of its cluster's site that match
 * its pool and its class, both where it names both. A server without a line in the locks is new: `free w0`.
 *
 * @param frozen clusters whose records cannot be relied on
 */
export function allocationInput(inventory: Inventory, frozen: ReadonlySet<string>): Outcome<AllocationInput> {
  const candidates = createCandidates(inventory);
  const clusters = [...inventory.clusters.values()];
  return {
    value: {
      servers: recordedServers(inventory),
      gone: goneServers(inventory),
      clusters: clusters.map((cluster) => clusterRequest(candidates, cluster, frozen.has(cluster.name))),
      unreadable: new Set(
        [...inventory.invalid]
          .filter((key) => key.startsWith("Cluster/"))
          .map((key) => key.slice("Cluster/".length)),
      ),
      pools: [...inventory.serverPools.values()].map((pool) => poolReserve(candidates, pool)),
    },
    diagnostics: clusters.flatMap((cluster) =>
      groupsOnMetal(cluster).flatMap((group) => withoutSelector(inventory, cluster, group)),
    ),
  };
}

function recordedServers(inventory: Inventory): ReadonlyMap<string, Candidate> {
  const { claims } = inventory.locks;
  return new Map(
    [...inventory.servers.values()].map(({ name, rack, labels, state }) => {
      const claim: Claim = claims.get(name)?.claim ?? { phase: "free", wipe: 0 };
      return [name, { name, rack, labels, state, claim }];
    }),
  );
}

/** Servers that the locks know and the inventory does not. */
function goneServers(inventory: Inventory): ReadonlyMap<string, Claim> {
  return new Map(
    [...inventory.locks.claims]
      .filter(([name]) => !inventory.servers.has(name))
      .map(([name, { claim }]) => [name, claim] as const),
  );
}

/** Finds the servers that selectors mean; each pool, class and pair of them is matched once per site. */
interface Candidates {
  readonly inSite: (site: string, group: ClusterGroup["spec"]) => ReadonlySet<string> | undefined;
  readonly inPool: (pool: Doc<"ServerPool">) => readonly Server[];
}

function createCandidates(inventory: Inventory): Candidates {
  const servers = [...inventory.servers.values()];
  const bySite = Map.groupBy(servers, ({ site }) => site);
  const known = new Map<string, ReadonlySet<string>>();
  const serversOf = (site: string | undefined) => (site === undefined ? servers : (bySite.get(site) ?? []));
  return {
    inPool: ({ spec }) => serversOf(spec.selector.site).filter((server) => selects(spec.selector, server)),
    inSite: (site, group) => {
      const pool = inventory.serverPools.get(group.pool ?? "");
      const machineClass = inventory.classes.get(group.class ?? "");
      const isUnknown =
        (group.pool !== undefined && pool === undefined) ||
        (group.class !== undefined && machineClass === undefined);
      const selectors = [pool?.spec.selector, machineClass?.spec.selector].filter((one) => one !== undefined);
      if (isUnknown || selectors.length === 0) return undefined;
      const key = JSON.stringify([site, group.pool, group.class]);
      const matching =
        known.get(key) ??
        new Set(
          serversOf(site)
            .filter((server) => selectors.every((selector) => selects(selector, server)))
            .map(({ name }) => name),
        );
      known.set(key, matching);
      return matching;
    },
  };
}

function clusterRequest(candidates: Candidates, cluster: Doc<"Cluster">, isFrozen: boolean): ClusterRequest {
  const { spec, name } = cluster;
  const deleting = spec.state === "deleting";
  const protect = spec.protect ?? true;
  invariant(!deleting || !protect, `${name} passed the checks although it is protected and to be deleted`);
  return {
    name,
    priority: spec.priority ?? 0,
    protect,
    deleting,
    // Virtual machines are no servers of ours: whatever is recorded for such a cluster stays.
    frozen: isFrozen || !isOnMetal(cluster),
    groups: groupsOnMetal(cluster).map((group) => groupRequest(candidates, spec.site, group)),
  };
}

function groupsOnMetal(cluster: Doc<"Cluster">): ClusterGroup[] {
  return isOnMetal(cluster) ? clusterGroups(cluster) : [];
}

function isOnMetal(cluster: Doc<"Cluster">): boolean {
  return (cluster.spec.platform ?? "metal") === "metal";
}

function groupRequest(candidates: Candidates, site: string, { name, spec }: ClusterGroup): GroupRequest {
  return {
    name,
    replicas: spec.replicas,
    matching: candidates.inSite(site, spec),
    spread: Object.entries(spec.spread ?? {}).map(([by, max]) => ({ by, max })),
    pins: new Map(Object.entries(spec.pins ?? {}).map(([index, server]) => [Number(index), server])),
    release: spec.release ?? [],
  };
}

/** Nothing says which servers a group may take. A pool or class that does not exist is reported by its name. */
function withoutSelector(
  inventory: Inventory,
  cluster: Doc<"Cluster">,
  { name, spec, at }: ClusterGroup,
): Diagnostic[] {
  if (spec.pool !== undefined) return [];
  const group = sayGroup({ cluster: cluster.name, group: name });
  const hint = "name a ServerPool under `pool`, or give the class a selector";
  invariant(spec.class !== undefined, `${name} of ${cluster.name} passed the checks without pool and class`);
  const machineClass = inventory.classes.get(spec.class);
  if (machineClass === undefined || machineClass.spec.selector !== undefined) return [];
  const message = `${group} names no pool, and its class "${spec.class}" has no selector, so nothing says which servers it may take`;
  return [error("ICH4011", within(at, "class"), message, { hint })];
}

function poolReserve(candidates: Candidates, pool: Doc<"ServerPool">): PoolReserve {
  const servers = candidates.inPool(pool).filter(({ state }) => state !== "retired");
  return {
    name: pool.name,
    members: new Set(servers.map(({ name }) => name)),
    reserve: countOf(pool.spec.reserve ?? 0, servers.length),
  };
}

/** A count as it is, a percentage of the whole rounded up. */
function countOf(reserve: number | string, whole: number): number {
  if (typeof reserve === "number") return reserve;
  return Math.ceil((Number(reserve.slice(0, -1)) * whole) / 100);
}
