import { isSameConfiguration } from "../../src/applier/plan/documents.ts";
import type { Mode } from "../../src/applier/plan/input.ts";
import type { Plan } from "../../src/applier/plan/plan.ts";
import { isAvailable } from "../../src/lab/etcd.ts";
import { createFleet } from "../../src/lab/fleet.ts";
import { powerOn } from "../../src/lab/lifecycle.ts";
import type { MachineSpec } from "../../src/lab/machine.ts";
import { createRandom } from "../../src/lab/random.ts";
import { outline, type RunOptions, readYaml, runApplier, type World } from "./simulation-applier.ts";
import { createStepClock } from "./simulation-clock.ts";
import type { Network, Process } from "./simulation-driver.ts";
import { createBreaker } from "./simulation-faults.ts";
import { createGit, type Git } from "./simulation-git.ts";
import { createWatch } from "./simulation-watch.ts";

export interface Simulated {
  readonly seed: string;
  readonly violations: readonly string[];
  readonly history: readonly string[];
  /** Runs without faults until all was as git says. */
  readonly runs: number;
  readonly events: number;
  readonly writes: number;
}

const MINUTE = 60_000;
/** No run lasts longer than this. */
const RUN_MS = 24 * 60 * MINUTE;
/** Runs within which all is as git says once nothing breaks any more. */
const RUNS_MAX = 8;
const START = Date.UTC(2026, 10, 21, 8);

/** A fleet, its repository and its appliers, from bare metal through everything that breaks until all is well. */
export async function simulate(seed: string): Promise<Simulated> {
  const random = createRandom(`simulation/${seed}`);
  // The generator's first numbers are much alike for seeds that are.
  for (let count = 0; count < 5; count++) random();
  const history: string[] = [];
  const clock = createStepClock(START);
  const note = (line: string) => {
    const seconds = Math.round((clock.now() - START) / 100) / 10;
    history.push(`${seconds}s ${line}`);
  };
  const git = await createGit(random);
  const fleet = createFleet({
    specs: git.machines.map(
      (machine): MachineSpec => ({
        ...machine,
        talos: machine.talos ?? "",
        schematic: machine.schematic,
        extensions: [],
        disks: [],
      }),
    ),
    clock,
    seed,
    readYaml: (text) => {
      const documents = readYaml(text);
      return documents === undefined ? { error: "no YAML" } : { documents };
    },
  });
  const leases: World["leases"] = new Map();
  const machines = [...fleet.machines.values()];
  const holderOf = (cluster: string) => {
    const held = leases.get(cluster);
    return held !== undefined && Date.parse(held.expires) > clock.now() ? held.run : undefined;
  };
  const watch = createWatch({
    clock,
    machines: () => machines,
    note,
    holderOf,
    onWrite: (arrival, process) => breaker.ambush(arrival, process),
  });
  const network: Network = {
    fleet,
    clock,
    random,
    wires: new Map(),
    lazy: new Set(),
    before: watch.before,
    after: watch.after,
  };
  const world: World = { clock, network, git, watch, leases, note };
  const breaker = createBreaker({ fleet, clock, random, network, note });
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
    const process: Process & { plan: Plan | undefined; isOver: boolean } = {
      id: `run${++processes}`,
      isAlive: true,
      callsLeft: Number.POSITIVE_INFINITY,
      kill: () => {
        if (process.isAlive && !process.isOver) note(`${process.id} is killed`);
        process.isAlive = false;
        process.isOver = true;
      },
      plan: undefined,
      isOver: false,
    };
    runApplier(world, process, options).then(
      (plan) => {
        process.plan = plan;
        process.isOver = true;
      },
      (error: unknown) => {
        process.isOver = true;
        watch.violate(`${process.id} ended with ${error instanceof Error ? error.stack : String(error)}`);
      },
    );
    return process;
  };

  for (const machine of machines) clock.schedule(random() * 5 * MINUTE, () => powerOn(machine));
  await pass(random() < 0.7 ? 8 * MINUTE : random() * 5 * MINUTE);
  const rounds = 3 + Math.floor(random() * 5);
  for (let round = 0; round < rounds && !isBroken(); round++) {
    if (round > 0) for (let count = random() * 4; count > 1; count--) note(`GIT ${git.change()}`);
    const span = [5, 15, 60][Math.floor(random() * 3)] ?? 60;
    for (let count = Math.floor(random() * random() * 20); count > 0; count--) {
      clock.schedule(random() * span * MINUTE, () => breaker.breakSomething(watch.last()));
    }
    const abort = new AbortController();
    if (random() < 0.1) clock.schedule(random() * 30 * MINUTE, () => abort.abort());
    const options = (): RunOptions => ({
      mode:
        random() < 0.85
          ? "auto"
          : ((["no-reboot", "staged", "try"] as const)[Math.floor(random() * 3)] as Mode),
      readsFor: random() < 0.2 ? random() * 10 * MINUTE : 0,
      signal: abort.signal,
    });
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
    await pass(random() < 0.5 ? random() * 5000 : random() * 10 * MINUTE);
  }
  breaker.repairAll();
  git.makeGood();
  await pass(20 * MINUTE);
  let runs = 0;
  for (let isDone = false; !isDone && !isBroken(); runs++) {
    const process = start({ mode: "auto", readsFor: 0, signal: new AbortController().signal });
    await happen(() => process.isOver, RUN_MS, "a run without faults");
    const lines = process.plan === undefined ? [] : outline(process.plan);
    isDone = process.plan !== undefined && lines.length === 0;
    if (!isDone && runs >= RUNS_MAX)
      watch.violate(`after ${runs} runs without faults the plan is ${lines.join("; ")}`);
    if (!isDone) await pass(3 * MINUTE);
  }
  if (!isBroken()) for (const wrong of differences(git, world)) watch.violate(wrong);
  return { seed, violations: watch.violations, history, runs, events, writes: watch.writes() };
}

/** What is not as git says, seen from above. */
function differences(git: Git, { network: { fleet } }: World): readonly string[] {
  return [...git.desired().clusters.values()].flatMap(({ name, machines, bootstrapped }) => {
    const wrong = bootstrapped === undefined ? [`git does not record that ${name} was bootstrapped`] : [];
    for (const machine of machines) {
      const found = fleet.find(machine.serial);
      const texts = [found?.active?.text, found?.persistent?.text];
      const isSynced = texts.every((text) =>
        isSameConfiguration(machine.documents, readYaml(text ?? "") ?? []),
      );
      if (!isSynced || found?.stage !== "running")
        wrong.push(`${machine.name} is not synced (${found?.stage})`);
      if (machine.type !== "controlplane") continue;
      const voters = [...(found?.etcd?.cluster.members.values() ?? [])].filter(
        ({ learner }) => !learner,
      ).length;
      const controlPlanes = machines.filter(({ type }) => type === "controlplane").length;
      if (found?.etcd === undefined || !isAvailable(found.etcd.cluster) || voters !== controlPlanes)
        wrong.push(`etcd of ${machine.name} has ${voters} members`);
    }
    return wrong;
  });
}
