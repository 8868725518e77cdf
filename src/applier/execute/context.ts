import type { SourcePosition, SourceRef } from "../../core/diagnostic.ts";
import type { Desired, DesiredCluster, DesiredMachine } from "../desired.ts";
import type { KubernetesApi } from "../kubernetes-api.ts";
import type { Hardware, LiveMachine, RunningMachine } from "../live.ts";
import type { ClusterPlan, MachinePlan, Refusal } from "../plan/plan.ts";
import type { PowerDriver } from "../power.ts";
import type { TalosApi, TalosCredentials, TalosDriver } from "../talos-api.ts";
import type { ExecutionEvent, Problem } from "./events.ts";
import type { Journal } from "./journal.ts";
import type { Lease, LeaseDriver } from "./lease.ts";

/** All that carrying out a plan needs of the world. */
export interface ExecuteContext {
  /** Names this run in the journal. */
  readonly run: string;
  readonly desired: Desired;
  /** The whole configuration with its secrets; it stays in memory. */
  readonly configuration: (machine: DesiredMachine) => Promise<string>;
  readonly talos: TalosDriver;
  readonly power: PowerDriver;
  /** Undefined: nothing is drained, and no node is waited for. */
  readonly kubernetes: (cluster: string) => KubernetesApi | undefined;
  readonly credentials: (cluster: string) => TalosCredentials;
  /** Looks at a machine anew. Never throws for what the machine does. */
  readonly observe: (machine: DesiredMachine) => Promise<LiveMachine>;
  /** Reads the hardware at the other end of a connection; `machine` gives the byte order of the UUID. */
  readonly hardware: (api: TalosApi, machine: DesiredMachine) => Promise<Hardware>;
  /** The digest that stands in the plan as `seen`. */
  readonly seenOf: (machine: DesiredMachine, live: LiveMachine) => Promise<string>;
  /** Whether the machine runs what git says, or has it on its disk for the next boot. */
  readonly inSync: (
    machine: DesiredMachine,
    live: RunningMachine,
    which: "active" | "persistent",
  ) => Promise<boolean>;
  readonly record: {
    /** Resolves when git has it, so that every later run knows. */
    readonly bootstrapped: (cluster: string, server: string) => Promise<void>;
  };
  readonly leases: LeaseDriver;
  readonly journal: Journal;
  /** Asked before each machine, since pauses, freezes and locks come while a run goes on. */
  readonly hold: (machine: DesiredMachine) => Promise<Refusal | undefined>;
  /** The line and column of a place in a file of the repository. */
  readonly locate: (at: SourceRef) => SourcePosition;
  /** Takes secrets out of what machines and other programs say. */
  readonly redact: (text: string) => string;
  readonly now: () => Date;
  readonly wait: (milliseconds: number) => Promise<void>;
  /** Stops the run: nothing new is started, what is under way is finished. */
  readonly signal: AbortSignal;
  readonly limits: Limits;
  readonly onEvent: (event: ExecutionEvent) => void;
}

/** How long and how often; times are milliseconds. */
export interface Limits {
  /** Clusters of a site at a time. */
  readonly clusters: number;
  /** After so many clusters of a site have failed, nothing new is started in the site. */
  readonly failedClusters: number;
  /** How often a call that may be repeated is made. */
  readonly attempts: number;
  /** Between two looks, and between two attempts. */
  readonly poll: number;
  /** From power on until maintenance mode. */
  readonly boot: number;
  /** From the configuration until the machine runs it from its disk. */
  readonly install: number;
  readonly reboot: number;
  /** Until etcd, where it is not healthy before a change, becomes so. */
  readonly etcd: number;
  /** Until a control plane is a healthy member after a change. */
  readonly join: number;
  /** Until all is well again after a change without a reboot. */
  readonly service: number;
  /** From the first look until etcd answers. */
  readonly bootstrap: number;
  /** Until another member leads. */
  readonly leader: number;
  /** After a reboot was asked for and no answer came, until it must show. */
  readonly reaction: number;
  /** Until no pod of a node is left that has to go before a reboot. */
  readonly drain: number;
  /** After a reboot, until Kubernetes has the node ready. */
  readonly node: number;
  /** After this time Talos takes back what is tried. */
  readonly try: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;

export const DEFAULT_LIMITS: Limits = {
  clusters: 4,
  failedClusters: 3,
  attempts: 5,
  poll: 5 * SECOND,
  boot: 15 * MINUTE,
  install: 30 * MINUTE,
  reboot: 15 * MINUTE,
  etcd: 2 * MINUTE,
  join: 10 * MINUTE,
  service: 5 * MINUTE,
  bootstrap: 10 * MINUTE,
  leader: MINUTE,
  reaction: 2 * MINUTE,
  drain: 5 * MINUTE,
  node: 5 * MINUTE,
  try: 5 * MINUTE,
};

/** A cluster while it is worked on. */
export interface ClusterRun {
  readonly context: ExecuteContext;
  readonly desired: DesiredCluster;
  readonly plan: ClusterPlan;
  readonly lease: Lease;
  /** The server on which etcd was bootstrapped, as git records it by now. */
  bootstrapped: string | undefined;
  /** Why nothing new is started. */
  stopped: Problem | undefined;
}

/** A machine while it is worked on. */
export interface MachineRun {
  readonly cluster: ClusterRun;
  readonly context: ExecuteContext;
  readonly machine: DesiredMachine;
  readonly plan: MachinePlan;
}
