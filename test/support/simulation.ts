import type { Plan } from "../../src/applier/plan/plan.ts";
import { createFleet } from "../../src/lab/fleet.ts";
import { createKubernetes } from "../../src/lab/kubernetes/kubernetes.ts";
import { powerOn } from "../../src/lab/lifecycle.ts";
import type { MachineSpec } from "../../src/lab/machine.ts";
import { createRandom, type Random } from "../../src/lab/random.ts";
import {
  outline,
  type PlanFile,
  type Ran,
  type RunOptions,
  readYaml,
  runApplier,
  type World,
} from "./simulation-applier.ts";
import { createStepClock } from "./simulation-clock.ts";
import type { Network, Process } from "./simulation-driver.ts";
import { differences, unexplained } from "./simulation-end.ts";
import { createBreaker } from "./simulation-faults.ts";
import { createGit, type Git } from "./simulation-git.ts";
import type { Clusters } from "./simulation-kubernetes.ts";
import { removeOldMembers } from "./simulation-others.ts";
import { createRules } from "./simulation-rules.ts";
import { createWatch } from "./simulation-watch.ts";

export interface Simulated {
  readonly seed: string;
  readonly violations: readonly string[];
  readonly history: readonly string[];
  /** Runs without faults until all was as git says. */
  readonly runs: number;
  readonly events: number;
  readonly writes: number;
  /** Rules stood in the way of something for good. */
  readonly isHeld: boolean;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** No run lasts longer than this. */
const RUN_MS = 24 * HOUR;
/** Runs within which all is as git says once nothing breaks any more. */
const RUNS_MAX = 10;
const START = Date.UTC(2026, 10, 21, 8);

/** A fleet, its repository and its appliers, from bare metal through everything that breaks until all is well. */
export async function simulate(seed: string): Promise<Simulated> {
  const random = createRandom(`simulation/${seed}`);
  // The generator's first numbers are much alike for seeds that are.
  for (let count = 0; count < 5; count++) random();
  const history: string[] = [];
  const clock = createStepClock(START + Math.floor(random() * 24) * HOUR);
  const note = (line: string) => {
    const seconds = Math.round((clock.now() - START) / 100) / 10;
    history.push(`${seconds}s ${line}`);
  };
  const hasKubernetes = random() < 0.5;
  const git = await createGit(random, hasKubernetes);
  const rules = createRules(clock, git.clusters, random);
  const fleet = createFleet({
    specs: git.machines.map(
      (machine): MachineSpec => ({
        ...machine,
        talos: machine.talos ?? "",
        schematic: machine.schematic,
        extensions: [],
        disks: [],
        memory: 2 ** 37,
      }),
    ),
    clock,
    seed,
    readYaml: (text) => {
      const documents = readYaml(text);
      return documents === undefined ? { error: "no YAML" } : { documents };
    },
  });
  const clusters: Clusters | undefined = hasKubernetes
    ? { kubernetes: createKubernetes(fleet, seed), cordoned: new Set() }
    : undefined;
  const leases: World["leases"] = new Map();
  const machines = [...fleet.machines.values()];
  const watch = createWatch({
    clock,
    machines: () => machines,
    note,
    rules,
    clusters,
    network: {
      get drop() {
        return network.drop;
      },
    },
    isRecorded: (cluster) => git.bootstrapped.has(cluster),
    holderOf: (cluster) => {
      const held = leases.get(cluster);
      return held !== undefined && Date.parse(held.expires) > clock.now() ? held.run : undefined;
    },
    onWrite: (arrival, process) => breaker.ambush(arrival, process),
  });
  const network: Network = {
    fleet,
    clock,
    random,
    wires: new Map(),
    lazy: new Set(),
    drop: 0,
    before: watch.before,
    after: watch.after,
  };
  const world: World = { clock, network, git, rules, clusters, watch, leases, note };
  const breaker = createBreaker({ fleet, clock, random, network, git, rules, clusters, note });
  let events = 0;
  const isBroken = () => watch.violations.length > 0;
  /** Lets things happen until something is so, or for so long. */
  const happen = async (until: () => boolean, limit: number, what: string): Promise<void> => {
    const end = clock.now() + limit;
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      watch.check();
      if (until() || isBroken()) return;
      if (clock.now() > end || !clock.next()) return watch.violate(`${what} does not end`);
      events += 1;
    }
  };
  const pass = async (milliseconds: number): Promise<void> => {
    let isOver = false;
    clock.schedule(milliseconds, () => {
      isOver = true;
    });
    await happen(() => isOver, milliseconds + MINUTE, "time");
  };
  let processes = 0;
  const start = (options: RunOptions) => {
    const process: Process & { ran: Ran | undefined; isOver: boolean } = {
      id: `run${++processes}`,
      isAlive: true,
      callsLeft: Number.POSITIVE_INFINITY,
      kill: () => {
        if (process.isAlive && !process.isOver) note(`${process.id} is killed`);
        process.isAlive = false;
        process.isOver = true;
      },
      ran: undefined,
      isOver: false,
    };
    runApplier(world, process, options).then(
      (ran) => {
        process.ran = ran;
        process.isOver = true;
      },
      (error: unknown) => {
        process.isOver = true;
        watch.violate(`${process.id} ended with ${error instanceof Error ? error.stack : String(error)}`);
      },
    );
    return process;
  };
  const files: PlanFile[] = [];

  const round = async (isFirst: boolean): Promise<void> => {
    if (!isFirst)
      for (let count = random() * 4; count > 1; count--)
        note(`GIT ${git.change((name) => mayReplace(world, name))}`);
    const span = [5, 15, 60][Math.floor(random() * 3)] ?? 60;
    for (let count = Math.floor(random() * random() * 20); count > 0; count--) {
      clock.schedule(random() * span * MINUTE, () => breaker.breakSomething(watch.last()));
    }
    const abort = new AbortController();
    if (random() < 0.1) clock.schedule(random() * 30 * MINUTE, () => abort.abort());
    const options = () => drawOptions(git, random, abort.signal, files);
    const running = [start(options())];
    if (random() < 0.25) {
      const second = options();
      await pass(random() * random() * 20 * MINUTE);
      running.push(start(second));
    }
    for (const process of running) {
      const chance = random();
      if (chance < 0.25) process.callsLeft = Math.floor(random() * random() * 1500);
      else if (chance < 0.45) clock.schedule(random() * random() * 60 * MINUTE, process.kill);
    }
    await happen(() => running.every(({ isOver }) => isOver), RUN_MS, "a run");
    for (const { ran } of running) if (ran !== undefined && files.length < 5) files.push(ran.file);
    await pass(random() < 0.5 ? random() * 5000 : random() * 10 * MINUTE);
  };

  /** People repair what is broken, and most of what no applier may. */
  const repair = (): void => {
    breaker.repairAll();
    git.makeGood();
    rules.lift();
    if (random() < 0.9) rules.locked.clear();
    const isTold = random() < 0.8;
    for (const [machine, uuid] of breaker.hardware())
      for (const slot of git.clusters.flatMap(({ slots }) => slots))
        if (isTold && slot.machine.serial === machine.spec.serial) slot.uuid = uuid;
  };

  for (const machine of machines) clock.schedule(random() * 5 * MINUTE, () => powerOn(machine));
  await pass(random() < 0.7 ? 8 * MINUTE : random() * 5 * MINUTE);
  const rounds = 3 + Math.floor(random() * 5);
  for (let count = 0; count < rounds && !isBroken(); count++) await round(count === 0);
  repair();
  await pass(20 * MINUTE);
  if (random() < 0.8) removeOldMembers(git, machines, note);
  let runs = 0;
  let last: Plan | undefined;
  for (let isDone = false; !isDone && !isBroken(); runs++) {
    await pass(rules.untilOpen());
    const process = start(PLAIN);
    await happen(() => process.isOver, RUN_MS, "a run without faults");
    last = process.ran?.plan;
    const doing = last?.clusters
      .flatMap((cluster) => cluster.machines)
      .filter(({ actions }) => actions.length > 0);
    const why = last === undefined ? [] : unexplained(world, last);
    isDone = doing?.length === 0 && why.length === 0;
    if (!isDone && runs >= RUNS_MAX)
      watch.violate(
        `after ${runs} runs without faults the plan is ${last === undefined ? "" : outline(last).join("; ")}`,
      );
    if (!isDone) await pass(3 * MINUTE);
  }
  if (!isBroken() && last !== undefined) {
    for (const wrong of differences(world, last)) watch.violate(wrong);
    const before = watch.writes();
    const again = start(PLAIN);
    await happen(() => again.isOver, RUN_MS, "a second run");
    if (watch.writes() !== before) watch.violate("a second run does something");
  }
  const isHeld = last !== undefined && outline(last).length > 0;
  return { seed, violations: watch.violations, history, runs, events, writes: watch.writes(), isHeld };
}

const PLAIN: RunOptions = {
  mode: "auto",
  readsFor: 0,
  signal: new AbortController().signal,
  closed: new Set(),
  limits: {},
  isMeant: undefined,
  file: undefined,
  onlyPlans: false,
  drains: true,
};

function drawOptions(git: Git, random: Random, signal: AbortSignal, files: readonly PlanFile[]): RunOptions {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const closed: string[] = [];
  if (random() < 0.08) closed.push(pick(git.clusters).name);
  if (random() < 0.05) closed.push(pick(git.machines).name);
  const one = pick(git.machines).name;
  const isNarrow = random() < 0.06;
  return {
    mode: random() < 0.85 ? "auto" : pick(["no-reboot", "staged", "try"]),
    readsFor: random() < 0.2 ? random() * 10 * MINUTE : 0,
    signal,
    closed: new Set(closed),
    limits: {
      ...(random() < 0.06 && { maxParallel: 1 }),
      ...(random() < 0.06 && { maxChange: 2 }),
    },
    isMeant: isNarrow ? (name) => name === one : undefined,
    file: random() < 0.1 && files.length > 0 ? pick(files) : undefined,
    onlyPlans: random() < 0.06,
    drains: random() < 0.85,
  };
}

/** Nobody takes a control plane from a cluster while git does not know of the etcd that it may be the only one to have. */
function mayReplace({ git, network }: World, cluster: string): boolean {
  if (git.bootstrapped.has(cluster)) return true;
  return [...network.fleet.machines.values()].every(
    ({ etcd, spec }) => etcd === undefined || !spec.name.startsWith(`${cluster}-`),
  );
}
