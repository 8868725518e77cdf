import { describe, expect, test } from "vitest";
import { createFleet, type Fleet } from "../../../test/support/executor-fleet.ts";
import { planOf, runPlan } from "../../../test/support/executor-run.ts";
import type { Plan } from "../plan/plan.ts";

/** A plan that reboots these machines, whatever they have. */
function reboots(fleet: Fleet, names: readonly string[]): Plan {
  const plan = planOf(fleet);
  const clusters = plan.clusters.map((cluster) => ({
    ...cluster,
    machines: cluster.machines
      .filter(({ machine }) => names.includes(machine))
      .map((machine) => ({
        ...machine,
        actions: [{ do: "reboot", reason: "somebody asked for it" } as const],
        impact: "reboot" as const,
      })),
  }));
  return { ...plan, clusters };
}

function fleetOf(): Fleet {
  const fleet = createFleet([{ name: "a", controlPlanes: 3, workers: 2 }]);
  fleet.bringUp("a");
  return fleet;
}

const outcomes = async (fleet: Fleet, plan: Plan) =>
  ((await runPlan(fleet, plan)).result?.results ?? []).map(
    ({ machine, outcome }) => `${machine}: ${outcome}`,
  );

const BOTH = ["a-cp0", "a-w0"];
const DONE = ["a-cp0: done", "a-w0: done"];

describe("a reboot by itself", () => {
  test("of machines that are as git says ends with machines that are so", async () => {
    const fleet = fleetOf();
    const before = BOTH.map((name) => fleet.box(name).boots);
    expect(await outcomes(fleet, reboots(fleet, BOTH))).toEqual(DONE);
    expect(BOTH.map((name) => fleet.box(name).boots)).toEqual(before.map((boots) => boots + 1));
    expect(fleet.violations).toEqual([]);
  });

  test("of machines that are not as git says leaves them so, and does not wait for what nobody does", async () => {
    const fleet = fleetOf();
    const kept = BOTH.map((name) => fleet.box(name).disk);
    for (const name of BOTH) fleet.settings.set(name, { version: 2, kernel: 1 });
    expect(await outcomes(fleet, reboots(fleet, BOTH))).toEqual(DONE);
    expect(BOTH.map((name) => fleet.box(name).disk)).toEqual(kept);
    expect(fleet.violations).toEqual([]);
  });

  test("puts in force what git says and is staged", async () => {
    const fleet = fleetOf();
    fleet.settings.set("a-w0", { version: 2, kernel: 1 });
    await runPlan(fleet, planOf(fleet, { mode: "staged" }));
    const { active, disk } = fleet.box("a-w0");
    expect(active).not.toBe(disk);
    expect(await outcomes(fleet, reboots(fleet, ["a-w0"]))).toEqual(["a-w0: done"]);
    expect(fleet.box("a-w0").active).toBe(disk);
  });
});
