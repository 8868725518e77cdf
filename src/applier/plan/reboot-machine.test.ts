import { describe, expect, test } from "vitest";
import {
  type Documents,
  outline,
  PlannedFleet,
  plainDocuments,
} from "../../../test/support/planned-fleet.ts";
import type { PlanInput } from "./input.ts";
import { planFleet } from "./plan-fleet.ts";

const WHY = "somebody asked for it";

/** The plan for reboots of these machines of a cluster with `c0` to `c2` and `w0`, `w1`. */
function plan(fleet: PlannedFleet, names: readonly string[], changes: Partial<PlanInput> = {}) {
  return planFleet(fleet.input({ reboot: { names: new Set(names), reason: WHY }, ...changes }));
}

const other: Documents = (machine) => [
  ...plainDocuments(machine),
  { kind: "SysctlConfig", params: { a: 1 } },
];

/** What is said of a machine beside. */
function notesOf(fleet: PlannedFleet, name: string): readonly string[] {
  const [cluster] = plan(fleet, [name]).clusters;
  return cluster?.machines.find(({ machine }) => machine === name)?.notes ?? [];
}

describe("a plan of reboots", () => {
  test("has these machines alone: control planes one after another, the leader last, then workers", () => {
    expect(outline(plan(new PlannedFleet(), ["w1", "c1", "c0", "w0"]))).toEqual([
      "c1 0: reboot",
      "c0 1: reboot",
      "w0 2: reboot",
      "w1 3: reboot",
    ]);
  });

  test("says why, and drains before", () => {
    const [cluster] = plan(new PlannedFleet(), ["w0"], { drains: true }).clusters;
    expect(cluster).toMatchObject({
      machines: [{ machine: "w0", actions: [{ do: "reboot", reason: WHY }], impact: "reboot", drain: true }],
      unchanged: 0,
    });
    const [without] = plan(new PlannedFleet(), ["w0"], { drains: false }).clusters;
    expect(without?.machines[0]).not.toHaveProperty("drain");
  });

  test("configures nothing, neither those that are rebooted nor the others", () => {
    const fleet = new PlannedFleet().says(["w0", "w1", "c0"], other);
    expect(outline(plan(fleet, ["w0"]))).toEqual(["w0 0: reboot"]);
  });

  test("bootstraps nothing", () => {
    const fleet = new PlannedFleet().cluster({ bootstrapped: undefined });
    for (const name of ["c0", "c1", "c2"]) fleet.unbootstrapped(name);
    expect(outline(planFleet(fleet.input()))).toContain("c0 0: bootstrap");
    expect(outline(plan(fleet, ["w0"]))).toEqual(["w0 0: reboot"]);
  });

  test.each<[string, (fleet: PlannedFleet) => unknown, string, readonly string[]]>([
    ["is locked", (fleet) => fleet.locked.set("w0", "its fans fail"), "w0", ["w0 -: ICH7008"]],
    ["does not answer", (fleet) => fleet.is("w0", SILENT), "w0", ["w0 -: ICH7001"]],
    ["is of somebody else", (fleet) => fleet.is("w0", FOREIGN), "w0", ["w0 -: ICH7002"]],
    ["waits in maintenance mode", (fleet) => fleet.maintenance("w0"), "w0", ["w0 -: ICH7015"]],
    ["upgrades just now", (fleet) => fleet.but("w0", { stage: "upgrading" }), "w0", ["w0 -: ICH7009"]],
    [
      "is a control plane beside one that is away",
      (fleet) => fleet.is("c2", SILENT),
      "c0",
      ["c0 -: ICH7031"],
    ],
    ["would be away beside another", (fleet) => fleet.is("w1", SILENT), "w0", ["w0 -: ICH7043"]],
    [
      "is in a cluster with a closed window",
      (fleet) => fleet.cluster({ window: "Sun 01:00-05:00 UTC" }),
      "w0",
      ["a: ICH7024", "w0 -: "],
    ],
    [
      "is on a site that is paused",
      (fleet) => fleet.policies.set("hel1", [{ paused: true }]),
      "w0",
      ["a: ICH7022", "w0 -: "],
    ],
  ])("leaves a machine alone that %s", (_, given, name, expected) => {
    const fleet = new PlannedFleet();
    given(fleet);
    expect(outline(plan(fleet, [name]))).toEqual(expected);
  });

  test("leaves neither of two members of etcd without the other", () => {
    expect(outline(plan(new PlannedFleet({ controlPlanes: 2 }), ["c0"]))).toEqual(["c0 -: ICH7030"]);
  });

  test("keeps workers for when its control planes could be rebooted", () => {
    const fleet = new PlannedFleet().is("c2", SILENT);
    expect(outline(plan(fleet, ["c0", "w0"]))).toEqual(["c0 -: ICH7031", "w0 -: ICH7037"]);
  });

  test("spends the budget for reboots", () => {
    const fleet = new PlannedFleet();
    fleet.policies.set("hel1", [{ budgets: { reboot: 1 } }]);
    expect(outline(plan(fleet, ["w0", "w1"]))).toEqual(["w0 0: reboot", "w1 -: ICH7041"]);
  });

  test("says what else the boot brings where something is staged or was tried", () => {
    const git = plainDocuments({ name: "w0", type: "worker" });
    const more = other({ name: "w0", type: "worker" });
    const third = [...git, { kind: "Third" }];
    expect(notesOf(new PlannedFleet(), "w0")).toEqual([]);
    expect(notesOf(new PlannedFleet().but("w0", { active: more, persistent: more }), "w0")).toEqual([]);
    expect(notesOf(new PlannedFleet().but("w0", { active: more }), "w0")).toEqual([
      "what git says is staged: it is in force after this reboot",
    ]);
    expect(notesOf(new PlannedFleet().but("w0", { persistent: more }), "w0")).toEqual([
      "what git says runs and is not kept: after this reboot it runs what it had before",
    ]);
    expect(notesOf(new PlannedFleet().but("w0", { active: more, persistent: third }), "w0")).toEqual([
      "what is on its disk is neither what it runs nor what git says, and is in force after this reboot",
    ]);
  });
});

const SILENT = { state: "unreachable", why: "no route" } as const;
const FOREIGN = { state: "foreign", why: "another authority" } as const;
