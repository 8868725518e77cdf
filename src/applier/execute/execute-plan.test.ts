import { describe, expect, test } from "vitest";
import { createFleet, type Fleet } from "../../../test/support/executor-fleet.ts";
import { converge, isDone, planOf, runPlan } from "../../../test/support/executor-run.ts";
import type { Refusal } from "../plan/plan.ts";
import type { RunResult } from "./events.ts";
import { exitCodeOf } from "./exit-code.ts";

/** One cluster of three control planes and two workers, as it comes out of the box. */
function newCluster(): Fleet {
  return createFleet([{ name: "a", controlPlanes: 3, workers: 2 }]);
}

function runningCluster(workers = 2): Fleet {
  const fleet = createFleet([{ name: "a", controlPlanes: 3, workers, maxParallel: 2 }]);
  fleet.bringUp("a");
  return fleet;
}

function change(
  fleet: Fleet,
  settings: Partial<{ version: number; kernel: number; cut: boolean; invalid: boolean }>,
) {
  for (const [name, old] of fleet.settings) fleet.settings.set(name, { ...old, ...settings });
}

function outcomes(result: RunResult | undefined): Record<string, string> {
  return Object.fromEntries(
    (result?.results ?? []).map(({ cluster, machine, outcome, reasons }) => [
      machine ?? cluster,
      [outcome, ...reasons.map(({ code }) => code)].join(" "),
    ]),
  );
}

function reasonsOf(result: RunResult | undefined): string {
  return (result?.results ?? []).flatMap(({ reasons }) => reasons.map(({ message }) => message)).join("\n");
}

describe("from nothing", () => {
  test("a cluster is installed, bootstrapped once, recorded, and then joined by the others", async () => {
    const fleet = newCluster();
    const { result, calls } = await runPlan(fleet, planOf(fleet));
    expect(outcomes(result)).toEqual({
      "a-cp0": "done",
      "a-cp1": "done",
      "a-cp2": "done",
      "a-w0": "done",
      "a-w1": "done",
    });
    expect(fleet.bootstraps.get("a")).toEqual(["a-cp0"]);
    expect(fleet.recorded.get("a")).toBe("a-cp0");
    expect(calls.indexOf("record a")).toBeLessThan(calls.indexOf("networkBoot a-cp1"));
    expect(fleet.violations).toEqual([]);
    expect(result && exitCodeOf(result)).toBe(0);
    expect(isDone(planOf(fleet))).toBe(true);
  });

  test("a second run changes nothing and takes no lease", async () => {
    const fleet = newCluster();
    await runPlan(fleet, planOf(fleet));
    const { result, calls } = await runPlan(fleet, planOf(fleet));
    expect(calls).toEqual([]);
    expect(new Set(Object.values(outcomes(result)))).toEqual(new Set(["unchanged"]));
  });

  test("a control plane that does not answer is no proof: etcd waits, and so does all that would join", async () => {
    const fleet = newCluster();
    const { result } = await runPlan(fleet, planOf(fleet), {
      onEvent: (event) => {
        if (event.event === "step-done" && event.step === "install") fleet.box("a-cp2").phase = "dead";
      },
    });
    expect(fleet.bootstraps.size).toBe(0);
    expect(outcomes(result)).toMatchObject({ "a-cp0": "waiting ICH8008", "a-cp1": "not-started ICH8013" });
    expect(reasonsOf(result)).toContain('"a-cp2" is no proof');
    expect(result && exitCodeOf(result)).toBe(5);
  });

  test("etcd that runs on another control plane is never bootstrapped again", async () => {
    const fleet = newCluster();
    const plan = planOf(fleet);
    fleet.bringUp("a");
    fleet.recorded.clear();
    for (const name of ["a-cp0", "a-cp2", "a-w0", "a-w1"]) {
      Object.assign(fleet.box(name), {
        phase: "maintenance",
        member: false,
        active: undefined,
        disk: undefined,
      });
    }
    const { result } = await runPlan(fleet, plan);
    expect(fleet.bootstraps.size).toBe(0);
    expect(outcomes(result)["a-cp0"]).toBe("waiting ICH8010");
    expect(reasonsOf(result)).toContain('etcd runs on "a-cp1"');
  });

  test("etcd that appears elsewhere after the plan was made refuses the bootstrap", async () => {
    const fleet = runningCluster();
    fleet.recorded.clear();
    const places = ["a-cp0", "a-cp1", "a-cp2"];
    for (const name of places)
      Object.assign(fleet.box(name), { member: false, sickUntil: Number.POSITIVE_INFINITY });
    const plan = planOf(fleet);
    Object.assign(fleet.box("a-cp1"), { member: true, sickUntil: 0 });
    const { result } = await runPlan(fleet, plan);
    expect(outcomes(result)["a-cp0"]).toBe("refused ICH8010");
    expect(reasonsOf(result)).toContain('etcd runs on "a-cp1" already');
    expect(fleet.bootstraps.size).toBe(0);
  });

  test("a lost answer to the first configuration is made up for by what the machine shows", async () => {
    const fleet = newCluster();
    const { result, calls } = await runPlan(fleet, planOf(fleet), {
      fault: (_, what) => (what === "apply auto" ? "after" : undefined),
    });
    expect(new Set(Object.values(outcomes(result)))).toEqual(new Set(["done"]));
    expect(calls.filter((call) => call === "apply auto a-cp0")).toHaveLength(1);
  });

  test("where the bootstrap cannot be recorded nobody joins, and the next run records it without another call", async () => {
    const fleet = newCluster();
    const { result } = await runPlan(fleet, planOf(fleet), {
      fault: (_, what) => (what === "record" ? "before" : undefined),
    });
    expect(outcomes(result)).toMatchObject({
      "a-cp0": "failed ICH8017",
      "a-cp1": "not-started ICH8013",
      "a-w0": "not-started ICH8013",
    });
    expect(fleet.box("a-cp1").phase).toBe("maintenance");
    expect(await converge(fleet)).toBeGreaterThan(0);
    expect(fleet.bootstraps.get("a")).toEqual(["a-cp0"]);
  });

  test("a lost answer to the bootstrap is not asked for again", async () => {
    const fleet = newCluster();
    let carriedOut = 0;
    const { result } = await runPlan(fleet, planOf(fleet), {
      fault: (_, what, machine) => {
        if (what !== "bootstrap" || fleet.box(machine).phase !== "running") return undefined;
        carriedOut++;
        return "after";
      },
    });
    expect(outcomes(result)["a-cp0"]).toBe("done");
    expect(carriedOut).toBe(1);
  });

  test("a call that never reached the machine is left to the next run", async () => {
    const fleet = newCluster();
    const { result, calls } = await runPlan(fleet, planOf(fleet), {
      fault: (_, what) => (what === "bootstrap" ? "before" : undefined),
    });
    expect(outcomes(result)["a-cp0"]).toBe("waiting ICH8008");
    expect(calls.filter((call) => call.startsWith("bootstrap"))).toHaveLength(1);
    await converge(fleet);
    expect(fleet.bootstraps.get("a")).toEqual(["a-cp0"]);
  });
});

describe("first contact", () => {
  test("a machine with another UUID gets nothing, and the cluster stops", async () => {
    const fleet = newCluster();
    fleet.box("a-cp0").hardware = {
      ...fleet.box("a-cp0").hardware,
      uuid: "11112222-3333-4444-5555-666677778888",
    };
    const { result } = await runPlan(fleet, planOf(fleet));
    expect(outcomes(result)).toMatchObject({ "a-cp0": "refused ICH8004", "a-w0": "not-started ICH8013" });
    expect(fleet.writes).toEqual([]);
    expect(result && exitCodeOf(result)).toBe(3);
  });

  test("a UUID in the other byte order is the machine", async () => {
    const fleet = newCluster();
    const { hardware } = fleet.box("a-cp0");
    const [first = "", second = "", third = "", ...rest] = hardware.uuid.split("-");
    const swap = (group: string) => (group.match(/../g) ?? []).reverse().join("");
    fleet.box("a-cp0").hardware = {
      ...hardware,
      uuid: [swap(first), swap(second), swap(third), ...rest].join("-"),
    };
    const { result } = await runPlan(fleet, planOf(fleet));
    expect(outcomes(result)["a-cp0"]).toBe("done");
  });

  test("a MAC on another interface than git says refuses the machine", async () => {
    const fleet = newCluster();
    const { hardware } = fleet.box("a-cp0");
    fleet.box("a-cp0").hardware = { ...hardware, macs: { eth1: hardware.macs["eth0"] ?? "" } };
    const { result } = await runPlan(fleet, planOf(fleet));
    expect(reasonsOf(result)).toContain('its interface "eth0" has the MAC ""');
    expect(fleet.writes).toEqual([]);
  });

  test("what answers without having booted since it was told to never gets a configuration", async () => {
    const fleet = newCluster();
    const { result } = await runPlan(fleet, planOf(fleet), {
      // The BMC says yes and does nothing.
      override: { power: { of: () => ({ ...fleet.power("a-cp0"), networkBoot: async () => undefined }) } },
    });
    expect(outcomes(result)["a-cp0"]).toBe("waiting ICH8008");
    expect(reasonsOf(result)).toContain("has not booted since it was told to");
    expect(fleet.writes).toEqual([]);
  });

  test("crossed wires: the machine at the address is not the one that git says", async () => {
    const fleet = newCluster();
    const plan = planOf(fleet);
    const [zero, one] = fleet.desired().clusters.get("a")?.machines ?? [];
    fleet.wires.set(zero?.bootstrap ?? "", "a-cp1").set(one?.bootstrap ?? "", "a-cp0");
    const { result } = await runPlan(fleet, plan);
    // It is the machine that was cycled that must have a new key; the other one never has.
    expect(outcomes(result)["a-cp0"]).toBe("waiting ICH8008");
    expect(fleet.writes).toEqual([]);
  });

  test("another key between the check and the configuration ends it", async () => {
    const fleet = newCluster();
    let isChecked = false;
    const { result } = await runPlan(fleet, planOf(fleet), {
      fault: (_, what) => {
        if (what === "probe" && isChecked) fleet.box("a-cp0").boots++;
        if (what === "hardware") isChecked = true;
        return undefined;
      },
    });
    expect(outcomes(result)["a-cp0"]).toBe("refused ICH8006");
    expect(fleet.writes).toEqual([]);
  });

  test("without a BMC only an approval that holds and names the serial number will do", async () => {
    const fleet = newCluster();
    const plan = planOf(fleet);
    const byApproval = {
      ...plan,
      clusters: plan.clusters.map((cluster) => ({
        ...cluster,
        machines: cluster.machines.map((machine) =>
          machine.machine === "a-cp0"
            ? {
                ...machine,
                actions: [
                  { do: "install" as const, contact: "approval" as const, approval: "yes" },
                  { do: "bootstrap" as const },
                ],
              }
            : machine,
        ),
      })),
    };
    const approval = (expires: string, serial: string) => ({
      desired: {
        ...fleet.desired(),
        approvals: [{ name: "yes", reason: "", expires, actions: [{ do: "first-contact", serial }] }],
      },
    });
    const late = await runPlan(fleet, byApproval, { override: approval("2026-11-20", "S-a-cp0") });
    expect(outcomes(late.result)["a-cp0"]).toBe("refused ICH8005");
    const other = await runPlan(fleet, byApproval, { override: approval("2026-11-21", "S-a-cp1") });
    expect(outcomes(other.result)["a-cp0"]).toBe("refused ICH8005");
    const good = await runPlan(fleet, byApproval, { override: approval("2026-11-21", "S-a-cp0") });
    expect(outcomes(good.result)["a-cp0"]).toBe("done");
    expect(good.calls).not.toContain("networkBoot a-cp0");
  });
});

describe("a change", () => {
  test("without a reboot is sent so that the machine would refuse to reboot", async () => {
    const fleet = runningCluster();
    change(fleet, { version: 2 });
    const { result } = await runPlan(fleet, planOf(fleet));
    expect(new Set(Object.values(outcomes(result)))).toEqual(new Set(["done"]));
    expect(new Set(fleet.writes.map((write) => write.split(" ")[1]))).toEqual(new Set(["no-reboot"]));
    expect([...fleet.boxes.values()].every(({ boots }) => boots === 5)).toBe(true);
  });

  test("that would reboot though the plan says not is refused by the machine and shown with our file", async () => {
    const fleet = runningCluster();
    change(fleet, { kernel: 2 });
    const plan = planOf(fleet);
    const calm = JSON.parse(
      JSON.stringify(plan).replaceAll('"impact":"reboot"', '"impact":"none"'),
    ) as typeof plan;
    const { result } = await runPlan(fleet, calm);
    expect(outcomes(result)).toMatchObject({ "a-cp0": "failed ICH8007", "a-cp1": "not-started ICH8013" });
    expect(reasonsOf(result)).toContain("generated/talos/a/a-cp0.yaml");
    expect(fleet.box("a-cp0").boots).toBe(5);
  });

  test("with a reboot takes control planes one by one, the leader after it gave up leading, workers by maxParallel", async () => {
    const fleet = runningCluster(5);
    change(fleet, { kernel: 2 });
    const { result, calls } = await runPlan(fleet, planOf(fleet));
    expect(new Set(Object.values(outcomes(result)))).toEqual(new Set(["done"]));
    expect(fleet.violations).toEqual([]);
    expect(fleet.away.get("a controlplane")).toBe(1);
    expect(fleet.away.get("a worker")).toBe(2);
    expect(calls.filter((call) => call.startsWith("forfeit"))).not.toEqual([]);
    expect([...fleet.boxes.values()].every(({ boots }) => boots === 6)).toBe(true);
  });

  test("that is staged waits on the disk", async () => {
    const fleet = runningCluster();
    change(fleet, { kernel: 2 });
    const { result } = await runPlan(fleet, planOf(fleet, { mode: "staged" }));
    expect(outcomes(result)["a-cp0"]).toBe("done");
    expect(fleet.box("a-cp0").disk).toContain('"kernel":2');
    expect(fleet.box("a-cp0").active).toContain('"kernel":1');
  });

  test("that waits for a reboot of its own is put on the disk first, so that a kill in between shows", async () => {
    const fleet = runningCluster();
    change(fleet, { version: 2 });
    const plan = planOf(fleet);
    const machines = (plan.clusters[0]?.machines ?? []).map((machine) => ({
      ...machine,
      actions: [...machine.actions, { do: "reboot", reason: "kernel arguments" } as const],
    }));
    const { result } = await runPlan(fleet, {
      ...plan,
      clusters: plan.clusters.map((cluster) => ({ ...cluster, machines })),
    });
    expect(new Set(Object.values(outcomes(result)))).toEqual(new Set(["done"]));
    expect(new Set(fleet.writes.map((write) => write.split(" ")[1]))).toEqual(new Set(["staged"]));
    expect([...fleet.boxes.values()].every(({ boots }) => boots === 6)).toBe(true);
    expect(fleet.violations).toEqual([]);
  });

  test("that runs but is not kept is kept", async () => {
    const fleet = runningCluster();
    const box = fleet.box("a-w0");
    box.disk = '[{"name":"a-w0","version":0,"kernel":1}]';
    const { result } = await runPlan(fleet, planOf(fleet));
    expect(outcomes(result)).toMatchObject({ "a-w0": "done", "a-w1": "unchanged" });
    expect(box.disk).toBe(box.active);
  });

  test("that is tried stays when the machine answers at its loopback", async () => {
    const fleet = runningCluster();
    change(fleet, { version: 2 });
    const { result } = await runPlan(fleet, planOf(fleet, { mode: "try" }));
    expect(outcomes(result)["a-w1"]).toBe("done");
    fleet.clock.pass(600_000);
    expect(fleet.box("a-w1").active).toContain('"version":2');
    expect(fleet.box("a-w1").disk).toContain('"version":2');
  });

  test("that is tried and cuts the loopback off is taken back by the machine, and nothing else is tried", async () => {
    const fleet = runningCluster();
    change(fleet, { cut: true });
    const { result } = await runPlan(fleet, planOf(fleet, { mode: "try" }));
    expect(outcomes(result)).toMatchObject({ "a-cp0": "failed ICH8011", "a-cp1": "not-started ICH8013" });
    expect(fleet.writes).toEqual(["a-cp0 try"]);
    expect(fleet.box("a-cp0").active).not.toContain("cut");
  });

  test("that the machine refuses is told in its words without what is secret", async () => {
    const fleet = runningCluster();
    change(fleet, { invalid: true });
    const { result, events, journal } = await runPlan(fleet, planOf(fleet));
    expect(outcomes(result)["a-cp0"]).toBe("failed ICH8007");
    expect(reasonsOf(result)).toContain("bad value, key: <secret>");
    expect(JSON.stringify([result, events, journal])).not.toContain("hunter2");
    expect(result && exitCodeOf(result)).toBe(1);
  });
});

describe("a boot", () => {
  const withAction = (fleet: Fleet, name: string) => {
    const plan = planOf(fleet);
    const reboot = { do: "reboot", reason: "a person asked for it" } as const;
    const machines = (plan.clusters[0]?.machines ?? []).map((machine) =>
      machine.machine === name ? { ...machine, actions: [reboot], impact: "reboot" as const } : machine,
    );
    return { ...plan, clusters: plan.clusters.map((cluster) => ({ ...cluster, machines })) };
  };

  test.each(["a-cp1", "a-w0"])(
    "that is asked for counts when %s has booted, not when it said yes",
    async (name) => {
      const fleet = runningCluster();
      const { result } = await runPlan(fleet, withAction(fleet, name));
      expect(outcomes(result)).toMatchObject({ [name]: "done", "a-w1": "unchanged" });
      expect(fleet.box(name).boots).toBe(6);
      expect(fleet.violations).toEqual([]);
    },
  );

  test("ends an installation, however much the machine looks installed before", async () => {
    const fleet = newCluster();
    for (const box of fleet.boxes.values()) box.looksInstalled = true;
    const { result } = await runPlan(fleet, planOf(fleet), {
      onEvent: (event) => {
        if (event.event === "step-done" && event.step === "install")
          expect(fleet.box(event.machine).boots).toBe(3);
      },
    });
    expect(new Set(Object.values(outcomes(result)))).toEqual(new Set(["done"]));
  });
});

describe("quorum", () => {
  test("another member that fails while leadership is given up is waited for before the reboot", async () => {
    const fleet = runningCluster();
    change(fleet, { kernel: 2 });
    let isFirst = true;
    const { result } = await runPlan(fleet, planOf(fleet), {
      fault: (_, what) => {
        if (what !== "forfeit" || !isFirst) return undefined;
        isFirst = false;
        const other = fleet.box("a-cp1");
        fleet.reboot(other, false);
        // Longer away than the lost answer takes.
        other.until += 70_000;
        return "hang";
      },
    });
    expect(isFirst).toBe(false);
    expect(fleet.violations).toEqual([]);
    expect(outcomes(result)["a-cp0"]).toBe("done");
  });

  test("with another member away no control plane is rebooted", async () => {
    const fleet = runningCluster();
    change(fleet, { kernel: 2 });
    const plan = planOf(fleet);
    fleet.box("a-cp2").phase = "dead";
    const { result } = await runPlan(fleet, plan);
    expect(outcomes(result)["a-cp0"]).toBe("waiting ICH8009");
    expect(fleet.writes).toEqual([]);
    expect(fleet.violations).toEqual([]);
  });

  test("of two members none is rebooted", async () => {
    const fleet = createFleet([{ name: "a", controlPlanes: 2, workers: 0 }]);
    fleet.bringUp("a");
    change(fleet, { kernel: 2 });
    const { result } = await runPlan(fleet, planOf(fleet));
    expect(outcomes(result)["a-cp0"]).toBe("refused ICH8009");
    expect(fleet.writes).toEqual([]);
  });

  test("a control plane that does not come back leaves the others untouched", async () => {
    const fleet = runningCluster();
    change(fleet, { kernel: 2 });
    const { result } = await runPlan(fleet, planOf(fleet), {
      fault: (_, what, machine) => {
        if (what === "observe" && machine === "a-cp0" && fleet.box("a-cp0").awayByUs)
          fleet.box("a-cp0").phase = "dead";
        return undefined;
      },
    });
    expect(outcomes(result)).toMatchObject({
      "a-cp0": "waiting ICH8008",
      "a-cp1": "not-started ICH8013",
      "a-w0": "not-started ICH8013",
    });
    expect(fleet.box("a-cp1").boots).toBe(5);
  });
});

describe("what stops a run", () => {
  test("a machine that changed since the plan is refused, and the rest goes on", async () => {
    const fleet = runningCluster();
    change(fleet, { version: 2 });
    const plan = planOf(fleet);
    fleet.box("a-w0").active = '[{"name":"a-w0","version":7}]';
    const { result } = await runPlan(fleet, plan);
    expect(outcomes(result)).toMatchObject({ "a-w0": "refused ICH8003", "a-w1": "done" });
    expect(result && exitCodeOf(result)).toBe(4);
  });

  test("where etcd does not begin on the machine that the plan says, nobody is installed without it", async () => {
    const fleet = newCluster();
    const plan = planOf(fleet);
    fleet.box("a-cp0").phase = "dead";
    const { result } = await runPlan(fleet, plan);
    expect(outcomes(result)).toEqual({
      "a-cp0": "refused ICH8003",
      "a-cp1": "not-started ICH8013",
      "a-cp2": "not-started ICH8013",
      "a-w0": "not-started ICH8013",
      "a-w1": "not-started ICH8013",
    });
    expect(fleet.writes).toEqual([]);
  });

  test("a lock on the machine on which etcd begins holds all who are to join", async () => {
    const fleet = newCluster();
    const { result, calls } = await runPlan(fleet, planOf(fleet), {
      override: {
        hold: async ({ name }) =>
          name === "a-cp0" ? { code: "ICH7008", message: "it is locked", kind: "refused" } : undefined,
      },
    });
    expect(outcomes(result)).toMatchObject({ "a-cp0": "refused ICH7008", "a-cp1": "not-started ICH8013" });
    expect(calls.filter((call) => call.startsWith("networkBoot"))).toEqual([]);
  });

  test("another machine at a running machine's address is not written to", async () => {
    const fleet = runningCluster();
    change(fleet, { version: 2 });
    const plan = planOf(fleet);
    for (const { name, loopback, bootstrap } of fleet.desired().clusters.get("a")?.machines ?? []) {
      if (name === "a-w0") fleet.wires.set(loopback, "a-w1").set(bootstrap, "a-w1");
    }
    const { result } = await runPlan(fleet, plan);
    expect(outcomes(result)["a-w0"]).toBe("refused ICH8004");
    expect(fleet.violations).toEqual([]);
  });

  test("a lock or a pause that comes while the run goes on holds its machine", async () => {
    const fleet = runningCluster();
    change(fleet, { version: 2 });
    const { result } = await runPlan(fleet, planOf(fleet), {
      override: {
        hold: async ({ name }) =>
          name === "a-w0" ? { code: "ICH7009", message: "it is locked", kind: "refused" } : undefined,
      },
    });
    expect(outcomes(result)).toMatchObject({ "a-w0": "refused ICH7009", "a-w1": "done" });
  });

  test("an interruption ends what is under way and starts nothing new", async () => {
    const fleet = runningCluster();
    change(fleet, { kernel: 2 });
    const abort = new AbortController();
    const { result } = await runPlan(fleet, planOf(fleet), {
      signal: abort.signal,
      onEvent: (event) => {
        if (event.event === "step-started" && event.step === "reboot") abort.abort();
      },
    });
    expect(outcomes(result)).toMatchObject({
      "a-cp0": "done",
      "a-cp1": "not-started ICH8014",
      "a-w0": "not-started ICH8014",
    });
    expect(result && exitCodeOf(result)).toBe(130);
  });

  test("of two appliers at once the second one does nothing in that cluster", async () => {
    const fleet = runningCluster();
    change(fleet, { kernel: 2 });
    const leases = new Map([["a", { run: "other", host: "h2", pid: 7, expires: "2026-11-21T08:04:00Z" }]]);
    const { result } = await runPlan(fleet, planOf(fleet), { leases });
    expect(new Set(Object.values(outcomes(result)))).toEqual(new Set(["refused ICH8001"]));
    expect(reasonsOf(result)).toContain('process 7 on "h2"');
    expect(fleet.writes).toEqual([]);
  });

  test("a lease that is lost while waiting ends the work at once", async () => {
    const fleet = runningCluster();
    change(fleet, { kernel: 2 });
    const leases = new Map<string, { run: string; host: string; pid: number; expires: string }>();
    const { result } = await runPlan(fleet, planOf(fleet), {
      leases,
      onEvent: (event) => {
        if (event.event === "step-done" && event.step === "reboot") {
          leases.set("a", { run: "other", host: "h2", pid: 7, expires: "2027-01-01T00:00:00Z" });
        }
      },
    });
    expect(outcomes(result)).toMatchObject({ "a-cp0": "failed ICH8002", "a-cp1": "not-started ICH8013" });
  });

  test("a journal that cannot be written stops what is new", async () => {
    const fleet = runningCluster();
    change(fleet, { version: 2 });
    const { result } = await runPlan(fleet, planOf(fleet), {
      fault: (_, what) => (what === "journal" ? "before" : undefined),
    });
    expect(outcomes(result)["a-cp0"]).toBe("failed ICH8016");
    expect(fleet.writes).toEqual([]);
  });
});

describe("clusters", () => {
  const threeClusters = () => {
    const fleet = createFleet([
      { name: "mgmt", role: "management", controlPlanes: 1, workers: 0 },
      { name: "bb", controlPlanes: 1, workers: 1 },
      { name: "ccc", controlPlanes: 1, workers: 1 },
      { name: "dddd", controlPlanes: 1, workers: 1 },
    ]);
    for (const name of ["mgmt", "bb", "ccc", "dddd"]) fleet.bringUp(name);
    change(fleet, { kernel: 2 });
    return fleet;
  };

  test("the failure of one leaves the others, and the one that manages comes last and alone", async () => {
    const fleet = threeClusters();
    fleet.settings.set("bb-cp0", { version: 1, kernel: 2, invalid: true });
    const { result, events } = await runPlan(fleet, planOf(fleet), { limits: { clusters: 2 } });
    expect(outcomes(result)).toMatchObject({
      "bb-cp0": "failed ICH8007",
      "bb-w0": "not-started ICH8013",
      "ccc-w0": "done",
      "mgmt-cp0": "done",
    });
    expect(result && exitCodeOf(result)).toBe(4);
    const order = events.flatMap((event) =>
      event.event === "cluster-started" || event.event === "cluster-done"
        ? [`${event.cluster} ${event.event}`]
        : [],
    );
    expect(order.slice(-2)).toEqual(["mgmt cluster-started", "mgmt cluster-done"]);
    let open = 0;
    for (const line of order) {
      open += line.endsWith("started") ? 1 : -1;
      expect(open).toBeLessThanOrEqual(2);
    }
  });

  test("at its start a run counts what it reaches: no cluster without work, none that is held back", async () => {
    const fleet = createFleet(["a", "bb", "ccc"].map((name) => ({ name, controlPlanes: 1, workers: 1 })));
    for (const name of ["a", "bb", "ccc"]) fleet.bringUp(name);
    for (const name of ["bb-w0", "ccc-w0"]) fleet.settings.set(name, { version: 2, kernel: 1 });
    const plan = planOf(fleet);
    const held: Refusal = { code: "ICH7022", message: "the site is paused", kind: "refused" };
    const clusters = plan.clusters.map((one) => (one.cluster === "ccc" ? { ...one, refusals: [held] } : one));
    const { events } = await runPlan(fleet, { ...plan, clusters });
    expect(events[0]).toMatchObject({ event: "run-started", clusters: 1, machines: 1 });
  });

  test("after so many failed clusters the site stops", async () => {
    const fleet = threeClusters();
    for (const name of ["bb-cp0", "ccc-cp0", "dddd-cp0"])
      fleet.settings.set(name, { version: 1, kernel: 2, invalid: true });
    const { result } = await runPlan(fleet, planOf(fleet), { limits: { clusters: 1, failedClusters: 2 } });
    expect(outcomes(result)).toMatchObject({
      "dddd-cp0": "not-started ICH8013",
      "mgmt-cp0": "not-started ICH8013",
    });
  });

  test("no more workers go away than may be, those that are away already included", async () => {
    const fleet = createFleet([
      { name: "a", controlPlanes: 1, workers: 4, maxParallel: 4, maxUnavailable: 2 },
    ]);
    fleet.bringUp("a");
    change(fleet, { kernel: 2 });
    fleet.box("a-w3").phase = "dead";
    const { result } = await runPlan(fleet, planOf(fleet));
    expect(outcomes(result)).toMatchObject({ "a-w0": "done", "a-w2": "done", "a-w3": "not-started ICH7001" });
    expect(fleet.away.get("a worker")).toBe(1);
    expect(result && exitCodeOf(result)).toBe(4);
  });
});
