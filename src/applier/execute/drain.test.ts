import { describe, expect, test } from "vitest";
import { createFleet, type Fleet, SECRET } from "../../../test/support/executor-fleet.ts";
import {
  type FakeKubernetes,
  giveKubernetes,
  leftCordoned,
  MARK,
} from "../../../test/support/executor-kubernetes.ts";
import { converge, planOf, type Run, runPlan } from "../../../test/support/executor-run.ts";
import { exitCodeOf } from "./exit-code.ts";

interface Scene {
  readonly fleet: Fleet;
  readonly kubernetes: FakeKubernetes;
}

/** A cluster in which `a-w0` alone is to reboot, or whatever is named; a pod of the application shop/web on each worker. */
function scene(names: readonly string[] = ["a-w0"]): Scene {
  const fleet = createFleet([{ name: "a", controlPlanes: 3, workers: 2 }]);
  fleet.bringUp("a");
  for (const name of names) fleet.settings.set(name, { version: 1, kernel: 2 });
  const kubernetes = giveKubernetes(fleet, "a");
  kubernetes.add({ name: "web-0", node: "a-w0", budget: "shop/web" });
  kubernetes.add({ name: "web-1", node: "a-w1", budget: "shop/web" });
  return { fleet, kubernetes };
}

/** `a-w0: done`, `a-w1: waiting ICH8018` of those with something to do. */
function outcomes({ result }: Run): string[] {
  return (result?.results ?? [])
    .filter(({ outcome }) => outcome !== "unchanged")
    .map(({ machine, outcome, reasons }) =>
      [`${machine}: ${outcome}`, ...reasons.map(({ code }) => code)].join(" "),
    );
}

function words({ result }: Run): string {
  return (result?.results ?? [])
    .flatMap(({ reasons }) => reasons.map(({ message, hint = "" }) => `${message} (${hint})`))
    .join("\n");
}

function waits({ events }: Run): string[] {
  return events.flatMap((event) => (event.event === "waiting" && event.step === "drain" ? [event.for] : []));
}

const boots = (fleet: Fleet, name: string) => fleet.box(name).boots - 5;

describe("a node is drained before its machine is rebooted", () => {
  test("its pods are elsewhere by then, and it takes pods again when Kubernetes calls it ready", async () => {
    const { fleet, kubernetes } = scene(["a-cp0", "a-w0"]);
    kubernetes.add({ name: "on-the-control-plane", node: "a-cp0" });
    const run = await runPlan(fleet, planOf(fleet));
    expect(outcomes(run)).toEqual(["a-cp0: done", "a-w0: done"]);
    expect(kubernetes.evicted).toEqual(expect.arrayContaining(["shop/on-the-control-plane", "shop/web-0"]));
    expect([boots(fleet, "a-cp0"), boots(fleet, "a-w0")]).toEqual([1, 1]);
    expect(fleet.violations).toEqual([]);
    expect(kubernetes.nodes.get("a-w0")).toMatchObject({ unschedulable: false, annotations: {} });
    const steps = run.journal.filter(({ status, machine }) => status === "done" && machine === "a-cp0");
    const order = ["cordon", "drain", "forfeit", "reboot", "settle", "uncordon"];
    const found = order.map((name) => steps.findLastIndex(({ step }) => step === name));
    expect(found).toEqual(found.toSorted((a, b) => a - b));
    expect(found).not.toContain(-1);
  });

  test("etcd is asked again after the drain, which takes its time", async () => {
    const { fleet, kubernetes } = scene(["a-cp1"]);
    kubernetes.add({ name: "slow", node: "a-cp1" });
    const run = await runPlan(fleet, planOf(fleet), {
      onEvent: (event) => {
        if (event.event === "waiting" && event.step === "drain") fleet.box("a-cp2").phase = "dead";
      },
    });
    expect(outcomes(run)[0]).toBe("a-cp1: waiting ICH8009");
    expect(fleet.violations).toEqual([]);
    expect(boots(fleet, "a-cp1")).toBe(0);
    expect(leftCordoned(fleet)).toEqual([]);
  });

  test("pods of a DaemonSet, static ones and those that ended stay where they are", async () => {
    const { fleet, kubernetes } = scene();
    kubernetes.add({ name: "agent", node: "a-w0", controller: { kind: "DaemonSet", name: "agent" } });
    kubernetes.add({ name: "proxy", node: "a-w0", controller: { kind: "Node", name: "a-w0" }, mirror: true });
    kubernetes.add({ name: "job", node: "a-w0", controller: undefined, phase: "Succeeded" });
    const run = await runPlan(fleet, planOf(fleet));
    expect(outcomes(run)).toEqual(["a-w0: done"]);
    expect(kubernetes.evicted).toEqual(["shop/web-0"]);
    expect(waits(run)).toEqual(["1 pod"]);
  });

  test("a pod that has been told to end is not evicted again, but waited for", async () => {
    const { fleet, kubernetes } = scene();
    const goneAt = fleet.clock.now().getTime() + 60_000;
    kubernetes.add({ name: "ending", node: "a-w0", controller: undefined, goneAt });
    const run = await runPlan(fleet, planOf(fleet));
    expect(outcomes(run)).toEqual(["a-w0: done"]);
    expect(kubernetes.evicted).toEqual(["shop/web-0"]);
    expect(fleet.clock.now().getTime()).toBeGreaterThan(goneAt);
  });

  test("a machine that never joined has nothing to drain", async () => {
    const { fleet, kubernetes } = scene();
    kubernetes.nodes.delete("a-w0");
    const run = await runPlan(fleet, planOf(fleet));
    expect(outcomes(run)).toEqual(["a-w0: done"]);
    expect(kubernetes.evicted).toEqual([]);
  });

  test.each<[string, (scene: Scene) => Parameters<typeof runPlan>[2]]>([
    ["the run leaves Kubernetes alone", () => ({ override: { kubernetes: () => undefined } })],
    ["the plan does not say it", () => ({})],
  ])("not where %s", async (why, options) => {
    const made = scene();
    made.fleet.onReboot.length = 0;
    const plan = planOf(made.fleet);
    const said = why.startsWith("the plan")
      ? (JSON.parse(JSON.stringify(plan).replaceAll('"drain":true,', "")) as typeof plan)
      : plan;
    const run = await runPlan(made.fleet, said, options(made));
    expect(outcomes(run)).toEqual(["a-w0: done"]);
    expect(made.kubernetes.evicted).toEqual([]);
    expect(run.calls.filter((call) => /^(node|pods|cordon)/.test(call))).toEqual([]);
  });
});

describe("a disruption budget", () => {
  test("is waited for until it has room", async () => {
    const { fleet, kubernetes } = scene();
    kubernetes.budgets.set("shop/web", 2);
    const end = fleet.clock.now().getTime() + 120_000;
    const run = await runPlan(fleet, planOf(fleet), {
      fault: () => {
        if (fleet.clock.now().getTime() >= end) kubernetes.budgets.set("shop/web", 1);
        return undefined;
      },
    });
    expect(outcomes(run)).toEqual(["a-w0: done"]);
    expect(waits(run)).toEqual([
      "1 pod, 1 held in namespace shop: the disruption budget shop/web needs 2 of 2 pods",
      "1 pod",
    ]);
    expect(fleet.violations).toEqual([]);
  });

  test("that never has room leaves the machine as it is, and stops the cluster", async () => {
    const { fleet, kubernetes } = scene(["a-cp0", "a-w0"]);
    kubernetes.add({ name: "web-2", node: "a-cp0", budget: "shop/web" });
    kubernetes.budgets.set("shop/web", 3);
    const run = await runPlan(fleet, planOf(fleet));
    expect(outcomes(run)).toEqual(["a-cp0: waiting ICH8018", "a-w0: not-started ICH8013"]);
    expect(words(run)).toContain(
      'node "a-cp0" is not empty after 5m, it was not rebooted: 1 pod, 1 held in namespace shop: the disruption budget shop/web needs 3 of 3 pods: shop/web-2',
    );
    expect(run.result && exitCodeOf(run.result)).toBe(5);
    expect(boots(fleet, "a-cp0")).toBe(0);
    expect(kubernetes.nodes.get("a-cp0")).toMatchObject({ unschedulable: false, annotations: {} });
    kubernetes.budgets.clear();
    await converge(fleet);
    expect(boots(fleet, "a-cp0")).toBe(1);
    expect(fleet.violations).toEqual([]);
  });

  test("words of Kubernetes are told without what is secret", async () => {
    const { fleet, kubernetes } = scene();
    kubernetes.add({ name: "held", node: "a-w0", budget: SECRET });
    kubernetes.budgets.set(SECRET, 1);
    const run = await runPlan(fleet, planOf(fleet));
    expect(outcomes(run)).toEqual(["a-w0: waiting ICH8018"]);
    expect(JSON.stringify([run.result, run.events, run.journal])).not.toContain(SECRET);
  });
});

describe("what is not ours", () => {
  test("a node that a person made unschedulable is drained and stays unschedulable", async () => {
    const { fleet, kubernetes } = scene();
    Object.assign(kubernetes.nodes.get("a-w0") ?? {}, { unschedulable: true });
    const run = await runPlan(fleet, planOf(fleet));
    expect(outcomes(run)).toEqual(["a-w0: done"]);
    expect(kubernetes.evicted).toEqual(["shop/web-0"]);
    expect(boots(fleet, "a-w0")).toBe(1);
    expect(kubernetes.nodes.get("a-w0")).toMatchObject({ unschedulable: true, annotations: {} });
    expect(run.calls.filter((call) => /cordon /.test(call))).toEqual([]);
  });

  test("it stays so where the drain fails too", async () => {
    const { fleet, kubernetes } = scene();
    Object.assign(kubernetes.nodes.get("a-w0") ?? {}, { unschedulable: true });
    kubernetes.budgets.set("shop/web", 2);
    expect(outcomes(await runPlan(fleet, planOf(fleet)))).toEqual(["a-w0: waiting ICH8018"]);
    expect(kubernetes.nodes.get("a-w0")?.unschedulable).toBe(true);
  });

  test("pods that nothing makes anew are named and none is evicted", async () => {
    const { fleet, kubernetes } = scene();
    kubernetes.add({ name: "by-hand", node: "a-w0", controller: undefined });
    const run = await runPlan(fleet, planOf(fleet));
    expect(outcomes(run)).toEqual(["a-w0: refused ICH8019"]);
    expect(words(run)).toContain("shop/by-hand; it was not rebooted");
    expect(kubernetes.evicted).toEqual([]);
    expect(boots(fleet, "a-w0")).toBe(0);
    expect(leftCordoned(fleet)).toEqual([]);
  });
});

describe("an interruption", () => {
  test("while a node is drained leaves the machine as it is and the node schedulable", async () => {
    const { fleet, kubernetes } = scene();
    kubernetes.budgets.set("shop/web", 2);
    const abort = new AbortController();
    const run = await runPlan(fleet, planOf(fleet), {
      signal: abort.signal,
      onEvent: (event) => {
        if (event.event === "waiting" && event.step === "drain") abort.abort();
      },
    });
    expect(outcomes(run)).toEqual(["a-w0: waiting ICH8014"]);
    expect(run.result && exitCodeOf(run.result)).toBe(130);
    expect(boots(fleet, "a-w0")).toBe(0);
    expect(leftCordoned(fleet)).toEqual([]);
  });

  test("before the drain begins changes nothing of the node", async () => {
    const { fleet, kubernetes } = scene();
    const abort = new AbortController();
    const run = await runPlan(fleet, planOf(fleet), {
      signal: abort.signal,
      onEvent: (event) => {
        if (event.event === "step-started" && event.step === "apply") abort.abort();
      },
    });
    expect(outcomes(run)).toEqual(["a-w0: waiting ICH8014"]);
    expect(kubernetes.evicted).toEqual([]);
    expect(run.calls.filter((call) => /cordon /.test(call))).toEqual([]);
  });
});

describe("a run that is killed", () => {
  test("after it made the node unschedulable leaves its mark, by which the next one goes on", async () => {
    const { fleet, kubernetes } = scene();
    await runPlan(fleet, planOf(fleet), {
      fault: (_, what) => (what === "cordon" ? "kill-after" : undefined),
    });
    expect(kubernetes.nodes.get("a-w0")?.annotations[MARK]).toMatch(/^run-/);
    await converge(fleet);
    expect(boots(fleet, "a-w0")).toBe(1);
    expect(leftCordoned(fleet)).toEqual([]);
    expect(fleet.violations).toEqual([]);
  });

  test("after the reboot leaves a node that the next one makes schedulable, with nothing else to do", async () => {
    const { fleet, kubernetes } = scene();
    await runPlan(fleet, planOf(fleet), {
      fault: (_, what) => (what === "uncordon" ? "kill-before" : undefined),
    });
    expect(leftCordoned(fleet)).toEqual(["a-w0"]);
    const run = await runPlan(fleet, planOf(fleet));
    expect(outcomes(run)).toEqual(["a-w0: done"]);
    expect(kubernetes.nodes.get("a-w0")).toMatchObject({ unschedulable: false, annotations: {} });
    expect(boots(fleet, "a-w0")).toBe(1);
  });

  test("leaves the node to a person who has taken the mark off since it was planned", async () => {
    const { fleet, kubernetes } = scene([]);
    const node = { unschedulable: true, annotations: { [MARK]: "run-0" } };
    Object.assign(kubernetes.nodes.get("a-w0") ?? {}, node);
    const plan = planOf(fleet);
    Object.assign(kubernetes.nodes.get("a-w0") ?? {}, { annotations: {} });
    expect(outcomes(await runPlan(fleet, plan))).toEqual(["a-w0: done"]);
    expect(kubernetes.nodes.get("a-w0")?.unschedulable).toBe(true);
  });

  test("leaves the node as it is for a run that leaves Kubernetes alone, and that is said", async () => {
    const { fleet, kubernetes } = scene([]);
    const node = { unschedulable: true, annotations: { [MARK]: "run-0" } };
    Object.assign(kubernetes.nodes.get("a-w0") ?? {}, node);
    const run = await runPlan(fleet, planOf(fleet), { override: { kubernetes: () => undefined } });
    expect(outcomes(run)).toEqual(["a-w0: not-started ICH8020"]);
    expect(leftCordoned(fleet)).toEqual(["a-w0"]);
  });
});

describe("a Kubernetes that cannot be asked", () => {
  test.each([
    ["unavailable", "waiting ICH8020", "does not answer"],
    ["deadline", "waiting ICH8020", "does not answer in time"],
    ["untrusted", "failed ICH8021", "not of the cluster's authorities"],
    ["forbidden", "failed ICH8021", "does not allow it"],
  ] as const)("(%s) has no machine rebooted", async (code, outcome, said) => {
    const { fleet, kubernetes } = scene();
    kubernetes.fails = () => code;
    const run = await runPlan(fleet, planOf(fleet));
    expect(outcomes(run)).toEqual([`a-w0: ${outcome}`]);
    expect(words(run)).toContain(said);
    expect(words(run)).toContain("--no-drain");
    expect(boots(fleet, "a-w0")).toBe(0);
  });

  test("that falls silent while a node is drained: the message says that the node stays as it is", async () => {
    const { fleet, kubernetes } = scene();
    const run = await runPlan(fleet, planOf(fleet), {
      onEvent: (event) => {
        if (event.event === "waiting" && event.step === "drain") kubernetes.fails = () => "unavailable";
      },
    });
    expect(outcomes(run)).toEqual(["a-w0: waiting ICH8020"]);
    expect(words(run)).toContain('node "a-w0" stays unschedulable until a run finds its machine well');
    expect(boots(fleet, "a-w0")).toBe(0);
    kubernetes.fails = () => undefined;
    await converge(fleet);
    expect(leftCordoned(fleet)).toEqual([]);
  });

  test("for a few calls is asked again", async () => {
    const { fleet, kubernetes } = scene();
    let silent = 0;
    kubernetes.fails = (what) => (what === "evict" && silent++ < 3 ? "unavailable" : undefined);
    expect(outcomes(await runPlan(fleet, planOf(fleet)))).toEqual(["a-w0: done"]);
    expect(silent).toBeGreaterThan(3);
  });

  test("that may not evict is not asked again, and the node is given back", async () => {
    const { fleet, kubernetes } = scene();
    kubernetes.fails = (what) => (what === "evict" ? "forbidden" : undefined);
    const run = await runPlan(fleet, planOf(fleet));
    expect(outcomes(run)).toEqual(["a-w0: failed ICH8021"]);
    expect(run.calls.filter((call) => call.startsWith("evict"))).toHaveLength(1);
    expect(leftCordoned(fleet)).toEqual([]);
  });

  test("while the machine boots is waited for: its API may have run there", async () => {
    const { fleet, kubernetes } = scene(["a-cp0"]);
    kubernetes.fails = () => (fleet.box("a-cp0").awayByUs ? "unavailable" : undefined);
    expect(outcomes(await runPlan(fleet, planOf(fleet)))).toEqual(["a-cp0: done"]);
    expect(leftCordoned(fleet)).toEqual([]);
  });
});

describe("after the reboot", () => {
  test("a node that does not become ready stays unschedulable, which the message says", async () => {
    const { fleet, kubernetes } = scene();
    const node = kubernetes.nodes.get("a-w0");
    if (node === undefined) throw new Error("no node");
    const run = await runPlan(fleet, planOf(fleet), {
      onEvent: (event) => {
        if (event.event === "step-done" && event.step === "reboot") node.sickUntil = Number.POSITIVE_INFINITY;
      },
    });
    expect(outcomes(run)).toEqual(["a-w0: waiting ICH8022"]);
    expect(words(run)).toContain("container runtime network not ready");
    expect(words(run)).toContain('node "a-w0" stays unschedulable until a run finds its machine well');
    expect(boots(fleet, "a-w0")).toBe(1);
    expect(leftCordoned(fleet)).toEqual(["a-w0"]);
    node.sickUntil = 0;
    await converge(fleet);
    expect(leftCordoned(fleet)).toEqual([]);
  });

  test("a machine that does not come back has its node stay unschedulable", async () => {
    const { fleet } = scene();
    const run = await runPlan(fleet, planOf(fleet), {
      onEvent: (event) => {
        if (event.event === "step-done" && event.step === "reboot") fleet.box("a-w0").phase = "dead";
      },
    });
    expect(outcomes(run)).toEqual(["a-w0: waiting ICH8008"]);
    expect(words(run)).toContain("stays unschedulable");
    expect(leftCordoned(fleet)).toEqual(["a-w0"]);
  });

  test("a lease that is lost ends all that is done to the node as well", async () => {
    const { fleet } = scene();
    const leases = new Map<string, { run: string; host: string; pid: number; expires: string }>();
    const run = await runPlan(fleet, planOf(fleet), {
      leases,
      onEvent: (event) => {
        if (event.event === "waiting" && event.step === "drain")
          leases.set("a", { run: "other", host: "h2", pid: 7, expires: "2027-01-01T00:00:00Z" });
      },
    });
    expect(outcomes(run)).toEqual(["a-w0: failed ICH8002"]);
    expect(run.calls.filter((call) => call.startsWith("uncordon"))).toEqual([]);
    expect(words(run)).toContain("stays unschedulable");
  });
});
