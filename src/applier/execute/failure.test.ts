import { expect, test } from "vitest";
import { createFleet } from "../../../test/support/executor-fleet.ts";
import { planOf, runPlan } from "../../../test/support/executor-run.ts";
import { PowerError } from "../power.ts";
import { TalosError } from "../talos-api.ts";
import { failureOf } from "./failure.ts";

test("what a machine or a BMC failed with is said in its words on one line, without secrets", () => {
  const at = { machine: "a", operation: "ApplyConfiguration" };
  const redact = (text: string) => text.replace("hunter2", "(withheld)");
  const talos = failureOf(new TalosError("internal", at, "no room\n  for hunter2"), redact);
  expect([talos.outcome, talos.problem]).toEqual([
    "failed",
    { code: "ICH8012", message: "ApplyConfiguration failed (internal): no room for (withheld)" },
  ]);
  expect(failureOf(new PowerError(at, "no answer"), redact).problem.code).toBe("ICH8012");
});

test("a plan of a cluster that git does not name is refused, and none of its machines is touched", async () => {
  const fleet = createFleet([{ name: "a", controlPlanes: 1, workers: 0 }]);
  const plan = planOf(fleet);
  const foreign = { ...plan, clusters: plan.clusters.map((cluster) => ({ ...cluster, cluster: "b" })) };
  const { result, calls } = await runPlan(fleet, foreign);
  expect(
    result?.results.flatMap(({ outcome, reasons }) => [outcome, ...reasons.map(({ code }) => code)]),
  ).toEqual(["refused", "ICH8015"]);
  expect(calls).toEqual([]);
});
