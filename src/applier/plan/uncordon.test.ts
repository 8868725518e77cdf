import { describe, expect, test } from "vitest";
import { outline, PlannedFleet, plainDocuments } from "../../../test/support/planned-fleet.ts";
import type { KubernetesNode } from "../kubernetes-api.ts";
import { formatPlanJson, readPlan } from "./file.ts";
import { formatPlan } from "./format.ts";
import { planFleet } from "./plan-fleet.ts";

/** A node as a run leaves it that is killed between the cordon and the end. */
const LEFT: Partial<KubernetesNode> = {
  unschedulable: true,
  annotations: { "ichor.dev/cordoned-by": "run-7" },
};

const quiet = (machine: { readonly name: string; readonly type: "controlplane" | "worker" }) => [
  ...plainDocuments(machine),
  { kind: "KmsgLogConfig", name: "x" },
];
const reboots = (machine: { readonly name: string; readonly type: "controlplane" | "worker" }) => {
  const [first, ...rest] = plainDocuments(machine) as [{ machine: object }, ...unknown[]];
  return [{ ...first, machine: { ...first.machine, udev: { rules: ["x"] } } }, ...rest];
};

function left(names: readonly string[] = ["w0"]): PlannedFleet {
  return new PlannedFleet().nodes(Object.fromEntries(names.map((name) => [name, LEFT])));
}

describe("a node that a run has left unschedulable", () => {
  test("is made schedulable where its machine is well", () => {
    expect(outline(planFleet(left(["c0", "w0"]).input()))).toEqual([
      "c0 0: uncordon, note",
      "w0 1: uncordon, note",
    ]);
  });

  test.each<[string, (fleet: PlannedFleet) => unknown, readonly string[]]>([
    ["not ready", (fleet) => fleet.but("w0", { ready: false }), ["w0 -: note"]],
    ["not done booting", (fleet) => fleet.but("w0", { stage: "booting" }), ["w0 -: note"]],
    ["locked", (fleet) => fleet.locked.set("w0", "its fans fail"), ["w0 -: note"]],
    [
      "not answering",
      (fleet) => fleet.is("w0", { state: "unreachable", why: "no answer" }),
      ["w0 -: ICH7001, note"],
    ],
    [
      "in a run that leaves Kubernetes alone",
      (fleet) => Object.assign(fleet, { drains: false }),
      ["w0 -: note"],
    ],
  ])("stays so where its machine is %s", (_, given, plan) => {
    const fleet = left();
    given(fleet);
    expect(outline(planFleet(fleet.input()))).toEqual(plan);
  });

  test("is left to the reboot where there is one, and comes after other changes", () => {
    const rebooting = left().says(["w0"], reboots);
    expect(outline(planFleet(rebooting.input()))).toEqual(["w0 0: configure auto reboot, note"]);
    const changing = left().says(["w0"], quiet);
    const [line] = outline(planFleet(changing.input()));
    expect(line).toMatch(/^w0 0: configure \S+ \S+, uncordon, note$/);
  });

  test("is left alone where somebody wants reboots and nothing else", () => {
    const reboot = { names: new Set(["w1"]), reason: "asked for" };
    expect(outline(planFleet(left().input({ reboot })))).toEqual(["w1 0: reboot"]);
  });

  test("waits for the window and for the end of a pause, as every change of the cluster", () => {
    const windowed = left().cluster({ window: "Sun 01:00-02:00 UTC" });
    expect(outline(planFleet(windowed.input()))).toEqual(["a: ICH7024", "w0 -: note"]);
    const paused = left();
    paused.policies.set("hel1", [{ paused: true }]);
    expect(outline(planFleet(paused.input()))[0]).toBe("a: ICH7022");
  });

  test("counts for no budget", () => {
    const fleet = left(["w0", "w1"]);
    expect(outline(planFleet(fleet.input({ limits: { maxChange: 0 } })))).toEqual([
      "w0 0: uncordon, note",
      "w1 1: uncordon, note",
    ]);
  });
});

test.each<[string, Partial<KubernetesNode>]>([
  ["made unschedulable by a person", { unschedulable: true }],
  ["is schedulable and still carries a mark", { annotations: LEFT.annotations ?? {} }],
])("a node that is %s is nobody's business", (_, node) => {
  expect(outline(planFleet(new PlannedFleet().nodes({ w0: node }).input()))).toEqual([]);
});

test("a plan says which nodes are drained, and is read back as it was", () => {
  const fleet = left(["w0"]).says(["w1"], reboots);
  const plan = planFleet(fleet.input());
  expect(readPlan(formatPlanJson(plan)).value).toEqual(plan);
  const text = formatPlan(plan);
  expect(text).toContain("~ w0 of a: make the node schedulable again\n");
  expect(text).toContain("~ w1 of a: configure, mode auto, impact reboot, drained first\n");
  expect(text).toContain("note: w0: a run of ichor made its node unschedulable and has not undone that\n");
  const asked = fleet.input({ reboot: { names: new Set(["w0", "w1"]), reason: "asked for" } });
  expect(formatPlan(planFleet(asked))).toContain("drain and reboot\n");
});

test("a plan does not say so where nothing is drained, or nothing is there to drain", () => {
  const without = new PlannedFleet().says(["w1"], reboots);
  expect(planFleet(without.input()).clusters[0]?.machines[0]).not.toHaveProperty("drain");
  const young = new PlannedFleet().nodes({}).cluster({ bootstrapped: undefined });
  for (const name of ["c0", "c1", "c2"]) young.unbootstrapped(name);
  young.says(["w1"], reboots);
  const machines = planFleet(young.input()).clusters.flatMap((cluster) => cluster.machines);
  expect(machines.find(({ machine }) => machine === "w1")?.impact).toBe("reboot");
  expect(machines.filter(({ drain }) => drain)).toEqual([]);
});

test("what pods do changes nothing of what was seen of a machine", () => {
  const digest = (fleet: PlannedFleet) =>
    planFleet(fleet.says(["w0"], reboots).input()).clusters[0]?.machines[0]?.seen;
  expect(digest(left())).toBe(digest(new PlannedFleet().nodes({})));
});
