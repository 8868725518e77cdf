import type { Desired } from "../desired.ts";
import type { Live } from "../live.ts";

/** All that a plan rests on. */
export interface PlanInput {
  readonly desired: Desired;
  readonly live: Live;
  /** Documents of machines with secrets in the place of references; a machine without could not be resolved. */
  readonly resolved: ReadonlyMap<string, readonly unknown[]>;
  /** Fingerprints of the authorities in each cluster's bundle; a cluster without could not be opened. */
  readonly bundles: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly now: Date;
  /** The time on the wall somewhere; undefined where the name is no time zone. */
  readonly localTime: (now: Date, zone: string) => LocalTime | undefined;
  readonly mode: Mode;
  /** Nodes are drained before reboots, and made schedulable again where a run has not done that. */
  readonly drains: boolean;
  /** Machines that nobody touches until they are unlocked, and why. */
  readonly locked: ReadonlyMap<string, string>;
  readonly limits: Limits;
  /** Where it is there, these machines are rebooted and nothing else is done. */
  readonly reboot?: Reboots;
}

/** Machines that somebody wants to be rebooted. */
export interface Reboots {
  readonly names: ReadonlySet<string>;
  /** For those who read the plan. */
  readonly reason: string;
}

export type Mode = "auto" | "no-reboot" | "staged" | "try";

export interface LocalTime {
  readonly weekday: Weekday;
  /** Minutes since midnight. */
  readonly minute: number;
}

export const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;

export type Weekday = (typeof WEEKDAYS)[number];

/** What the command line says; the narrower of this and of git counts. */
export interface Limits {
  /** Of ordinary machines of a cluster at a time. */
  readonly maxParallel?: number;
  /** Of machines that the run changes. */
  readonly maxChange?: number;
}
