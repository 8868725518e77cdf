import type { KubernetesNode, KubernetesPod } from "./kubernetes-api.ts";
import type { EtcdMember, EtcdStatus, Service } from "./talos-api.ts";

/** What was seen of a machine in this run. Never an exception: what could not be seen is said. */
export type LiveMachine =
  | {
      readonly state: "unreachable";
      readonly why: string;
      /** What its BMC says; undefined where it was not asked, or does not answer. */
      readonly power?: "on" | "off";
    }
  /** It runs with authorities that are not its cluster's, or with those of nobody we know. */
  | { readonly state: "foreign"; readonly why: string }
  /** It has no configuration; `via` is the address at which it answered. */
  | {
      readonly state: "maintenance";
      readonly via: string;
      readonly fingerprint: string;
      readonly hardware: Hardware;
      readonly talos: string;
    }
  | RunningMachine;

export interface RunningMachine {
  readonly state: "running";
  readonly hardware: Hardware;
  /** `v1.14.1` */
  readonly talos: string;
  /** `booting`, `installing`, `running`, `rebooting`, `shutting-down`, `resetting`, `upgrading`, `unknown`. */
  readonly stage: string;
  readonly ready: boolean;
  readonly unmet: readonly string[];
  readonly bootId: string | undefined;
  readonly schematic: string | undefined;
  /** What it runs and what it will run after a boot: one value for each document, with its secrets. */
  readonly active: readonly unknown[];
  readonly persistent: readonly unknown[];
  readonly services: readonly Service[];
  /** Of control planes; undefined where etcd does not run. */
  readonly etcd:
    | { readonly members: readonly EtcdMember[]; readonly status: EtcdStatus | undefined }
    | undefined;
  /** What of all this could not be read, and why. */
  readonly missing: readonly string[];
  /** What no plan rests on and health does; undefined where it was not asked for. */
  readonly health?: MachineHealth;
}

export interface MachineHealth {
  /** Of control planes; a worker has none. */
  readonly staticPods: Reading<readonly StaticPod[]>;
  /** What the machine itself warns of. */
  readonly diagnostics: Reading<readonly string[]>;
  /** Bytes. */
  readonly memory: Reading<number>;
  /** Size of the volume EPHEMERAL in bytes. */
  readonly disk: Reading<number>;
}

/** What was read, or why it could not be. */
export type Reading<T> = { readonly value: T } | { readonly why: string };

export interface StaticPod {
  /** `kube-system/kube-apiserver-hel1-r001-u01` */
  readonly id: string;
  /** `Running`, `Pending` …; empty where the kubelet does not say it. */
  readonly phase: string;
}

export interface Hardware {
  /** Lower case, in the byte order of git where one of the two fits. */
  readonly uuid: string;
  readonly serial: string;
  /** Names of physical interfaces to MAC addresses in lower case. */
  readonly macs: Readonly<Record<string, string>>;
}

/** The fleet as far as it was looked at, by the names of machines. */
export interface Live {
  /** RFC 3339. */
  readonly at: string;
  readonly machines: ReadonlyMap<string, LiveMachine>;
  /** What Kubernetes says, by the names of clusters; a cluster without etcd is not asked. */
  readonly kubernetes: ReadonlyMap<string, LiveKubernetes>;
}

/** What was seen of a cluster's Kubernetes in this run. */
export type LiveKubernetes =
  | { readonly state: "unreachable"; readonly why: string }
  | {
      readonly state: "running";
      readonly nodes: readonly KubernetesNode[];
      /** Of namespace `kube-system`; undefined where they were not asked for. */
      readonly systemPods: readonly KubernetesPod[] | undefined;
    };
