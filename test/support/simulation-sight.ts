import type { Desired, DesiredCluster, DesiredMachine } from "../../src/applier/desired.ts";
import type { ExecutionEvent } from "../../src/applier/execute/events.ts";
import type { Limits } from "../../src/applier/plan/input.ts";
import type { MachinePlan, Plan } from "../../src/applier/plan/plan.ts";
import type { Clock } from "../../src/lab/clock.ts";
import type { Machine } from "../../src/lab/machine.ts";
import { type Arrival, type Process, reportedUuid } from "./simulation-driver.ts";
import type { Clusters } from "./simulation-kubernetes.ts";
import type { Rules } from "./simulation-rules.ts";

export interface WatchOptions {
  readonly clock: Clock;
  readonly machines: () => readonly Machine[];
  readonly note: (line: string) => void;
  readonly holderOf: (cluster: string) => string | undefined;
  readonly rules: Rules;
  /** How many of all calls get lost. */
  readonly network: { readonly drop: number };
  /** Undefined: there is no Kubernetes. */
  readonly clusters: Clusters | undefined;
  readonly isRecorded: (cluster: string) => boolean;
  readonly onWrite: (arrival: Arrival, process: Process) => void;
}

/** What was said to a run on its command line. */
export interface Options {
  readonly signal: AbortSignal;
  readonly limits: Limits;
  /** `ichor apply FILE`: its budgets and limits are those with which it was made. */
  readonly isFile: boolean;
  /** Nodes are drained. */
  readonly drains: boolean;
}

/** What a plan was made of: documents of machines, and what they kept as long as it was made. */
export interface Basis {
  readonly documents: ReadonlyMap<string, string>;
  readonly states: ReadonlyMap<string, string>;
}

/** What the watch knows of a process. */
export interface Known {
  readonly desired: Desired;
  readonly options: Options;
  readonly plan: Plan | undefined;
  readonly basis: Basis | undefined;
}

/** What the parts of the watch see of the world. */
export interface Sight extends Omit<WatchOptions, "onWrite"> {
  readonly violate: (what: string) => void;
  readonly known: (process: Process) => Known | undefined;
  /** What git says of a machine, as far as a process knows. */
  readonly desiredOf: (
    process: Process,
    machine: Machine,
  ) => { readonly cluster: DesiredCluster | undefined; readonly machine: DesiredMachine | undefined };
  readonly planOf: (process: Process, name: string) => MachinePlan | undefined;
}

/** One part of the watch. */
export interface Part {
  readonly before?: (process: Process, arrival: Arrival) => void;
  readonly after?: (process: Process, arrival: Arrival) => void;
  /** What a run says of itself. */
  readonly event?: (process: Process, event: ExecutionEvent) => void;
  /** After everything that happens. */
  readonly check?: () => void;
}

/** What nobody asked this applier to do yet. */
export const DESTRUCTIVE: ReadonlySet<string> = new Set([
  "Reset",
  "Upgrade",
  "EtcdRemoveMemberByID",
  "Shutdown",
  "power off",
  "power on",
  "power cycle",
]);

/** What is done to the node of a machine and not to the machine. */
export const OF_KUBERNETES: ReadonlySet<string> = new Set(["Cordon", "Uncordon", "Evict"]);

export const WRITES: ReadonlySet<string> = new Set([
  ...DESTRUCTIVE,
  "ApplyConfiguration",
  "Bootstrap",
  "Reboot",
  "EtcdForfeitLeadership",
  "power networkBoot",
  ...OF_KUBERNETES,
]);

/** Who a machine is and what its next boot takes. */
export function stateOf(machine: Machine): string {
  return JSON.stringify([reportedUuid(machine), machine.persistent?.text ?? ""]);
}

export function clusterOf({ spec }: Machine): string {
  return spec.name.split("-")[0] ?? "";
}

export function isControlPlane({ spec }: Machine): boolean {
  return spec.name.includes("-cp");
}

export function inner<K, A, B>(map: Map<K, Map<A, B>>, key: K): Map<A, B> {
  const found = map.get(key) ?? new Map<A, B>();
  map.set(key, found);
  return found;
}
