import { expect, test } from "vitest";
import {
  type Documents,
  outline,
  PlannedFleet,
  plainDocuments,
} from "../../../test/support/planned-fleet.ts";
import { planFleet } from "./plan-fleet.ts";
import { resumePlan } from "./resume.ts";

/** Documents with other settings of the machine. */
function withSysctls(sysctls: Readonly<Record<string, string>>): Documents {
  return (machine) => {
    const [first, ...rest] = plainDocuments(machine) as [{ machine: object }, ...unknown[]];
    return [{ ...first, machine: { ...first.machine, sysctls } }, ...rest];
  };
}

const two = withSysctls({ a: "2", b: "2" });
const WORKERS = ["w0", "w1"];

function fleetOf(): PlannedFleet {
  return new PlannedFleet({ desired: { protect: false } });
}

test("what is left of a plan is done, and machines that went the whole way are done with", () => {
  const fleet = fleetOf().says(WORKERS, two);
  const agreed = planFleet(fleet.input());
  fleet.but("w0", { active: two(fleet.machine("w0")), persistent: two(fleet.machine("w0")) });
  expect(outline(resumePlan(agreed, planFleet(fleet.input())))).toEqual(["w1 0: configure auto none"]);
});

test("a machine that went half of the way goes the rest", () => {
  const fleet = fleetOf().says(WORKERS, two);
  const agreed = planFleet(fleet.input());
  const half = withSysctls({ a: "2" })(fleet.machine("w0"));
  fleet.but("w0", { active: half, persistent: half });
  expect(outline(resumePlan(agreed, planFleet(fleet.input())))).toEqual([
    "w0 0: configure auto none",
    "w1 1: configure auto none",
  ]);
});

test("what somebody changed in between was not agreed to", () => {
  const fleet = fleetOf().says(WORKERS, two);
  const agreed = planFleet(fleet.input());
  const meddled = withSysctls({ a: "2", b: "2", c: "9" })(fleet.machine("w0"));
  fleet.but("w0", { active: meddled, persistent: meddled });
  const resumed = resumePlan(agreed, planFleet(fleet.input()));
  expect(outline(resumed)).toEqual(["w0 -: ICH7052", "w1 1: configure auto none"]);
  expect(resumed.summary).toEqual({ add: 0, change: 1, destroy: 0 });
});

test("a machine that needs something only now is no part of the run", () => {
  const fleet = fleetOf().says(["w0"], two);
  const agreed = planFleet(fleet.input());
  const other = withSysctls({ z: "1" })(fleet.machine("w1"));
  fleet.but("w1", { active: other, persistent: other });
  expect(outline(resumePlan(agreed, planFleet(fleet.input())))).toEqual(["w0 0: configure auto none"]);
});

test("who agreed to install did not agree to configure", () => {
  const fleet = fleetOf().maintenance("w0");
  const agreed = planFleet(fleet.input());
  expect(outline(resumePlan(agreed, planFleet(fleet.input())))).toEqual(["w0 0: install power"]);
  const running = fleet.running(fleet.machine("w0"));
  fleet.is("w0", running).says(["w0"], two);
  expect(outline(resumePlan(agreed, planFleet(fleet.input())))).toEqual(["w0 -: ICH7052"]);
});
