import type { Policy } from "../model/spec-parts.ts";

/** What git says of the clusters that an applier is to make so; plain values, secrets as references. */
export interface Desired {
  /** Commit that it was read from; undefined for a working tree. */
  readonly commit: string | undefined;
  /** By name. */
  readonly clusters: ReadonlyMap<string, DesiredCluster>;
  /** The fleet's policy and each site's, the narrower one last. */
  readonly policies: ReadonlyMap<string, readonly Policy[]>;
  readonly approvals: readonly Approval[];
}

export interface DesiredCluster {
  readonly name: string;
  readonly site: string;
  readonly role: "management" | "monitoring" | "customer";
  /** `v1.13`: the form of its machine configurations. */
  readonly contract: string;
  /** `v1.13.9` */
  readonly talos: string;
  /** `v1.36.3` */
  readonly kubernetes: string;
  /** Address of the Kubernetes API. */
  readonly vip: string | undefined;
  readonly secretsFile: string;
  readonly protect: boolean;
  /** The server on which etcd was bootstrapped, as git records it; undefined before that. */
  readonly bootstrapped: string | undefined;
  /** SHA-256 of the CA certificates by name, as recorded: os, k8s, etcd, k8saggregator. */
  readonly fingerprints: Readonly<Record<string, string>>;
  /** Of ordinary machines at a time; at least 1. */
  readonly maxParallel: number;
  /** Of ordinary machines that may be away at a time; at least 1. */
  readonly maxUnavailable: number;
  /** `Sat 01:00-05:00 Europe/Helsinki`: when machines may be changed; undefined at any time. */
  readonly window: string | undefined;
  /** Control planes in the order of their places, then workers by group and place. */
  readonly machines: readonly DesiredMachine[];
}

export interface DesiredMachine {
  /** The server's name, which is the node's. */
  readonly name: string;
  readonly cluster: string;
  readonly type: "controlplane" | "worker";
  /** `control-plane` or the name of the group. */
  readonly group: string;
  /** From 0. */
  readonly place: number;
  readonly site: string;
  readonly rack: string;
  readonly serial: string;
  /** Lower case. */
  readonly uuid: string;
  /** Its address while it runs. */
  readonly loopback: string;
  /** Its address while it boots from the network. */
  readonly bootstrap: string;
  /** Names of network interfaces, as the kernel shows them, to MAC addresses in lower case. */
  readonly macs: Readonly<Record<string, string>>;
  readonly bmc:
    | { readonly address: string; readonly driver: string; readonly credentials?: string }
    | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** What `generated/` says, one value for each document; secrets as references. */
  readonly documents: readonly unknown[];
  /** The file they stand in. */
  readonly file: string;
}

/** Permission for destructive actions, from approvals/ of the same commit. */
export interface Approval {
  readonly name: string;
  readonly reason: string;
  /** `2026-11-28`: the last day it holds. */
  readonly expires: string;
  readonly actions: readonly ApprovedAction[];
}

export interface ApprovedAction {
  readonly do: string;
  readonly serial?: string;
  readonly cluster?: string;
  readonly group?: string;
  readonly max?: number;
}
