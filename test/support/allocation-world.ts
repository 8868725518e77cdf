import fc from "fast-check";
import type {
  AllocationInput,
  AllocationResult,
  Candidate,
  ClusterRequest,
  GroupRequest,
  PoolReserve,
} from "../../src/compiler/resolve/allocation-model.ts";
import { type Claim, type Claims, CONTROL_PLANE } from "../../src/model/claim.ts";

/** Which servers of a small fleet a group asks for, and how. */
export interface GroupWish {
  readonly replicas: number;
  readonly pool: "all" | "x";
  readonly rack: number | undefined;
  readonly power: number | undefined;
  readonly pins: readonly (readonly [number, number])[];
  readonly release: readonly number[];
}

/** A cluster of a small fleet: a control plane and two groups of workers. */
export interface ClusterWish {
  readonly name: string;
  readonly priority: number;
  readonly protect: boolean;
  readonly deleting: boolean;
  readonly groups: readonly GroupWish[];
}

/** A fleet that is small enough for random changes to meet each other. */
export interface World {
  readonly racks: number;
  readonly perRack: number;
  /** State by number of the server; the others are active. */
  readonly states: readonly (readonly [number, Candidate["state"]])[];
  readonly reserves: readonly [number, number];
  readonly clusters: readonly ClusterWish[];
}

/** What may occur in a random world beside clusters that ask for servers. */
export interface Variety {
  readonly pins?: boolean;
  readonly states?: boolean;
  readonly reserves?: boolean;
  readonly deleting?: boolean;
  readonly release?: boolean;
  /** True: all; false: none; left out: as it comes. */
  readonly protect?: boolean;
}

const MAX_SERVERS = 30;
const GROUPS = [CONTROL_PLANE, "general", "gpu"];

function groupWish(variety: Variety): fc.Arbitrary<GroupWish> {
  const cap = (max: number) => fc.option(fc.integer({ min: 1, max }), { nil: undefined });
  return fc.record({
    replicas: fc.integer({ min: 0, max: 5 }),
    pool: fc.constantFrom("all", "all", "x"),
    rack: cap(3),
    power: cap(4),
    pins: variety.pins
      ? fc.uniqueArray(fc.tuple(fc.nat(5), fc.nat(MAX_SERVERS)), {
          maxLength: 2,
          selector: ([place]) => place,
        })
      : fc.constant([]),
    release: variety.release ? fc.array(fc.nat(5), { maxLength: 2 }) : fc.constant([]),
  });
}

/** Clusters with different names from `names`. */
export function clusterWishes(variety: Variety, names: readonly string[]): fc.Arbitrary<ClusterWish[]> {
  const wish: fc.Arbitrary<ClusterWish> = fc.record({
    name: fc.constantFrom(...names),
    priority: fc.nat(2),
    protect: variety.protect === undefined ? fc.boolean() : fc.constant(variety.protect),
    deleting: variety.deleting ? fc.integer({ min: 0, max: 4 }).map((die) => die === 0) : fc.constant(false),
    groups: fc.array(groupWish(variety), { minLength: 1, maxLength: 3 }),
  });
  return fc.uniqueArray(wish, { selector: ({ name }) => name, maxLength: names.length });
}

export function serverStates(): fc.Arbitrary<World["states"]> {
  const state = fc.constantFrom<Candidate["state"]>("broken", "maintenance", "retired");
  return fc.array(fc.tuple(fc.nat(MAX_SERVERS - 1), state), { maxLength: 4 });
}

export function worlds(variety: Variety = {}): fc.Arbitrary<World> {
  return fc.record({
    racks: fc.integer({ min: 1, max: 6 }),
    perRack: fc.integer({ min: 1, max: 5 }),
    states: variety.states ? serverStates() : fc.constant([]),
    reserves: variety.reserves ? fc.tuple(fc.nat(4), fc.nat(2)) : fc.constant<[number, number]>([0, 0]),
    clusters: clusterWishes(variety, ["a", "b", "c", "d"]),
  });
}

export function serverName(number: number): string {
  return `s${String(number).padStart(2, "0")}`;
}

/** The allocator's question for a world whose servers are recorded with these claims. */
export function inputOf(world: World, recorded: Claims = new Map()): AllocationInput {
  const states = new Map(world.states);
  const servers = Array.from({ length: world.racks * world.perRack }, (_, number): Candidate => {
    const name = serverName(number);
    return {
      name,
      rack: `r${Math.floor(number / world.perRack)}`,
      labels: labelsOf(number),
      state: states.get(number) ?? "active",
      claim: recorded.get(name) ?? { phase: "free", wipe: number % 3 },
    };
  });
  const names = new Set(servers.map(({ name }) => name));
  const members = {
    all: names,
    x: new Set(servers.filter(({ labels }) => labels["z"] === "x").map(({ name }) => name)),
  };
  return {
    servers: new Map(servers.map((server) => [server.name, server])),
    gone: new Map([...recorded].filter(([name]) => !names.has(name))),
    clusters: world.clusters.map((cluster) => requestOf(cluster, members)),
    unreadable: new Set(),
    pools: (["all", "x"] as const).map(
      (name, index): PoolReserve => ({ name, members: members[name], reserve: world.reserves[index] ?? 0 }),
    ),
  };
}

/** Every third server lacks the label `power`. */
function labelsOf(number: number): Readonly<Record<string, string>> {
  const power = ["a", "b", undefined][number % 3];
  return { z: number % 2 === 0 ? "x" : "y", ...(power === undefined ? {} : { power }) };
}

function requestOf(
  wish: ClusterWish,
  members: Readonly<Record<"all" | "x", ReadonlySet<string>>>,
): ClusterRequest {
  return {
    name: wish.name,
    priority: wish.priority,
    protect: wish.protect,
    deleting: wish.deleting,
    frozen: false,
    groups: GROUPS.map((name, index): GroupRequest => {
      const group = wish.groups[index];
      return {
        name,
        replicas: group?.replicas ?? 0,
        matching: members[group?.pool ?? "all"],
        spread: [
          ...(group?.rack === undefined ? [] : [{ by: "rack", max: group.rack }]),
          ...(group?.power === undefined ? [] : [{ by: "power", max: group.power }]),
        ],
        pins: new Map((group?.pins ?? []).map(([place, server]) => [place, serverName(server)])),
        release: group?.release ?? [],
      };
    }),
  };
}

/** Servers that hold a place of the cluster, or of one of its groups, with the numbers of the places. */
export function heldBy(claims: Claims, cluster: string, group?: string): Map<string, number> {
  return new Map(
    [...claims].flatMap(([server, claim]) =>
      claim.phase === "held" &&
      claim.place.cluster === cluster &&
      (group === undefined || claim.place.group === group)
        ? [[server, claim.place.index] as const]
        : [],
    ),
  );
}

/** Claims as a list in the order of servers, for comparing. */
export function sortedClaims(claims: Claims): (readonly [string, Claim])[] {
  return [...claims].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** What a problem is about, for the problems that stop a cluster from being filled. */
export function stops(result: AllocationResult, cluster: string): boolean {
  return result.problems.some(
    (problem) =>
      (problem.kind === "short" && problem.cluster === cluster) ||
      (problem.kind === "pin-refused" && problem.place.cluster === cluster),
  );
}
