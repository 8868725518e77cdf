import type { Claim, Place } from "../../model/claim.ts";
import type { ClusterRequest, GroupRequest, Problem } from "./allocation-model.ts";
import type { Stock } from "./stock.ts";

/** A server that a claim names for a place, in any phase but free. */
export interface Recorded {
  readonly server: string;
  readonly index: number;
}

/** By cluster, then by group. */
export type Records = ReadonlyMap<string, ReadonlyMap<string, readonly Recorded[]>>;

/** A wanted place without a server. */
export interface Vacancy {
  readonly place: Place;
  /** Its last server is broken and still bound to the place: the reserve is for this. */
  readonly repair: boolean;
}

/** What a group of a cluster has after its releases, and what it lacks. */
export interface GroupWant {
  readonly cluster: string;
  readonly group: GroupRequest;
  /** Servers that hold a place. */
  readonly kept: readonly string[];
  readonly vacancies: readonly Vacancy[];
}

export interface Settled {
  readonly cluster: string;
  readonly wants: readonly GroupWant[];
  readonly problems: readonly Problem[];
}

/** Sorts what the claims say by cluster and group. */
export function recordsOf(claims: ReadonlyMap<string, Claim>): Records {
  const records = new Map<string, Map<string, Recorded[]>>();
  for (const [server, claim] of claims) {
    if (claim.phase === "free") continue;
    const { cluster, group, index } = claim.place;
    const groups = records.get(cluster) ?? new Map<string, Recorded[]>();
    records.set(cluster, groups);
    const places = groups.get(group);
    if (places === undefined) groups.set(group, [{ server, index }]);
    else places.push({ server, index });
  }
  return records;
}

/**
 * Releases what a cluster no longer wants, and only by an explicit word: fewer replicas, a broken server,
 * `state: deleting`. Then finds the places that lack a server. Takes nothing.
 */
export function settleCluster(stock: Stock, request: ClusterRequest, records: Records): Settled {
  const cluster = request.name;
  const recorded = records.get(cluster) ?? new Map<string, readonly Recorded[]>();
  if (request.frozen) return { cluster, wants: [], problems: [] };
  if (request.deleting) {
    releaseAll(stock, request, [...recorded.values()].flat());
    return { cluster, wants: [], problems: [] };
  }
  const settled = request.groups.map((group) => {
    const records = (recorded.get(group.name) ?? []).toSorted((a, b) => a.index - b.index);
    return settleGroup({ stock, request, group, records });
  });
  return {
    cluster,
    wants: settled.map(({ want }) => want),
    problems: [...goneGroups(stock, request, recorded), ...settled.flatMap(({ problems }) => problems)],
  };
}

/** Gives up all servers of a cluster that is being deleted; a protected one keeps them, whatever let it come here. */
function releaseAll(stock: Stock, { protect }: ClusterRequest, recorded: readonly Recorded[]): void {
  if (protect) return;
  for (const { server } of recorded) {
    if (isHeld(stock, server) && stock.servers.has(server)) stock.release(server);
  }
}

/** A group that was left out is not a group of none: that is written `replicas: 0`. */
function goneGroups(
  stock: Stock,
  request: ClusterRequest,
  recorded: ReadonlyMap<string, readonly Recorded[]>,
): Problem[] {
  const known = new Set(request.groups.map(({ name }) => name));
  return [...recorded].flatMap(([group, places]) => {
    const servers = places.map(({ server }) => server).filter((server) => isHeld(stock, server));
    if (known.has(group) || servers.length === 0) return [];
    return [{ kind: "group-gone", cluster: request.name, group, servers } as const];
  });
}

interface Settling {
  readonly stock: Stock;
  readonly request: ClusterRequest;
  readonly group: GroupRequest;
  /** By place. */
  readonly records: readonly Recorded[];
}

function settleGroup(settling: Settling): { readonly want: GroupWant; readonly problems: Problem[] } {
  const { stock, request, group } = settling;
  const held = heldOf(settling);
  const excess = held.length - group.replicas;
  const isDoubled = new Set(held.map(({ index }) => index)).size < held.length;
  const still = {
    cluster: request.name,
    group,
    kept: held.map(({ server }) => server),
    vacancies: [],
  };
  // A place with two servers is a bad merge, reported where the locks are read: nobody can say which one counts.
  if (isDoubled) return { want: still, problems: [] };
  if (excess > 0 && request.protect) {
    const problem = {
      kind: "protected-shrink",
      cluster: request.name,
      group: group.name,
      held: held.length,
      replicas: group.replicas,
    } as const;
    return { want: still, problems: [problem] };
  }
  for (const { server } of leaving(settling, held, excess)) stock.release(server);
  const broken = heldOf(settling).filter(({ server }) => isBroken(stock, server));
  for (const { server } of broken) stock.release(server);
  const kept = heldOf(settling);
  const vacancies = vacanciesOf(settling, kept, broken);
  return {
    want: { ...still, kept: kept.map(({ server }) => server), vacancies },
    problems: oddPins(settling, kept, vacancies),
  };
}

/** The servers that a smaller group gives up: broken ones, then as `release` says, then the highest places. */
function leaving({ stock, group }: Settling, held: readonly Recorded[], excess: number): Recorded[] {
  const rank = ({ index }: Recorded) => {
    const position = group.release.indexOf(index);
    return position < 0 ? group.release.length : position;
  };
  return held
    .filter(({ server }) => stock.servers.has(server))
    .toSorted(
      (a, b) =>
        Number(isBroken(stock, b.server)) - Number(isBroken(stock, a.server)) ||
        rank(a) - rank(b) ||
        b.index - a.index,
    )
    .slice(0, Math.max(0, excess));
}

/**
 * The places to fill: those that a broken server left, then pinned ones, then the lowest. A place counts as left
 * by a broken server until that server is repaired and free; beyond the replicas only in the run that releases it.
 */
function vacanciesOf(
  { stock, request, group, records }: Settling,
  kept: readonly Recorded[],
  broken: readonly Recorded[],
): Vacancy[] {
  const filled = new Set(kept.map(({ index }) => index));
  const earlier = records.filter(({ server, index }) => isBroken(stock, server) && index < group.replicas);
  const repairs = new Set([...earlier, ...broken].map(({ index }) => index));
  const below = Array.from({ length: group.replicas }, (_, index) => index);
  const pinned = below.filter((index) => group.pins.has(index));
  const wanted = [...new Set([...repairs, ...pinned, ...below])].filter((index) => !filled.has(index));
  return wanted.slice(0, Math.max(0, group.replicas - filled.size)).map((index) => ({
    place: { cluster: request.name, group: group.name, index },
    repair: repairs.has(index),
  }));
}

/** Pins that say something else than the records, which stay as they are. */
function oddPins(settling: Settling, kept: readonly Recorded[], vacancies: readonly Vacancy[]): Problem[] {
  const { request, group } = settling;
  const open = new Set(vacancies.map(({ place }) => place.index));
  return [...group.pins].flatMap(([index, server]): Problem[] => {
    const place = { cluster: request.name, group: group.name, index };
    const holder = kept.find((recorded) => recorded.index === index)?.server;
    if (holder === server || open.has(index)) return [];
    if (holder === undefined) return [{ kind: "pin-unwanted", place, server }];
    return [{ kind: "pin-elsewhere", place, server, holder }];
  });
}

function heldOf({ stock, records }: Settling): Recorded[] {
  return records.filter(({ server }) => isHeld(stock, server));
}

function isHeld(stock: Stock, server: string): boolean {
  return stock.claims.get(server)?.phase === "held";
}

function isBroken(stock: Stock, server: string): boolean {
  return stock.servers.get(server)?.state === "broken";
}
