import type { Refusal } from "../plan/plan.ts";

/** What became of a machine in a run. */
export type Outcome =
  | "done"
  /** It was as it should be. */
  | "unchanged"
  /** By a rule of safety, or because the plan is stale. */
  | "refused"
  | "failed"
  /** Something did not happen within its limit, or has to happen first. */
  | "waiting"
  | "not-started";

/** Why something was not done. */
export type Problem = Omit<Refusal, "kind">;

export interface MachineResult {
  readonly cluster: string;
  /** Undefined: the cluster as a whole. */
  readonly machine: string | undefined;
  readonly outcome: Outcome;
  readonly reasons: readonly Problem[];
}

export interface RunResult {
  readonly run: string;
  /** In the order of the plan. */
  readonly results: readonly MachineResult[];
  /** It was asked to stop and left something undone because of that. */
  readonly interrupted: boolean;
}

/** The steps that machines go through, as they stand in the journal. */
export type StepName =
  | "look"
  | "power"
  | "maintenance"
  | "apply"
  | "install"
  | "etcd"
  | "forfeit"
  | "try"
  | "confirm"
  | "settle"
  | "cordon"
  | "drain"
  | "reboot"
  | "uncordon"
  | "bootstrap"
  | "record";

/** What happens in a run, as data: for lines, for a live view, for `-o json`. `at` is RFC 3339. No event holds a secret. */
export type ExecutionEvent =
  | {
      readonly event: "run-started";
      readonly at: string;
      readonly run: string;
      readonly clusters: number;
      readonly machines: number;
    }
  | {
      readonly event: "cluster-started";
      readonly at: string;
      readonly cluster: string;
      readonly site: string;
      readonly machines: number;
    }
  | {
      readonly event: "machine-started";
      readonly at: string;
      readonly cluster: string;
      readonly machine: string;
      readonly actions: readonly string[];
    }
  | {
      readonly event: "step-started" | "step-done";
      readonly at: string;
      readonly cluster: string;
      readonly machine: string;
      readonly step: StepName;
      /** From 1. */
      readonly attempt: number;
    }
  | {
      readonly event: "step-failed";
      readonly at: string;
      readonly cluster: string;
      readonly machine: string;
      readonly step: StepName;
      readonly attempt: number;
      readonly problem: Problem;
      /** It is tried again. */
      readonly again: boolean;
    }
  | {
      /** Once when waiting begins and again whenever something else is waited for. */
      readonly event: "waiting";
      readonly at: string;
      readonly cluster: string;
      readonly machine: string;
      readonly step: StepName;
      readonly for: string;
      /** When it is given up. */
      readonly until: string;
    }
  | ({ readonly event: "machine-done"; readonly at: string } & MachineResult)
  | {
      readonly event: "cluster-done";
      readonly at: string;
      readonly cluster: string;
      readonly failed: boolean;
    }
  | ({ readonly event: "run-done"; readonly at: string; readonly exitCode: number } & RunResult);
