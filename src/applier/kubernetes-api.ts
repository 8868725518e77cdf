/** How the applier speaks to a cluster's Kubernetes API: what it needs of it, without HTTP. Times are milliseconds. */
export interface KubernetesApi {
  readonly nodes: () => Promise<readonly KubernetesNode[]>;
  /** Undefined where there is none of this name. */
  readonly node: (name: string) => Promise<KubernetesNode | undefined>;
  /**
   * Makes a node unschedulable, or schedulable again, and sets or removes our mark with it. Done twice it changes
   * nothing.
   *
   * @param mark whose doing it is, kept in the annotation {@link CORDON_MARK}; undefined removes it
   */
  readonly setUnschedulable: (
    name: string,
    unschedulable: boolean,
    mark: string | undefined,
  ) => Promise<void>;
  /** All pages of them. */
  readonly pods: (filter: PodFilter) => Promise<readonly KubernetesPod[]>;
  /** Asks for the orderly end of one pod, by its UID: a new one of the same name is left alone. */
  readonly evict: (pod: KubernetesPod) => Promise<Eviction>;
  readonly close: () => void;
}

/** The annotation of a node that says which run of ichor made it unschedulable. */
export const CORDON_MARK = "ichor.dev/cordoned-by";

export interface KubernetesNode {
  readonly name: string;
  readonly unschedulable: boolean;
  /** Condition `Ready` is `True`. */
  readonly ready: boolean;
  /** What the condition says where it is not. */
  readonly why: string;
  /** `v1.36.3` */
  readonly kubelet: string;
  /** Its addresses of type `InternalIP`. */
  readonly addresses: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Whether a run of ichor has made a node unschedulable; what a person did has no mark and stays. */
export function isCordonedByRun({ unschedulable, annotations }: KubernetesNode): boolean {
  return unschedulable && annotations[CORDON_MARK] !== undefined;
}

export interface PodFilter {
  /** The node they run on. */
  readonly node?: string;
  /** All where nothing is said. */
  readonly namespace?: string;
  /** As kubectl takes it: `k8s-app in (kube-proxy,kube-dns)`. */
  readonly labels?: string;
}

export interface KubernetesPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly node: string | undefined;
  /** `Pending`, `Running`, `Succeeded`, `Failed`, `Unknown`. */
  readonly phase: string;
  /** Condition `Ready` is `True`. */
  readonly ready: boolean;
  /** It has been told to end. */
  readonly terminating: boolean;
  /** What made it, such as `DaemonSet`, `ReplicaSet`, `Node` (a static pod's); undefined: nothing makes it anew. */
  readonly controller: { readonly kind: string; readonly name: string } | undefined;
  /** The kubelet's copy of a static pod: it cannot be evicted. */
  readonly mirror: boolean;
  readonly labels: Readonly<Record<string, string>>;
}

/** What became of a wish to evict a pod. */
export type Eviction =
  | { readonly state: "accepted" }
  /** It has ended already, or another one has its name. */
  | { readonly state: "gone" }
  /** A disruption budget forbids it at this moment (HTTP 429); `why` names the budget. */
  | { readonly state: "blocked"; readonly why: string };

/** What a call failed with. The first two say nothing of whether the call was carried out. */
export type KubernetesErrorCode =
  | "unavailable"
  | "deadline"
  | "cancelled"
  | "untrusted"
  | "unauthorized"
  | "forbidden"
  | "not-found"
  | "conflict"
  | "invalid"
  | "internal";

/** A call that failed: of which cluster, which call, whether it may be repeated as it is. */
export class KubernetesError extends Error {
  override readonly name = "KubernetesError";
  readonly code: KubernetesErrorCode;
  readonly cluster: string;
  readonly operation: string;
  readonly details: string;

  constructor(
    code: KubernetesErrorCode,
    at: { readonly cluster: string; readonly operation: string },
    details: string,
  ) {
    super(`Kubernetes of ${at.cluster}: ${at.operation} failed (${code}): ${details}`);
    this.code = code;
    this.cluster = at.cluster;
    this.operation = at.operation;
    this.details = details;
  }

  /** Whether the same call may be made again without harm; all calls of {@link KubernetesApi} may be repeated. */
  get mayRepeat(): boolean {
    return ["unavailable", "deadline", "conflict"].includes(this.code);
  }
}

/** Makes connections to clusters. */
export interface KubernetesDriver {
  /** Nothing is sent before the first call. */
  readonly connect: (target: KubernetesTarget) => KubernetesApi;
}

export interface KubernetesTarget {
  /** For messages. */
  readonly cluster: string;
  /** Addresses of the API, tried in this order: each has to be named in the certificate that answers there. */
  readonly addresses: readonly string[];
  readonly credentials: KubernetesCredentials;
}

/** PEM. */
export interface KubernetesCredentials {
  readonly authorities: string;
  readonly certificate: string;
  readonly key: string;
}
