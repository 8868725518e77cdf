import type { Desired } from "../../src/applier/desired.ts";
import type { Plan } from "../../src/applier/plan/plan.ts";
import type { Machine } from "../../src/lab/machine.ts";
import type { Process } from "./simulation-driver.ts";
import {
  type Basis,
  clusterOf,
  type Known,
  type Options,
  type Part,
  type Sight,
  stateOf,
  type WatchOptions,
  WRITES,
} from "./simulation-sight.ts";
import { watchAvailability } from "./simulation-watch-away.ts";
import { watchEtcd } from "./simulation-watch-etcd.ts";
import { watchOrder } from "./simulation-watch-order.ts";
import { watchPods } from "./simulation-watch-pods.ts";
import { watchWrites } from "./simulation-watch-writes.ts";

/** What never may happen, whatever breaks. */
export interface Watch extends Required<Part> {
  /** What a process goes by. */
  readonly knows: (process: Process, desired: Desired, options: Options) => void;
  /** What it is going to do, and what that was made of. */
  readonly plans: (process: Process, plan: Plan, basis: Basis) => void;
  /** What each machine keeps, by its name. */
  readonly states: () => ReadonlyMap<string, string>;
  readonly violations: readonly string[];
  readonly violate: (what: string) => void;
  /** Calls that changed something, of all processes. */
  readonly writes: () => number;
  /** The machine that was written to last. */
  readonly last: () => Machine | undefined;
}

export function createWatch({ onWrite, ...options }: WatchOptions): Watch {
  const { machines, note } = options;
  const violations: string[] = [];
  const known = new Map<Process, Known>();
  let writes = 0;
  let last: Machine | undefined;
  const violate = (what: string) => {
    if (violations.length < 20) violations.push(what);
    note(`VIOLATION ${what}`);
  };
  const desiredOf: Sight["desiredOf"] = (process, machine) => {
    const cluster = known.get(process)?.desired.clusters.get(clusterOf(machine));
    return { cluster, machine: cluster?.machines.find(({ name }) => name === machine.spec.name) };
  };
  const planOf: Sight["planOf"] = (process, name) =>
    known
      .get(process)
      ?.plan?.clusters.flatMap((cluster) => cluster.machines)
      .find(({ machine }) => machine === name);
  const sight: Sight = { ...options, violate, known: (process) => known.get(process), desiredOf, planOf };
  const parts: readonly Part[] = [
    watchOrder(sight),
    watchWrites(sight),
    watchAvailability(sight),
    watchEtcd(sight),
    watchPods(sight),
  ];
  return {
    violations,
    violate,
    writes: () => writes,
    last: () => last,
    knows: (process, desired, said) =>
      void known.set(process, { desired, options: said, plan: undefined, basis: undefined }),
    plans: (process, plan, basis) => {
      const found = known.get(process);
      if (found !== undefined) known.set(process, { ...found, plan, basis });
      for (const { machine, actions, refusals } of plan.clusters.flatMap((cluster) => cluster.machines))
        if (actions.length > 0 && refusals.length > 0)
          violate(`of ${machine} the plan says both what is done and that it is not`);
    },
    states: () => new Map(machines().map((machine) => [machine.spec.name, stateOf(machine)])),
    before: (process, arrival) => {
      const { method, machine, request } = arrival;
      if (WRITES.has(method)) {
        writes += 1;
        last = machine;
        onWrite(arrival, process);
        const { mode = "" } = (request ?? {}) as { readonly mode?: string };
        note(
          `${process.id}: ${method} ${mode} reaches ${machine.spec.name} (${machine.stage}, ${machine.api})`,
        );
      }
      for (const part of parts) part.before?.(process, arrival);
    },
    after: (process, arrival) => {
      for (const part of parts) part.after?.(process, arrival);
    },
    event: (process, event) => {
      for (const part of parts) part.event?.(process, event);
    },
    check: () => {
      for (const part of parts) part.check?.();
    },
  };
}
