import fc from "fast-check";
import { expect, test } from "vitest";
import { inputOf, stops, type World, worlds } from "../../../test/support/allocation-world.ts";
import { allocate } from "./allocate.ts";
import type { AllocationInput, Candidate, GroupRequest } from "./allocation-model.ts";

/** Whether some assignment fills all groups, by trying all of them. */
function canBeFilled(input: AllocationInput): boolean {
  const groups = input.clusters.flatMap((cluster) => cluster.groups);
  const places = groups.flatMap((group) => Array.from({ length: group.replicas }, () => group));
  const free = [...input.servers.values()].filter(({ state }) => state === "active");
  return fill(places, free, new Map());
}

function fill(
  places: readonly GroupRequest[],
  free: readonly Candidate[],
  used: ReadonlyMap<string, number>,
): boolean {
  const [group, ...rest] = places;
  if (group === undefined) return true;
  return free.some((server) => {
    if (group.matching?.has(server.name) !== true) return false;
    const keys = group.spread.map(({ by }) => keyOf(group, by, server));
    if (group.spread.some(({ max }, index) => (used.get(keys[index] ?? "") ?? 0) >= max)) return false;
    const next = new Map(used);
    for (const key of keys) next.set(key, (next.get(key) ?? 0) + 1);
    return fill(
      rest,
      free.filter((one) => one !== server),
      next,
    );
  });
}

function keyOf(group: GroupRequest, by: string, server: Candidate): string {
  return `${group.name} ${by} ${by === "rack" ? server.rack : (server.labels[by] ?? "")}`;
}

/** Checks that a new cluster is refused exactly where no assignment exists. */
function check(world: World): void {
  const [cluster] = world.clusters;
  const input = inputOf({ ...world, clusters: cluster === undefined ? [] : [cluster] });
  const result = allocate(input);
  expect(cluster !== undefined && stops(result, cluster.name)).toBe(!canBeFilled(input));
}

/** The first cluster of a world of at most eight servers, with groups made smaller by `change`. */
function small(change: (world: World) => World): fc.Arbitrary<World> {
  return worlds({ states: true }).map((world) =>
    change({ ...world, racks: Math.min(world.racks, 4), perRack: Math.min(world.perRack, 2) }),
  );
}

/** A world of three racks with two servers each, in which the first choices lead into a corner. */
function corner(name: string, groups: World["clusters"][number]["groups"], states: World["states"]): [World] {
  const cluster = { name, priority: 0, protect: false, deleting: false, groups };
  return [{ racks: 3, perRack: 2, states, reserves: [0, 0], clusters: [cluster] }];
}

const NONE = { replicas: 0, pool: "all", rack: undefined, power: undefined, pins: [], release: [] } as const;

test("a group with limits per rack and per label is refused only where no assignment exists", () => {
  const oneGroup = small((world) => ({
    ...world,
    clusters: world.clusters.map((cluster) => ({ ...cluster, groups: cluster.groups.slice(0, 1) })),
  }));
  const examples = [corner("a", [{ ...NONE, replicas: 3, rack: 1, power: 1 }], [[3, "broken"]])];
  fc.assert(fc.property(oneGroup, check), { numRuns: 2000, examples });
});

test("groups that compete for servers, with one limit each, are refused only where no assignment exists", () => {
  const oneLimit = small((world) => ({
    ...world,
    clusters: world.clusters.map((cluster) => ({
      ...cluster,
      groups: cluster.groups.map((group) => ({
        ...group,
        replicas: Math.min(group.replicas, 3),
        power: group.rack === undefined ? group.power : undefined,
      })),
    })),
  }));
  const groups = [{ ...NONE, replicas: 3, rack: 1 }, NONE, { ...NONE, replicas: 3, power: 1 }];
  const examples = [corner("b", groups, [])];
  fc.assert(fc.property(oneLimit, check), { numRuns: 2000, examples });
});
