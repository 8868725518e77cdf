import type { Machine } from "../machine.ts";
import { type Random, randomHex, randomUuid } from "../random.ts";
import type { Taint } from "./config.ts";

/** What takes how long, in milliseconds of the lab's time. */
export const MS = {
  /** From the kubelet's start to its node. */
  register: 2000,
  /** From the kubelet's start to a ready node. */
  ready: 5000,
  /** From the start of containers and etcd to an API server that serves. */
  apiServer: 6000,
  /** From a pod's place to a pod that is ready. */
  podStart: 4000,
  /** How long a pod takes to end. */
  podEnd: 6000,
  /** Kubernetes takes a node for lost whose kubelet was silent for so long. */
  grace: 40_000,
  /** Pods leave a lost node after so long. */
  toleration: 300_000,
} as const;

/** What a cluster of Kubernetes holds in its etcd. */
export interface ClusterState {
  /** That of its etcd. */
  readonly id: string;
  readonly random: Random;
  readonly nodes: Map<string, NodeState>;
  /** By `namespace/name`. */
  readonly pods: Map<string, PodState>;
  /** By `namespace/name`. */
  readonly budgets: Map<string, Budget>;
  readonly workloads: readonly Workload[];
  /** Counts what was written. */
  version: number;
  /** Since when an API server serves without a break. */
  upSince: number | undefined;
  /** How many workers were ready at once: customers come to use all of them, and stay. */
  workersSeen: number;
}

export interface Ready {
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
  readonly since: number;
}

export interface NodeState {
  readonly name: string;
  readonly uid: string;
  readonly createdAt: number;
  /** Whose kubelet registered it last; a node that was put has none, and nothing is placed on it. */
  machine: Machine | undefined;
  /** As the configuration has them. */
  ownLabels: Readonly<Record<string, string>>;
  /** As somebody set them; undefined: as somebody removed it. */
  setLabels: Readonly<Record<string, string | undefined>>;
  annotations: Readonly<Record<string, string>>;
  taints: readonly Taint[];
  unschedulable: boolean;
  kubelet: string;
  address: string;
  ready: Ready;
  /** Since when no kubelet speaks for it. */
  silentSince: number | undefined;
  version: number;
}

/** What makes pods anew. */
export interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** A controller with its pods. */
export interface Workload {
  readonly role: "dns" | "proxy" | "customer";
  readonly namespace: string;
  readonly owner: Owner;
  readonly labels: Readonly<Record<string, string>>;
  readonly image: string;
}

export interface PodState {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly owner: Owner | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly image: string;
  /** The kubelet's copy of a static pod. */
  readonly mirror: boolean;
  /** Put by a test: it is as it was put until it ends. */
  readonly fixed: boolean;
  readonly createdAt: number;
  node: string | undefined;
  boundAt: number;
  phase: "Pending" | "Running" | "Succeeded" | "Failed";
  ready: boolean;
  /** It was told to end. */
  endsAt: number | undefined;
  version: number;
}

/** So many of the pods with these labels have to be available. */
export interface Budget {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly minAvailable: number;
}

/** A moment at which a cluster is looked at. */
export interface Moment {
  readonly now: number;
  /** Then it has to be looked at again. */
  readonly due: (at: number) => void;
}

/** A new cluster, with the workloads that it is to have. */
export function createClusterState(id: string, random: Random): ClusterState {
  const workload = (
    role: Workload["role"],
    at: { readonly kind: string; readonly namespace: string; readonly name: string; readonly image: string },
    labels: Readonly<Record<string, string>>,
  ): Workload => {
    const hash = randomHex(random, 5);
    const isSet = at.kind === "ReplicaSet";
    const name = isSet ? `${at.name}-${hash}` : at.name;
    const hashLabel = isSet ? "pod-template-hash" : "controller-revision-hash";
    return {
      role,
      namespace: at.namespace,
      owner: { apiVersion: "apps/v1", kind: at.kind, name, uid: randomUuid(random) },
      labels: { ...labels, [hashLabel]: hash },
      image: at.image,
    };
  };
  const proxy = { kind: "DaemonSet", namespace: "kube-system", name: "kube-proxy", image: "kube-proxy" };
  const dns = { kind: "ReplicaSet", namespace: "kube-system", name: "coredns", image: "coredns" };
  const customer = (namespace: string, name: string) =>
    workload("customer", { kind: "ReplicaSet", namespace, name, image: name }, { app: name });
  return {
    id,
    random,
    nodes: new Map(),
    pods: new Map(),
    budgets: new Map(),
    workloads: [
      workload("proxy", proxy, { "k8s-app": "kube-proxy", tier: "node" }),
      workload("dns", dns, { "k8s-app": "kube-dns" }),
      customer("default", "web"),
      customer("shop", "cart"),
    ],
    version: 1,
    upSince: undefined,
    workersSeen: 0,
  };
}

/** The number of the next write. */
export function nextVersion(state: ClusterState): number {
  state.version += 1;
  return state.version;
}

export function labelsOf({ name, ownLabels, setLabels }: NodeState): Readonly<Record<string, string>> {
  const all = Object.entries({
    "kubernetes.io/arch": "amd64",
    "kubernetes.io/hostname": name,
    "kubernetes.io/os": "linux",
    ...ownLabels,
    ...setLabels,
  });
  return Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
