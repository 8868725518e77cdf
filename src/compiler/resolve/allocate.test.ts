import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  clusterWishes,
  heldBy,
  inputOf,
  serverName,
  serverStates,
  sortedClaims,
  stops,
  type World,
  worlds,
} from "../../../test/support/allocation-world.ts";
import type { Claim, Claims } from "../../model/claim.ts";
import { allocate } from "./allocate.ts";
import type { AllocationInput, AllocationResult, GroupRequest } from "./allocation-model.ts";

const RUNS = 1000;
const ANYTHING = { pins: true, states: true, reserves: true, deleting: true, release: true };
const NAMES = ["a", "b", "c", "d"];

/** Checks a property of random worlds. */
function check<T extends [unknown, ...unknown[]]>(
  arbitraries: { [K in keyof T]: fc.Arbitrary<T[K]> },
  property: (...values: T) => void,
): void {
  fc.assert(fc.property(...(arbitraries as [fc.Arbitrary<unknown>]), property as never), { numRuns: RUNS });
}

/** A world whose wishes were filled, and what people then make of it. */
const edits = fc
  .tuple(worlds(ANYTHING), clusterWishes(ANYTHING, NAMES), serverStates())
  .map(([world, clusters, states]) => ({ before: world, after: { ...world, clusters, states } }));

function recordedOf(world: World): Claims {
  return allocate(inputOf({ ...world, states: [] })).claims;
}

function free(input: AllocationInput, claims: Claims, pool: number): number {
  return [...(input.pools[pool]?.members ?? [])].filter(
    (name) => input.servers.get(name)?.state === "active" && claims.get(name)?.phase === "free",
  ).length;
}

function placeKey(claim: Claim): string {
  return claim.phase === "free" ? "" : Object.values(claim.place).join("/");
}

function groupsOf(input: AllocationInput): { cluster: string; group: GroupRequest }[] {
  return input.clusters.flatMap(({ name, groups }) => groups.map((group) => ({ cluster: name, group })));
}

/** Servers that the run took, by name. */
function taken(input: AllocationInput, result: AllocationResult): string[] {
  return [...result.claims].flatMap(([name, claim]) =>
    claim.phase === "held" && input.servers.get(name)?.claim.phase === "free" ? [name] : [],
  );
}

describe("what is chosen", () => {
  test("I1: the order of servers, clusters and groups changes nothing", () => {
    check([edits, fc.infiniteStream(fc.nat())], ({ before, after }, dice) => {
      const shuffled = <T>(values: Iterable<T>): T[] =>
        [...values]
          .map((value) => ({ value, rank: Number(dice.next().value) }))
          .toSorted((a, b) => a.rank - b.rank)
          .map(({ value }) => value);
      const input = inputOf(after, recordedOf(before));
      const other: AllocationInput = {
        ...input,
        servers: new Map(shuffled(input.servers)),
        clusters: shuffled(input.clusters).map((cluster) => ({
          ...cluster,
          groups: shuffled(cluster.groups),
        })),
        pools: shuffled(input.pools).map((pool) => ({ ...pool, members: new Set(shuffled(pool.members)) })),
      };
      expect(sortedClaims(allocate(other).claims)).toEqual(sortedClaims(allocate(input).claims));
    });
  });

  test("I2: choosing again from the result changes nothing", () => {
    check([edits], ({ before, after }) => {
      const once = allocate(inputOf(after, recordedOf(before))).claims;
      expect(allocate(inputOf(after, once)).claims).toEqual(once);
    });
  });

  test("I3: only free, active, matching servers are taken, one for each place", () => {
    check([edits], ({ before, after }) => {
      const input = inputOf(after, recordedOf(before));
      const result = allocate(input);
      const places = [...result.claims.values()].filter(({ phase }) => phase === "held").map(placeKey);
      expect(new Set(places).size).toBe(places.length);
      for (const name of taken(input, result)) {
        const claim = result.claims.get(name);
        if (claim?.phase !== "held") throw new Error("taken and not held");
        const { cluster, group: groupName } = claim.place;
        const group = groupsOf(input).find((one) => one.cluster === cluster && one.group.name === groupName);
        expect(input.servers.get(name)?.state).toBe("active");
        expect(group?.group.matching?.has(name)).toBe(true);
      }
    });
  });

  test("I3: a server is taken only within the spread limits, also beside servers held before", () => {
    check([edits], ({ before, after }) => {
      const input = inputOf(after, recordedOf(before));
      const result = allocate(input);
      const fresh = new Set(taken(input, result));
      for (const { cluster, group } of groupsOf(input)) {
        const held = [...heldBy(result.claims, cluster, group.name).keys()];
        for (const { by, max } of group.spread) {
          const value = (name: string) => {
            const server = input.servers.get(name);
            return by === "rack" ? server?.rack : server?.labels[by];
          };
          for (const name of held.filter((one) => fresh.has(one))) {
            expect(held.filter((one) => value(one) === value(name)).length).toBeLessThanOrEqual(max);
          }
        }
      }
    });
  });

  test("the servers of a group are spread evenly over racks that are alike", () => {
    const racks = fc.integer({ min: 1, max: 6 });
    const perRack = fc.integer({ min: 1, max: 5 });
    check([racks, perRack, fc.nat(30)], (rackCount, servers, wanted) => {
      const replicas = Math.min(wanted, rackCount * servers);
      const wish = {
        replicas,
        pool: "all",
        rack: undefined,
        power: undefined,
        pins: [],
        release: [],
      } as const;
      const cluster = { name: "a", priority: 0, protect: true, deleting: false, groups: [wish] };
      const input = inputOf({
        racks: rackCount,
        perRack: servers,
        states: [],
        reserves: [0, 0],
        clusters: [cluster],
      });
      const held = [...heldBy(allocate(input).claims, "a").keys()];
      const counts = Array.from(
        { length: rackCount },
        (_, rack) => held.filter((name) => input.servers.get(name)?.rack === `r${rack}`).length,
      );
      expect(held.length).toBe(replicas);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    });
  });

  test("I4: a cluster is filled whole or takes nothing, and a problem says which", () => {
    check([edits], ({ before, after }) => {
      const input = inputOf(after, recordedOf(before));
      const result = allocate(input);
      const fresh = new Set(taken(input, result));
      for (const { name, groups, deleting } of input.clusters) {
        const isStopped = stops(result, name);
        expect(result.unfilled.has(name)).toBe(isStopped);
        const own = [...heldBy(result.claims, name).keys()].filter((server) => fresh.has(server));
        if (isStopped || deleting) expect(own).toEqual([]);
        else {
          for (const group of groups) {
            expect(heldBy(result.claims, name, group.name).size).toBeGreaterThanOrEqual(group.replicas);
          }
        }
      }
    });
  });

  test("the numbers of a shortage add up to all matching servers", () => {
    check([edits], ({ before, after }) => {
      for (const problem of allocate(inputOf(after, recordedOf(before))).problems) {
        if (problem.kind !== "short") continue;
        const { needed, matching, ...parts } = problem.funnel;
        expect(Object.values(parts).reduce((sum, part) => sum + part, 0)).toBe(matching);
        expect(parts.placed).toBeLessThan(needed);
      }
    });
  });

  test("I9: a pin is obeyed, or a problem names it", () => {
    check([edits], ({ before, after }) => {
      const input = inputOf(after, recordedOf(before));
      const { claims, problems, unfilled } = allocate(input);
      for (const { cluster, group } of groupsOf(input)) {
        const isLeftAlone =
          input.clusters.find(({ name }) => name === cluster)?.deleting === true ||
          problems.some((problem) => problem.kind === "protected-shrink" && problem.group === group.name);
        for (const [index, server] of isLeftAlone ? [] : group.pins) {
          const isObeyed = heldBy(claims, cluster, group.name).get(server) === index;
          const isNamed = problems.some(
            (problem) =>
              problem.kind.startsWith("pin-") &&
              "place" in problem &&
              problem.place.cluster === cluster &&
              problem.place.group === group.name &&
              problem.place.index === index,
          );
          expect(isObeyed || isNamed || unfilled.has(cluster)).toBe(true);
        }
      }
      for (const problem of problems) {
        if (problem.kind !== "pin-refused" || problem.fault !== "not-free") continue;
        // Nobody takes a pinned server before the place that pins it.
        const server = input.servers.get(problem.server);
        expect(server?.state === "active" && server.claim.phase === "free").toBe(false);
      }
    });
  });

  test("the reserve is left to pins and repairs", () => {
    const variety = { reserves: true, release: true, deleting: true };
    check([worlds(variety), clusterWishes(variety, NAMES)], (world, clusters) => {
      const first = inputOf(world);
      const claims = allocate(first).claims;
      const second = inputOf({ ...world, clusters }, claims);
      for (const [input, result] of [
        [first, claims],
        [second, allocate(second).claims],
      ] as const) {
        const before = new Map([...input.servers].map(([name, server]) => [name, server.claim]));
        for (const [index, { reserve }] of input.pools.entries()) {
          const floor = Math.min(reserve, free(input, before, index));
          expect(free(input, result, index)).toBeGreaterThanOrEqual(floor);
        }
      }
    });
  });

  test("repairs take no more from the reserve than there are places to repair", () => {
    const variety = { reserves: true, protect: true };
    check([worlds(variety), clusterWishes(variety, NAMES), serverStates()], (world, clusters, states) => {
      const recorded = allocate(inputOf({ ...world, reserves: [0, 0] })).claims;
      const input = inputOf({ ...world, clusters, states }, recorded);
      const result = allocate(input);
      const broken = new Set(
        [...result.claims]
          .filter(([name]) => input.servers.get(name)?.state === "broken")
          .map(([, claim]) => placeKey(claim)),
      );
      const repairs = taken(input, result).filter((name) =>
        broken.has(placeKey(result.claims.get(name) ?? { phase: "free", wipe: 0 })),
      );
      for (const [index, { reserve, members }] of input.pools.entries()) {
        const floor = Math.min(reserve, free(input, recorded, index));
        const own = repairs.filter((name) => members.has(name)).length;
        expect(free(input, result.claims, index)).toBeGreaterThanOrEqual(floor - own);
      }
    });
  });
});

test("a group that is repaired and grows at once uses the reserve for the repair only", () => {
  const wish = { pool: "all", rack: undefined, power: undefined, pins: [], release: [] } as const;
  const isFilled = (replicas: number, reserve: number): boolean => {
    const cluster = { name: "a", priority: 0, protect: true, deleting: false };
    const place = { cluster: "a", group: "control-plane", index: 0 };
    const recorded: Claims = new Map([[serverName(0), { phase: "held", place, wipe: 0 }]]);
    const world: World = {
      racks: 1,
      perRack: 3,
      states: [[0, "broken"]],
      reserves: [reserve, 0],
      clusters: [{ ...cluster, groups: [{ ...wish, replicas }] }],
    };
    return !stops(allocate(inputOf(world, recorded)), "a");
  };
  expect(isFilled(1, 2)).toBe(true);
  expect(isFilled(2, 1)).toBe(true);
  expect(isFilled(2, 2)).toBe(false);
});

test("two clusters that are added at the same time rarely take the same server", () => {
  const wish = { pool: "all", rack: undefined, power: undefined, pins: [], release: [] } as const;
  const fleet = { racks: 20, perRack: 10, states: [], reserves: [0, 0] as const };
  const serversOf = (name: string): Set<string> => {
    const groups = [
      { ...wish, replicas: 3, rack: 1 },
      { ...wish, replicas: 6 },
    ];
    const cluster = { name, priority: 0, protect: true, deleting: false, groups };
    return new Set(heldBy(allocate(inputOf({ ...fleet, clusters: [cluster] })).claims, name).keys());
  };
  const clusters = Array.from({ length: 40 }, (_, index) => serversOf(`cluster-${index}`));
  const pairs = clusters.flatMap((ours, index) =>
    clusters.slice(index + 1).map((theirs) => ({ ours, theirs })),
  );
  const meeting = pairs.filter(({ ours, theirs }) => !ours.isDisjointFrom(theirs));
  // Nine of two hundred servers each: chance alone makes a third of the pairs meet, first fit all of them.
  expect(meeting.length / pairs.length).toBeLessThan(0.45);
});

describe("what stays", () => {
  test("I5: a server that is added changes no line", () => {
    check([edits, fc.nat(5)], ({ before, after }, rack) => {
      const once = allocate(inputOf(after, recordedOf(before)));
      const input = inputOf(after, once.claims);
      const added = {
        name: "new",
        rack: `r${rack}`,
        labels: { z: "x", power: "a" },
        state: "active",
      } as const;
      const claim: Claim = { phase: "free", wipe: 0 };
      const grown: AllocationInput = {
        ...input,
        servers: new Map([...input.servers, ["new", { ...added, claim }]]),
        pools: input.pools.map((pool) => ({ ...pool, members: new Set([...pool.members, "new"]) })),
        clusters: input.clusters.map((cluster) => ({
          ...cluster,
          groups: cluster.groups.map((group) => ({
            ...group,
            matching: new Set([...(group.matching ?? []), "new"]),
          })),
        })),
      };
      const result = allocate(grown).claims;
      for (const [name, line] of once.claims) {
        if (once.unfilled.size === 0 || line.phase !== "free") expect(result.get(name)).toEqual(line);
      }
      if (once.unfilled.size === 0) expect(result.get("new")).toEqual(claim);
    });
  });

  test("I6: a cluster that is added, changed or left out changes no line of another", () => {
    const variety = { ...ANYTHING, states: false };
    check([worlds(variety), clusterWishes(variety, ["a", "e"])], (world, changed) => {
      const { claims: recorded, unfilled } = allocate(inputOf(world));
      const others = world.clusters.filter(({ name }) => name !== "a");
      const result = allocate(inputOf({ ...world, clusters: [...others, ...changed] }, recorded)).claims;
      for (const [name, line] of recorded) {
        const after = result.get(name);
        const isFree = line.phase === "free";
        if (!isFree && line.place.cluster !== "a") expect(after).toEqual(line);
        // A cluster that could not be filled before may be filled now: it held no line.
        const isOther = after?.phase === "held" && !unfilled.has(after.place.cluster);
        if (isFree && isOther) expect(["a", "e"]).toContain(after.place.cluster);
      }
    });
  });

  test("I7: a line goes from free to held to releasing and never back; the wipe number rises by a release only", () => {
    check([edits, clusterWishes(ANYTHING, NAMES)], ({ before, after }, clusters) => {
      const lines = [recordedOf(before)];
      for (const world of [after, { ...after, clusters }, before]) {
        lines.push(allocate(inputOf(world, lines.at(-1))).claims);
      }
      for (const [index, claims] of lines.slice(1).entries()) {
        for (const [name, was] of lines[index] ?? []) {
          const is = claims.get(name);
          const steps: unknown[] = [was];
          if (was.phase === "free" && is?.phase === "held") steps.push({ ...is, wipe: was.wipe });
          if (was.phase === "held") steps.push({ ...was, phase: "releasing", wipe: was.wipe + 1 });
          expect(steps).toContainEqual(is);
        }
      }
    });
  });

  test("a line in quarantine is never touched", () => {
    check([edits, fc.nat(29)], ({ before, after }, number) => {
      const name = serverName(number);
      const place = { cluster: "a", group: "general", index: 0 };
      const line: Claim = { phase: "quarantine", place, wipe: 4, until: "2026-11-22T03:00Z" };
      const recorded = new Map([...recordedOf(before), [name, line] as const]);
      expect(allocate(inputOf(after, recorded)).claims.get(name)).toEqual(line);
    });
  });

  test("a protected cluster loses broken servers only", () => {
    check([edits], ({ before, after }) => {
      const clusters = after.clusters.map((cluster) => ({ ...cluster, protect: true }));
      const recorded = recordedOf(before);
      const input = inputOf({ ...after, clusters }, recorded);
      for (const [name, claim] of allocate(input).claims) {
        if (claim.phase !== "releasing" || recorded.get(name)?.phase !== "held") continue;
        expect(input.servers.get(name)?.state).toBe("broken");
      }
    });
  });

  test("a cluster that is missing, unreadable or frozen keeps every line, and only the missing one is reported", () => {
    const how = fc.constantFrom("missing", "unreadable", "frozen");
    check([edits, how], ({ before, after }, why) => {
      const recorded = recordedOf(before);
      const input = inputOf(after, recorded);
      const isA = ({ name }: { readonly name: string }) => name === "a";
      const clusters =
        why === "frozen"
          ? input.clusters.map((cluster) => (isA(cluster) ? { ...cluster, frozen: true } : cluster))
          : input.clusters.filter((cluster) => !isA(cluster));
      const isThere = input.clusters.some(isA) && why === "frozen";
      const unreadable = new Set(why === "missing" || isThere ? [] : ["a"]);
      const result = allocate({ ...input, clusters, unreadable });
      for (const [name, line] of recorded) {
        if (line.phase !== "free" && line.place.cluster === "a")
          expect(result.claims.get(name)).toEqual(line);
      }
      const isReported = result.problems.some((one) => one.kind === "cluster-gone" && one.cluster === "a");
      expect(isReported).toBe(why === "missing" && heldBy(recorded, "a").size > 0);
      expect(heldBy(result.claims, "a")).toEqual(heldBy(recorded, "a"));
    });
  });

  test("a group that was left out of its cluster keeps every line, and is reported", () => {
    check([edits, fc.nat(2)], ({ before, after }, number) => {
      const recorded = recordedOf(before);
      const input = inputOf(after, recorded);
      const clusters = input.clusters.map((cluster) => ({
        ...cluster,
        deleting: false,
        protect: false,
        groups: cluster.groups.filter((_, index) => index !== number),
      }));
      const result = allocate({ ...input, clusters });
      for (const { name, groups } of input.clusters) {
        const group = groups[number]?.name ?? "";
        const held = heldBy(recorded, name, group);
        expect(heldBy(result.claims, name, group)).toEqual(held);
        const isReported = result.problems.some(
          (problem) => problem.kind === "group-gone" && problem.cluster === name && problem.group === group,
        );
        expect(isReported).toBe(held.size > 0);
      }
    });
  });

  test("a server that vanished keeps its line and its place, and is reported while it says anything but free", () => {
    check([edits, fc.nat(29)], ({ before, after }, number) => {
      const name = serverName(number);
      const recorded = recordedOf(before);
      const line = recorded.get(name);
      if (line === undefined) return;
      const input = inputOf(after, recorded);
      const isThere = (one: string) => one !== name;
      const result = allocate({
        ...input,
        servers: new Map([...input.servers].filter(([one]) => isThere(one))),
        gone: new Map([[name, line]]),
        clusters: input.clusters.map((cluster) => ({
          ...cluster,
          groups: cluster.groups.map((group) => ({
            ...group,
            matching: new Set([...(group.matching ?? [])].filter(isThere)),
          })),
        })),
      });
      expect(result.claims.get(name)).toEqual(line.phase === "free" ? undefined : line);
      const isReported = result.problems.some((one) => one.kind === "server-gone" && one.server === name);
      expect(isReported).toBe(line.phase !== "free");
      const places = [...result.claims.values()].filter(({ phase }) => phase === "held").map(placeKey);
      expect(new Set(places).size).toBe(places.length);
    });
  });
});

describe("what is released", () => {
  test("I8: a smaller group gives up exactly its highest places", () => {
    check([worlds({ protect: false }), fc.nat(5)], (world, fewer) => {
      const recorded = allocate(inputOf(world)).claims;
      const clusters = world.clusters.map((cluster) => ({
        ...cluster,
        groups: cluster.groups.map((group) => ({ ...group, replicas: Math.max(0, group.replicas - fewer) })),
      }));
      const input = inputOf({ ...world, clusters }, recorded);
      const result = allocate(input).claims;
      for (const { cluster, group } of groupsOf(input)) {
        for (const [server, index] of heldBy(recorded, cluster, group.name)) {
          expect(result.get(server)?.phase).toBe(index < group.replicas ? "held" : "releasing");
        }
      }
    });
  });

  test("a smaller group gives up broken servers first, then the places that `release` names, then the highest", () => {
    const variety = { protect: false, states: true, release: true };
    check([worlds(variety), serverStates(), fc.integer({ min: 1, max: 3 })], (world, states, fewer) => {
      const recorded = allocate(inputOf({ ...world, states: [] })).claims;
      const clusters = world.clusters.map((cluster) => ({
        ...cluster,
        groups: cluster.groups.map((group) => ({ ...group, replicas: Math.max(0, group.replicas - fewer) })),
      }));
      const input = inputOf({ ...world, clusters, states }, recorded);
      const result = allocate(input).claims;
      for (const { cluster, group } of groupsOf(input)) {
        const held = heldBy(recorded, cluster, group.name);
        const broken = [...held.keys()].filter((server) => input.servers.get(server)?.state === "broken");
        const healthy = [...held].filter(([server]) => !broken.includes(server));
        const leaving = Math.max(0, held.size - group.replicas - broken.length);
        const named = [...new Set(group.release)].flatMap((place) =>
          healthy.filter(([, index]) => index === place),
        );
        const rest = healthy.filter((one) => !named.includes(one)).toSorted(([, a], [, b]) => b - a);
        const expected = [...broken, ...[...named, ...rest].slice(0, leaving).map(([server]) => server)];
        const released = [...held.keys()].filter((server) => result.get(server)?.phase === "releasing");
        expect(released.toSorted()).toEqual(expected.toSorted());
      }
    });
  });

  test("a place that two servers hold is left alone: nobody can say which of them counts", () => {
    check([worlds({ protect: false }), fc.nat(29), fc.nat(29)], (world, one, other) => {
      const place = { cluster: "a", group: "general", index: 0 };
      const doubled: Claims = new Map(
        [one, other].map((number) => [serverName(number), { phase: "held", place, wipe: 1 }]),
      );
      const input = inputOf(world, doubled);
      if (one === other || input.gone.size > 0) return;
      const { claims } = allocate(input);
      for (const [name, line] of doubled) expect(claims.get(name)).toEqual(line);
      expect(heldBy(claims, "a", "general").size).toBe(2);
    });
  });

  test("a cluster that is being deleted gives up everything, unless it is protected", () => {
    check([worlds({ states: true })], (world) => {
      const recorded = recordedOf(world);
      const clusters = world.clusters.map((cluster) => ({ ...cluster, deleting: true }));
      const result = allocate(inputOf({ ...world, clusters }, recorded));
      for (const { name, protect } of clusters) {
        const servers = [...heldBy(recorded, name).keys()];
        const phase = protect ? "held" : "releasing";
        expect(servers.every((server) => result.claims.get(server)?.phase === phase)).toBe(true);
      }
    });
  });
});
