import { parseAllDocuments } from "yaml";
import { DEFAULT_LIMITS, type ExecuteContext } from "../../src/applier/execute/context.ts";
import { executePlan } from "../../src/applier/execute/execute-plan.ts";
import type { Acquired, LeaseHolder } from "../../src/applier/execute/lease.ts";
import {
  type Observer,
  observeFleet,
  observeMachine,
  readHardware,
} from "../../src/applier/observe/observe.ts";
import { isSameConfiguration } from "../../src/applier/plan/documents.ts";
import type { Mode } from "../../src/applier/plan/input.ts";
import type { Plan } from "../../src/applier/plan/plan.ts";
import { planFleet } from "../../src/applier/plan/plan-fleet.ts";
import { seenOf } from "../../src/applier/plan/seen.ts";
import { emitYamlDocuments } from "../../src/core/yaml-emit.ts";
import type { StepClock } from "./simulation-clock.ts";
import { type Network, never, type Process, simulatedPower, simulatedTalos } from "./simulation-driver.ts";
import { authorityOf, type Git } from "./simulation-git.ts";
import type { Watch } from "./simulation-watch.ts";

/** What all appliers have in common. */
export interface World {
  readonly clock: StepClock;
  readonly network: Network;
  readonly git: Git;
  readonly watch: Watch;
  readonly leases: Map<string, LeaseHolder>;
  readonly note: (line: string) => void;
}

export interface RunOptions {
  readonly mode: Mode;
  /** A person reads the plan first. */
  readonly readsFor: number;
  readonly signal: AbortSignal;
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

/** Looks, plans, and does what the plan says; as `ichor apply`. */
export async function runApplier(world: World, process: Process, options: RunOptions): Promise<Plan> {
  const { clock, git, watch, note } = world;
  const desired = git.desired();
  watch.knows(process, desired);
  const talos = simulatedTalos(world.network, process);
  const observer: Observer = {
    talos,
    parseYaml: readYaml,
    credentials: (cluster) => ({ authorities: authorityOf(git, cluster), certificate: "", key: "" }),
    now: () => new Date(clock.now()),
  };
  const machines = [...desired.clusters.values()].flatMap((cluster) => cluster.machines);
  const live = await observeFleet(observer, machines, { parallel: 8, signal: options.signal });
  const plan = planFleet({
    desired,
    live,
    resolved: new Map(machines.map((machine) => [machine.name, machine.documents])),
    bundles: new Map([...desired.clusters.keys()].map((name) => [name, { os: name }])),
    now: observer.now(),
    localTime: () => undefined,
    mode: options.mode,
    locked: new Set(),
    limits: {},
  });
  for (const line of outline(plan)) note(`${process.id} plans ${line}`);
  if (options.readsFor > 0) await clock.delay(options.readsFor);
  if (!process.isAlive) return never();
  const context = contextOf(world, process, { observer, desired, signal: options.signal });
  const { results } = await executePlan(plan, context);
  for (const { cluster, machine = "", outcome, reasons } of results) {
    if (outcome !== "unchanged")
      note(
        `${process.id}: ${cluster} ${machine} ${outcome} ${reasons.map(({ code, message }) => `${code} ${message}`).join(", ")}`,
      );
  }
  return plan;
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
  { observer, desired, signal }: Pick<ExecuteContext, "desired" | "signal"> & { readonly observer: Observer },
): ExecuteContext {
  const { clock, git, note } = world;
  const alive = async <T>(act: () => T): Promise<T> => {
    if (!process.isAlive) return never();
    return act();
  };
  return {
    run: process.id,
    desired,
    configuration: (machine) => alive(() => emitYamlDocuments(machine.documents)),
    talos: observer.talos,
    power: simulatedPower(world.network, process),
    kubernetes: () => undefined,
    credentials: (cluster) => observer.credentials(cluster) ?? { authorities: "", certificate: "", key: "" },
    observe: (machine) => observeMachine(observer, machine),
    hardware: (api, machine) => readHardware(api, machine, readYaml),
    seenOf: async (machine, live) => seenOf(live, machine.documents),
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
    hold: async () => undefined,
    redact: (text) => text,
    now: observer.now,
    wait: async (milliseconds) => {
      await clock.delay(milliseconds);
      if (!process.isAlive) await never();
    },
    signal,
    limits: { ...DEFAULT_LIMITS, poll: 10_000 },
    onEvent: (event) => {
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
