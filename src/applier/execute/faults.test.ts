import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createFleet, type Fleet } from "../../../test/support/executor-fleet.ts";
import { giveKubernetes, leftCordoned } from "../../../test/support/executor-kubernetes.ts";
import {
  converge,
  type Fault,
  isDone,
  type Leases,
  planOf,
  runPlan,
} from "../../../test/support/executor-run.ts";

/** A cluster from nothing, and changes of a running one. */
const STORIES: Readonly<Record<string, () => Fleet>> = {
  "from nothing": () => createFleet([{ name: "a", controlPlanes: 3, workers: 2 }]),
  "a change with reboots": () => {
    const fleet = createFleet([{ name: "a", controlPlanes: 3, workers: 4 }]);
    fleet.bringUp("a");
    for (const [name, old] of fleet.settings) fleet.settings.set(name, { ...old, kernel: 2 });
    return fleet;
  },
  "a change with reboots of drained nodes": () => {
    const fleet = createFleet([{ name: "a", controlPlanes: 3, workers: 2 }]);
    fleet.bringUp("a");
    for (const [name, old] of fleet.settings) fleet.settings.set(name, { ...old, kernel: 2 });
    const kubernetes = giveKubernetes(fleet, "a");
    for (const [place, node] of ["a-cp0", "a-w0", "a-w1"].entries())
      kubernetes.add({ name: `web-${place}`, node, budget: "shop/web" });
    kubernetes.budgets.set("shop/web", 2);
    return fleet;
  },
  "a change without": () => {
    const fleet = createFleet([{ name: "a", controlPlanes: 3, workers: 2 }]);
    fleet.bringUp("a");
    for (const [name, old] of fleet.settings) fleet.settings.set(name, { ...old, version: 2 });
    return fleet;
  },
};

function checkEnd(fleet: Fleet): void {
  expect(isDone(planOf(fleet))).toBe(true);
  expect(fleet.violations).toEqual([]);
  expect(leftCordoned(fleet)).toEqual([]);
  expect(fleet.bootstraps.get("a")?.length ?? 0).toBeLessThanOrEqual(1);
  expect(fleet.recorded.has("a")).toBe(true);
}

describe("an applier that is killed", () => {
  test.each(Object.entries(STORIES))("at any call of %s: a later run finishes", async (_, story) => {
    const whole = story();
    const { calls } = await runPlan(whole, planOf(whole));
    checkEnd(whole);
    expect(calls.length).toBeGreaterThan(100);
    for (let call = 1; call <= calls.length; call++) {
      for (const fault of ["kill-before", "kill-after"] as const) {
        const fleet = story();
        const leases: Leases = new Map();
        await runPlan(fleet, planOf(fleet), {
          leases,
          fault: (number) => (number === call ? fault : undefined),
        });
        await converge(fleet, { leases });
        checkEnd(fleet);
      }
    }
  });

  test("holds the cluster until its lease is over", async () => {
    const fleet = STORIES["a change with reboots"]?.();
    if (fleet === undefined) throw new Error("no story");
    const leases: Leases = new Map();
    const killed = await runPlan(fleet, planOf(fleet), {
      leases,
      fault: (number) => (number === 30 ? "kill-after" : undefined),
    });
    expect(killed.result).toBeUndefined();
    const again = await runPlan(fleet, planOf(fleet), { leases });
    expect(again.result?.results[0]?.reasons[0]?.code).toBe("ICH8001");
  });
});

describe("whatever goes wrong", () => {
  const faults = fc.constantFrom<Fault>("before", "after", "hang");
  test("no quorum is lost, no wrong machine is written to, and it converges once faults stop", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.keys(STORIES)),
        fc.array(
          fc.record({
            fault: fc.option(faults, { nil: undefined, freq: 1 }),
            length: fc.integer({ min: 1, max: 12 }),
          }),
          {
            minLength: 1,
            maxLength: 40,
          },
        ),
        fc.option(fc.integer({ min: 1, max: 400 }), { nil: undefined }),
        fc.array(
          fc.record({
            call: fc.integer({ min: 1, max: 500 }),
            machine: fc.constantFrom("a-cp0", "a-cp1", "a-w0"),
          }),
          { maxLength: 2 },
        ),
        async (name, pattern, killAt, crashes) => {
          const fleet = STORIES[name]?.();
          if (fleet === undefined) throw new Error("no story");
          const leases: Leases = new Map();
          const sequence = pattern.flatMap(({ fault, length }) => Array.from({ length }, () => fault));
          const fault = (call: number, what: string): Fault | undefined => {
            for (const crash of crashes) {
              const box = fleet.box(crash.machine);
              if (crash.call === call && box.phase === "running") fleet.reboot(box, false);
            }
            if (call === killAt) return "kill-before";
            const chosen = sequence[call % sequence.length];
            // What the applier has on its own disk does not drop calls.
            return ["journal", "lease", "acquire", "release"].includes(what) ? undefined : chosen;
          };
          for (let round = 0; round < 2; round++) {
            await runPlan(fleet, planOf(fleet), { fault, leases });
            fleet.clock.pass(360_000);
          }
          await converge(fleet, { leases });
          checkEnd(fleet);
        },
      ),
      {
        numRuns: 300,
        // Each was wrong once: two control planes away, since a boot of the machine's own was taken for ours.
        examples: [
          [
            "a change with reboots",
            [{ fault: undefined, length: 1 }],
            undefined,
            [
              { call: 84, machine: "a-cp1" },
              { call: 90, machine: "a-cp0" },
            ],
          ],
        ],
      },
    );
  });
});
