import type { Path } from "../../core/path.ts";
import type { Impact } from "../../model/talos-impact.ts";

/** What is to be done, as data: it prints, it is written to a file, and the executor does this and nothing else. */
export interface Plan {
  readonly formatVersion: "1.0";
  /** RFC 3339: when the machines were looked at. */
  readonly observed: string;
  readonly commit: string | undefined;
  readonly clusters: readonly ClusterPlan[];
  readonly summary: { readonly add: number; readonly change: number; readonly destroy: number };
}

export interface ClusterPlan {
  readonly cluster: string;
  readonly site: string;
  /** Clusters of the site that are done with before this one starts: a management cluster is last and alone. */
  readonly after?: readonly string[];
  /** Why nothing is done to the cluster; empty where something may be. */
  readonly refusals: readonly Refusal[];
  /** Machines with something to do or to say, in the order in which it is done. */
  readonly machines: readonly MachinePlan[];
  /** Machines as they should be. */
  readonly unchanged: number;
}

/** Why something is not done: a rule of safety, or a fact that has to change first. */
export interface Refusal {
  /** ICH7xxx */
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** `wait`: may resolve by itself (exit 5); `refused`: by a rule (exit 3); `unreachable`: a fact, the rest goes on. */
  readonly kind: "wait" | "refused" | "unreachable";
}

export interface MachinePlan {
  readonly machine: string;
  readonly type: "controlplane" | "worker";
  readonly actions: readonly Action[];
  /** What would be done but for the refusals, to be shown. Never carried out. */
  readonly withheld?: readonly Action[];
  readonly refusals: readonly Refusal[];
  /** What else is to be known: a configuration that waits for a boot, or one that is being tried. */
  readonly notes?: readonly string[];
  /** Greatest of its actions. */
  readonly impact: Impact;
  /** Its node is drained before it is rebooted. */
  readonly drain?: true;
  /**
   * Steps of a cluster are done one after another: 0 first. Machines of a wave may go together. Machines with nothing
   * to do have the number after the last one.
   */
  readonly wave: number;
  /** Digest of what was seen of the machine; the executor refuses the machine where it has changed. */
  readonly seen: string;
}

export type Action =
  /** From maintenance mode; by `power` first contact is made through the BMC, by `approval` one names the serial. */
  | { readonly do: "install"; readonly contact: "power" | "approval"; readonly approval?: string }
  | {
      readonly do: "configure";
      readonly mode: "auto" | "no-reboot" | "staged" | "try";
      readonly changes: readonly DocumentChange[];
      readonly impact: Impact;
      readonly reasons: readonly string[];
    }
  | { readonly do: "bootstrap" }
  /** Etcd runs there and git does not say so: an earlier run was cut off. The machine is not touched. */
  | { readonly do: "record-bootstrap" }
  | { readonly do: "reboot"; readonly reason: string }
  /** A run that was cut off left the node unschedulable; the machine itself is not touched. */
  | { readonly do: "uncordon" };

/** A changed document of a machine's configuration. Values are redacted: they may be shown to everybody. */
export interface DocumentChange {
  /** `v1alpha1`, `HostnameConfig`, `VolumeConfig/EPHEMERAL`. */
  readonly document: string;
  readonly change: "added" | "removed" | "changed";
  readonly paths: readonly ChangedPath[];
}

export interface ChangedPath {
  readonly path: Path;
  /** Undefined where there was or will be none. */
  readonly live: unknown;
  readonly desired: unknown;
  readonly impact: Impact;
}
