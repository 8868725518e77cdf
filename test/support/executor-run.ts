import type { Desired, DesiredCluster, DesiredMachine } from "../../src/applier/desired.ts";
import { DEFAULT_LIMITS, type ExecuteContext, type Limits } from "../../src/applier/execute/context.ts";
import type { ExecutionEvent, RunResult } from "../../src/applier/execute/events.ts";
import { executePlan } from "../../src/applier/execute/execute-plan.ts";
import type { JournalEntry } from "../../src/applier/execute/journal.ts";
import type { Acquired, LeaseHolder } from "../../src/applier/execute/lease.ts";
import type { LiveMachine, RunningMachine } from "../../src/applier/live.ts";
import type { Action, ClusterPlan, MachinePlan, Plan, Refusal } from "../../src/applier/plan/plan.ts";
import { PowerError } from "../../src/applier/power.ts";
import type { MaintenanceApi, TalosApi } from "../../src/applier/talos-api.ts";
import { type Box, type Fleet, refusal, SECRET, textOf } from "./executor-fleet.ts";
import { leftCordoned } from "./executor-kubernetes.ts";

const MINUTE = 60_000;
export const LEASE_LASTS = 5 * MINUTE;

/** What goes wrong with a call: it is not carried out, its answer is lost, it hangs, or the applier dies at it. */
export type Fault = "before" | "after" | "hang" | "kill-before" | "kill-after";

/** Calls that a run made, counted from 1, by what they did. */
export type FaultAt = (call: number, what: string, machine: string) => Fault | undefined;

export interface RunOptions {
  readonly fault?: FaultAt;
  readonly signal?: AbortSignal;
  readonly limits?: Partial<Limits>;
  readonly override?: Partial<ExecuteContext>;
  readonly onEvent?: (event: ExecutionEvent) => void;
  readonly leases?: Leases;
}

export interface Run {
  /** Undefined: it was killed. */
  readonly result: RunResult | undefined;
  readonly events: readonly ExecutionEvent[];
  readonly journal: readonly JournalEntry[];
  readonly calls: readonly string[];
}

/** Leases of one place; each run of the test shares it. */
export type Leases = Map<string, LeaseHolder>;

let runs = 0;

/** Runs a plan against the fleet until it ends or is killed. */
export async function runPlan(fleet: Fleet, plan: Plan, options: RunOptions = {}): Promise<Run> {
  const events: ExecutionEvent[] = [];
  const journal: JournalEntry[] = [];
  const calls: string[] = [];
  let die: () => void = () => undefined;
  const killed = new Promise<undefined>((resolve) => {
    die = () => resolve(undefined);
  });
  const call = caller(fleet, options.fault, calls, die);
  const context = contextOf(fleet, call, options, { events, journal });
  const result = await fleet.clock.run(Promise.race([executePlan(plan, context), killed]));
  return { result, events, journal, calls };
}

type Call = <T>(what: string, machine: string, act: () => T, lose: (what: string) => Error) => Promise<T>;

function caller(fleet: Fleet, fault: FaultAt | undefined, calls: string[], die: () => void): Call {
  let isDead = false;
  const stop = (): Promise<never> => {
    isDead = true;
    die();
    return new Promise(() => undefined);
  };
  return async (what, machine, act, lose) => {
    if (isDead) return stop();
    calls.push(`${what} ${machine}`);
    const kind = fault?.(calls.length, what, machine);
    if (kind === "kill-before") return stop();
    if (kind === "before") throw lose(what);
    if (kind === "hang") {
      await fleet.clock.wait(MINUTE);
      if (isDead) return stop();
      throw lose(what);
    }
    const value = act();
    await Promise.resolve();
    if (kind === "kill-after" || isDead) return stop();
    if (kind === "after") throw lose(what);
    return value;
  };
}

function contextOf(
  fleet: Fleet,
  call: Call,
  options: RunOptions,
  out: { readonly events: ExecutionEvent[]; readonly journal: JournalEntry[] },
): ExecuteContext {
  const run = `run-${++runs}`;
  const never = (what: string): Error => new Error(`the disk is gone: ${what}`);
  return {
    run,
    desired: fleet.desired(),
    configuration: async ({ name }) => textOf(name, fleet.settings),
    talos: {
      connect: ({ machine, address }) =>
        apiOf(fleet, call, machine, () => runningAt(fleet, machine, address)),
      relay: () => {
        throw new Error("each machine is called by itself here");
      },
      connectMaintenance: ({ machine, address }) =>
        call("probe", machine, () => maintenanceAt(fleet, call, machine, address), lost(machine)),
    },
    power: {
      of: ({ name }) => {
        const power = fleet.power(name);
        const fail = (what: string) =>
          new PowerError({ machine: name, operation: what }, "the BMC does not answer");
        return {
          ...power,
          networkBoot: () => call("networkBoot", name, () => void power.networkBoot(), fail),
        };
      },
    },
    kubernetes: (cluster) => fleet.kubernetes.get(cluster)?.api(call),
    credentials: () => ({ authorities: "", certificate: "", key: "" }),
    observe: (machine) => observe(fleet, call, machine),
    hardware: (api, machine) => (api as FakeApi).readHardware(machine),
    seenOf: async (_, live) => seen(live),
    inSync: async (machine, live, which) => isInSync(machine, live, which),
    record: {
      bootstrapped: (cluster, server) =>
        call(
          "record",
          cluster,
          () => void fleet.recorded.set(cluster, server),
          () => new Error("git: the push was refused"),
        ),
    },
    leases: {
      acquire: (cluster) =>
        call("acquire", cluster, () => acquire(fleet, call, run, cluster, options.leases), never),
    },
    journal: { append: (entry) => call("journal", entry.machine, () => void out.journal.push(entry), never) },
    hold: async () => undefined,
    locate: ({ file, document, path }) => ({ file, line: document + 1, column: path.length + 1 }),
    redact: (text) => text.replaceAll(SECRET, "<secret>"),
    now: fleet.clock.now,
    wait: fleet.clock.wait,
    signal: options.signal ?? new AbortController().signal,
    limits: { ...DEFAULT_LIMITS, poll: 10_000, ...options.limits },
    onEvent: (event) => {
      out.events.push(event);
      options.onEvent?.(event);
    },
    ...options.override,
  };
}

/** An answer that is lost looks like a machine that is not there. */
async function observe(fleet: Fleet, call: Call, machine: DesiredMachine): Promise<LiveMachine> {
  try {
    return await call("observe", machine.name, () => fleet.live(machine), lost(machine.name));
  } catch {
    return { state: "unreachable", why: "the network drops" };
  }
}

const lost = (machine: string) => (what: string) =>
  refusal({ name: machine }, "unavailable", `${what}: the network drops`);

interface FakeApi extends TalosApi {
  readonly readHardware: (machine: DesiredMachine) => Promise<Box["hardware"]>;
}

function runningAt(fleet: Fleet, machine: string, address: string): Box {
  const box = fleet.at(address);
  if (box === undefined) throw refusal({ name: machine }, "unavailable", `${address}: nothing answers`);
  if (box.phase === "maintenance") throw refusal(box, "untrusted", "unknown authority");
  return box;
}

function maintenanceAt(fleet: Fleet, call: Call, machine: string, address: string): MaintenanceApi {
  const found = fleet.at(address);
  if (found === undefined) throw refusal({ name: machine }, "unavailable", `${address}: nothing answers`);
  if (found.phase !== "maintenance") throw refusal(found, "untrusted", "a certificate is asked for");
  const { boots } = found;
  const pinned = (): Box => {
    const box = fleet.at(address);
    if (box === undefined || box.name !== found.name || box.boots !== boots || box.phase !== "maintenance") {
      throw refusal({ name: machine }, "untrusted", "another key");
    }
    return box;
  };
  return { ...apiOf(fleet, call, machine, pinned), fingerprint: `key-${boots}` };
}

function apiOf(fleet: Fleet, call: Call, machine: string, box: () => Box): FakeApi {
  const unused = (): never => {
    throw new Error("not of this test");
  };
  const on = <T>(what: string, act: (one: Box) => T) => call(what, machine, () => act(box()), lost(machine));
  return {
    readHardware: () => on("hardware", ({ hardware }) => hardware),
    version: unused,
    applyConfiguration: (request) =>
      on(`apply ${request.mode}`, (one) => {
        fleet.apply(one, request);
        return { mode: request.mode, warnings: [], details: "" };
      }),
    bootstrap: () => on("bootstrap", (one) => fleet.bootstrap(one)),
    reboot: () => on("reboot", (one) => fleet.reboot(one, true)),
    forfeitEtcdLeadership: () => on("forfeit", (one) => fleet.forfeit(one)),
    getResource: ({ namespace, type, id }) =>
      on("get", ({ boots }) => ({ namespace, type, id, version: "1", yaml: `bootID: boot-${boots}-` })),
    reset: unused,
    upgrade: unused,
    services: unused,
    etcdMembers: unused,
    etcdStatus: unused,
    removeEtcdMember: unused,
    etcdSnapshot: unused,
    kubeconfig: unused,
    memory: unused,
    mounts: unused,
    events: unused,
    listResources: unused,
    watchResources: unused,
    close: () => undefined,
  };
}

function acquire(fleet: Fleet, call: Call, run: string, cluster: string, leases?: Leases): Acquired {
  const all: Leases = leases ?? new Map<string, LeaseHolder>();
  const now = () => fleet.clock.now().getTime();
  const held = all.get(cluster);
  if (held !== undefined && Date.parse(held.expires) > now()) return { heldBy: held };
  const renew = () => {
    all.set(cluster, { run, host: "h", pid: 1, expires: new Date(now() + LEASE_LASTS).toISOString() });
  };
  renew();
  return {
    lease: {
      holds: () =>
        call(
          "lease",
          cluster,
          () => {
            const mine = all.get(cluster);
            if (mine?.run !== run || Date.parse(mine.expires) <= now()) return false;
            renew();
            return true;
          },
          () => new Error("the disk is gone"),
        ),
      release: () =>
        call(
          "release",
          cluster,
          () => void all.delete(cluster),
          () => new Error("the disk is gone"),
        ),
    },
  };
}

function seen(live: LiveMachine): string {
  if (live.state !== "running") return live.state;
  return JSON.stringify([live.hardware.uuid, live.active, live.persistent]);
}

function isInSync(machine: DesiredMachine, live: RunningMachine, which: "active" | "persistent"): boolean {
  return JSON.stringify(live[which]) === JSON.stringify(machine.documents);
}

/** A planner as small as can be: what the real one decides in its own tests is taken for granted here. */
export function planOf(fleet: Fleet, options: { readonly mode?: "try" | "staged" } = {}): Plan {
  const desired: Desired = fleet.desired();
  const clusters = [...desired.clusters.values()].map((cluster) => planCluster(fleet, cluster, options));
  return {
    formatVersion: "1.0",
    observed: fleet.clock.now().toISOString(),
    commit: desired.commit,
    clusters,
    summary: { add: 0, change: 0, destroy: 0 },
  };
}

function planCluster(
  fleet: Fleet,
  cluster: DesiredCluster,
  options: { mode?: "try" | "staged" },
): ClusterPlan {
  const lives = new Map(cluster.machines.map((machine) => [machine.name, fleet.live(machine)]));
  const withEtcd = cluster.machines.find(({ name }) => {
    const live = lives.get(name);
    return live?.state === "running" && live.etcd !== undefined;
  });
  const first = withEtcd ?? cluster.machines[0];
  const machines = cluster.machines.map((machine, index): MachinePlan => {
    const live = lives.get(machine.name) ?? { state: "unreachable", why: "" };
    const actions: Action[] = [...actionsOf(machine, live, options)];
    if (cluster.bootstrapped === undefined && machine === first) {
      actions.push({ do: withEtcd === undefined ? "bootstrap" : "record-bootstrap" });
    }
    const isAway = live.state !== "running" && live.state !== "maintenance";
    const isBusy =
      live.state === "running" &&
      live.stage !== "running" &&
      !(machine.type === "controlplane" && live.stage === "booting");
    const refusals: Refusal[] = isAway
      ? [{ code: "ICH7001", message: "it is away", kind: "unreachable" }]
      : isBusy
        ? [{ code: "ICH7002", message: "it is busy", kind: "wait" }]
        : [];
    const reboots = actions.some((one) => one.do === "configure" && one.impact === "reboot");
    if (!reboots && isWell(live) && leftCordoned(fleet).includes(machine.name))
      actions.push({ do: "uncordon" });
    return {
      machine: machine.name,
      type: machine.type,
      actions: refusals.length > 0 ? [] : actions,
      refusals,
      impact: reboots ? "reboot" : actions.length > 0 ? "service-restart" : "none",
      ...(reboots && fleet.kubernetes.has(cluster.name) ? { drain: true } : {}),
      wave: machine === first ? 0 : machine.type === "controlplane" ? 1 + index : 100,
      seen: seen(live),
    };
  });
  machines.sort((a, b) => a.wave - b.wave);
  const [one] = machines;
  // Without the first one nothing goes on in a cluster that was never bootstrapped.
  const waits = cluster.bootstrapped === undefined && one !== undefined && one.refusals.length > 0;
  const refusals: Refusal[] = waits
    ? [{ code: "ICH7003", message: "its first machine is away", kind: "wait" }]
    : [];
  return { cluster: cluster.name, site: cluster.site, refusals, machines, unchanged: 0 };
}

function isWell(live: LiveMachine): boolean {
  return live.state === "running" && live.stage === "running" && live.ready;
}

function actionsOf(
  machine: DesiredMachine,
  live: LiveMachine,
  options: { mode?: "try" | "staged" },
): readonly Action[] {
  if (live.state === "maintenance") return [{ do: "install", contact: "power" }];
  if (live.state !== "running") return [];
  const mode = options.mode ?? "auto";
  if (isInSync(machine, live, "active") && isInSync(machine, live, "persistent")) return [];
  const [runs] = live.active as { kernel: number }[];
  const [wanted] = machine.documents as { kernel: number }[];
  const impact = runs?.kernel === wanted?.kernel ? "service-restart" : "reboot";
  return [{ do: "configure", mode, changes: [], impact, reasons: [] }];
}

/** Whether nothing is left to do and nothing is in the way. */
export function isDone(plan: Plan): boolean {
  return plan.clusters.every(
    ({ refusals, machines }) =>
      refusals.length === 0 && machines.every((one) => one.actions.length === 0 && one.refusals.length === 0),
  );
}

/** Plans and runs again until all is as it should be; how many runs that took. */
export async function converge(fleet: Fleet, options: RunOptions = {}): Promise<number> {
  for (let round = 0; round < 10; round++) {
    fleet.clock.pass(LEASE_LASTS + MINUTE);
    const plan = planOf(fleet);
    if (isDone(plan)) return round;
    await runPlan(fleet, plan, options);
  }
  throw new Error(`it does not converge: ${JSON.stringify(planOf(fleet).clusters, undefined, 1)}`);
}
