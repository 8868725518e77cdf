import { parseAllDocuments } from "yaml";
import type { Desired } from "../../src/applier/desired.ts";
import { DEFAULT_LIMITS, type ExecuteContext } from "../../src/applier/execute/context.ts";
import type { MachineResult } from "../../src/applier/execute/events.ts";
import { executePlan } from "../../src/applier/execute/execute-plan.ts";
import type { Acquired, LeaseHolder } from "../../src/applier/execute/lease.ts";
import {
  type Observer,
  observeFleet,
  observeMachine,
  readHardware,
} from "../../src/applier/observe/observe.ts";
import { isSameConfiguration } from "../../src/applier/plan/documents.ts";
import { formatPlanJson, readPlan } from "../../src/applier/plan/file.ts";
import type { Mode, PlanInput } from "../../src/applier/plan/input.ts";
import type { Plan } from "../../src/applier/plan/plan.ts";
import { narrowPlan, planFleet } from "../../src/applier/plan/plan-fleet.ts";
import { seenOf } from "../../src/applier/plan/seen.ts";
import { mustGet } from "../../src/core/invariant.ts";
import { emitYamlDocuments } from "../../src/core/yaml-emit.ts";
import type { StepClock } from "./simulation-clock.ts";
import { type Network, never, type Process, simulatedPower, simulatedTalos } from "./simulation-driver.ts";
import { authorityOf, type Git } from "./simulation-git.ts";
import { type Clusters, simulatedKubernetes } from "./simulation-kubernetes.ts";
import { holdOf, type Rules, utc } from "./simulation-rules.ts";
import type { Basis } from "./simulation-sight.ts";
import type { Watch } from "./simulation-watch.ts";

/** What all appliers have in common. */
export interface World {
  readonly clock: StepClock;
  readonly network: Network;
  readonly git: Git;
  readonly rules: Rules;
  /** Undefined: there is no Kubernetes. */
  readonly clusters: Clusters | undefined;
  readonly watch: Watch;
  readonly leases: Map<string, LeaseHolder>;
  readonly note: (line: string) => void;
}

/** A plan as `ichor plan --out` writes it, and what it was made of. */
export interface PlanFile {
  readonly text: string;
  readonly basis: Basis;
}

export interface RunOptions {
  readonly mode: Mode;
  /** A person reads the plan first. */
  readonly readsFor: number;
  readonly signal: AbortSignal;
  /** Clusters whose secrets cannot be opened, and machines of which a reference cannot be resolved. */
  readonly closed: ReadonlySet<string>;
  readonly limits: PlanInput["limits"];
  /** `-n`: of the plan only what is for these machines. */
  readonly isMeant: ((machine: string) => boolean) | undefined;
  /** `ichor apply FILE`. */
  readonly file: PlanFile | undefined;
  /** `ichor plan --out`: nothing is done. */
  readonly onlyPlans: boolean;
  /** Nodes are drained before reboots. */
  readonly drains: boolean;
}

/** How a run ended. */
export interface Ran {
  readonly plan: Plan;
  readonly file: PlanFile;
  readonly results: readonly MachineResult[];
}

const LEASE_MS = 120_000;
const parsed = new Map<string, readonly unknown[] | undefined>();

/** Texts come again and again: each is read once. */
export function readYaml(text: string): readonly unknown[] | undefined {
  if (parsed.has(text)) return parsed.get(text);
  const found = parseAllDocuments(text);
  const documents = "length" in found ? found : [];
  const value = documents.some(({ errors }) => errors.length > 0)
    ? undefined
    : documents.map((document): unknown => document.toJS());
  if (parsed.size > 50_000) parsed.clear();
  parsed.set(text, value);
  return value;
}

interface Session {
  readonly desired: Desired;
  readonly resolved: ReadonlyMap<string, readonly unknown[]>;
  readonly observer: Observer;
  readonly options: RunOptions;
}

/** Looks, plans, and does what the plan says; as `ichor apply`. */
export async function runApplier(world: World, process: Process, options: RunOptions): Promise<Ran> {
  const { clock, watch, note } = world;
  const session = openSession(world, process, options);
  const { signal, limits, drains } = options;
  watch.knows(process, session.desired, { signal, limits, isFile: options.file !== undefined, drains });
  const { plan, file } = options.file === undefined ? await plans(world, session) : read(options.file);
  for (const line of outline(plan)) note(`${process.id} plans ${line}`);
  if (options.readsFor > 0) await clock.delay(options.readsFor);
  if (!process.isAlive) return never();
  watch.plans(process, plan, file.basis);
  if (options.onlyPlans) return { plan, file, results: [] };
  const { results } = await executePlan(plan, contextOf(world, process, session));
  for (const { cluster, machine = "", outcome, reasons } of results) {
    if (outcome !== "unchanged")
      note(
        `${process.id}: ${cluster} ${machine} ${outcome} ${reasons.map(({ code, message }) => `${code} ${message}`).join(", ")}`,
      );
  }
  return { plan, file, results };
}

function openSession(world: World, process: Process, options: RunOptions): Session {
  const { network, git, rules, clock, clusters } = world;
  const desired = git.desired(rules);
  const machines = [...desired.clusters.values()].flatMap((cluster) => cluster.machines);
  const open = machines.filter(
    ({ name, cluster }) => !options.closed.has(name) && !options.closed.has(cluster),
  );
  const api = clusters && simulatedKubernetes(network, process, clusters);
  const observer: Observer = {
    talos: simulatedTalos(network, process),
    parseYaml: readYaml,
    credentials: (cluster) =>
      options.closed.has(cluster)
        ? undefined
        : { authorities: authorityOf(git, cluster), certificate: "", key: "" },
    ...(api !== undefined && {
      kubernetes: (cluster: string) => (options.closed.has(cluster) ? undefined : api(cluster)),
    }),
    now: () => new Date(clock.now()),
  };
  return {
    desired,
    resolved: new Map(open.map((machine) => [machine.name, machine.documents])),
    observer,
    options,
  };
}

async function plans(
  { watch, rules }: World,
  { desired, resolved, observer, options }: Session,
): Promise<Omit<Ran, "results">> {
  const machines = [...desired.clusters.values()].flatMap((cluster) => cluster.machines);
  const before = watch.states();
  const live = await observeFleet(observer, machines, { parallel: 8, signal: options.signal });
  const after = watch.states();
  const open = [...desired.clusters.keys()].filter((name) => !options.closed.has(name));
  const whole = planFleet({
    desired,
    live,
    resolved,
    bundles: new Map(open.map((name) => [name, { os: name }])),
    now: observer.now(),
    localTime: utc,
    mode: options.mode,
    drains: options.drains,
    locked: new Map(rules.locked),
    limits: options.limits,
  });
  const plan = options.isMeant === undefined ? whole : narrowPlan(whole, options.isMeant);
  const basis: Basis = {
    documents: new Map(machines.map(({ name, documents }) => [name, JSON.stringify(documents)])),
    states: new Map([...after].filter(([name, state]) => before.get(name) === state)),
  };
  return { plan, file: { text: formatPlanJson(plan), basis } };
}

function read(file: PlanFile): Omit<Ran, "results"> {
  const { value, diagnostics } = readPlan(file.text);
  if (value === undefined) throw new Error(`the plan cannot be read: ${diagnostics[0]?.message}`);
  return { plan: value, file };
}

export function outline(plan: Plan): readonly string[] {
  return plan.clusters.flatMap(({ cluster, refusals, machines }) => [
    ...refusals.map(({ code, message }) => `${cluster}: ${code} ${message}`),
    ...machines.map(({ machine, wave, actions, refusals: against }) => {
      const does = actions.map((action) =>
        action.do === "configure" ? `configure ${action.mode} ${action.impact}` : action.do,
      );
      return `${machine} ${wave}: ${[...does, ...against.map(({ code, message }) => `${code} ${message}`)].join(", ")}`;
    }),
  ]);
}

function contextOf(
  world: World,
  process: Process,
  { desired, resolved, observer, options }: Session,
): ExecuteContext {
  const { clock, git, rules, watch, note } = world;
  const alive = async <T>(act: () => T): Promise<T> => {
    if (!process.isAlive) return never();
    return act();
  };
  return {
    run: process.id,
    desired,
    configuration: (machine) => alive(() => emitYamlDocuments([...mustGet(resolved, machine.name)])),
    talos: observer.talos,
    power: simulatedPower(world.network, process),
    kubernetes: (cluster) => (options.drains ? observer.kubernetes?.(cluster) : undefined),
    credentials: (cluster) => {
      const credentials = observer.credentials(cluster);
      if (credentials === undefined) throw new Error(`the secrets of ${cluster} are not open`);
      return credentials;
    },
    observe: (machine) => observeMachine(observer, machine),
    hardware: (api, machine) => readHardware(api, machine, readYaml),
    seenOf: async (machine, live) => seenOf(live, resolved.get(machine.name)),
    inSync: async (machine, live, which) => isSameConfiguration(machine.documents, live[which]),
    record: {
      bootstrapped: async (cluster, server) => {
        await clock.delay(500);
        await alive(() => {
          note(`${process.id}: git records ${cluster} bootstrapped on ${server}`);
          git.bootstrapped.set(cluster, server);
        });
      },
    },
    leases: { acquire: (cluster) => alive(() => acquire(world, process, cluster)) },
    journal: { append: () => alive(() => undefined) },
    hold: async (machine) => holdOf(rules, desired.clusters, machine, observer.now()),
    locate: ({ file }) => ({ file, line: 1, column: 1 }),
    redact: (text) => text,
    now: observer.now,
    wait: async (milliseconds) => {
      await clock.delay(milliseconds);
      if (!process.isAlive) await never();
    },
    signal: options.signal,
    limits: { ...DEFAULT_LIMITS, poll: 10_000 },
    onEvent: (event) => {
      if (process.isAlive) watch.event(process, event);
      if (event.event === "step-failed")
        note(`${process.id}: ${event.machine} ${event.step} failed: ${event.problem.message}`);
    },
  };
}

function acquire({ leases, clock }: World, process: Process, cluster: string): Acquired {
  const held = leases.get(cluster);
  if (held !== undefined && Date.parse(held.expires) > clock.now()) return { heldBy: held };
  const renew = () => {
    const expires = new Date(clock.now() + LEASE_MS).toISOString();
    leases.set(cluster, { run: process.id, host: "h", pid: 1, expires });
  };
  renew();
  let isLost = false;
  const holds = async () => {
    if (!process.isAlive) return never();
    const mine = leases.get(cluster);
    if (mine?.run !== process.id || Date.parse(mine.expires) <= clock.now()) isLost = true;
    if (!isLost) renew();
    return !isLost;
  };
  const release = async () => {
    if (!process.isAlive) return never();
    if (leases.get(cluster)?.run === process.id) leases.delete(cluster);
  };
  return { lease: { holds, release } };
}
