import type { TalosEvent } from "./talos-event.ts";

/** How the applier speaks to one machine: what it needs of Talos' API, without gRPC. Times are milliseconds. */
export interface TalosApi {
  readonly version: () => Promise<TalosVersion>;
  readonly applyConfiguration: (request: ApplyRequest) => Promise<ApplyAnswer>;
  readonly bootstrap: () => Promise<void>;
  readonly reboot: (mode: "default" | "powercycle" | "force") => Promise<void>;
  readonly reset: (request: ResetRequest) => Promise<void>;
  /** Pulls the image and installs it beside the running system; the machine runs it after its next boot. */
  readonly upgrade: (request: UpgradeRequest) => Promise<void>;
  readonly services: () => Promise<readonly Service[]>;
  readonly etcdMembers: () => Promise<readonly EtcdMember[]>;
  readonly etcdStatus: () => Promise<EtcdStatus>;
  readonly forfeitEtcdLeadership: () => Promise<void>;
  readonly removeEtcdMember: (id: string) => Promise<void>;
  readonly etcdSnapshot: () => AsyncIterable<Uint8Array>;
  /** The administrator's kubeconfig, made by the machine for this call: a secret. Control planes have one. */
  readonly kubeconfig: () => Promise<string>;
  /** The machine's memory, in bytes. */
  readonly memory: () => Promise<Memory>;
  readonly mounts: () => Promise<readonly Mount[]>;
  /** What happens from now on, until `signal` ends it; the first says that the machine has begun to tell. */
  readonly events: (signal: AbortSignal) => AsyncIterable<TalosEvent>;
  /** Undefined where there is no such resource. */
  readonly getResource: (ref: ResourceRef) => Promise<Resource | undefined>;
  readonly listResources: (kind: ResourceKind) => Promise<readonly Resource[]>;
  /** What is there, then what changes, until `signal` ends it. */
  readonly watchResources: (kind: ResourceKind, signal: AbortSignal) => AsyncIterable<ResourceEvent>;
  /** Ends the connection and whatever is under way. */
  readonly close: () => void;
}

export interface TalosVersion {
  /** `v1.14.1` */
  readonly tag: string;
  readonly arch: string;
}

export interface ApplyRequest {
  /** The whole configuration, all documents. */
  readonly text: string;
  readonly mode: "auto" | "no-reboot" | "staged" | "try";
  readonly dryRun: boolean;
  /** Of mode `try`: after this time the machine goes back by itself. */
  readonly tryTimeout?: number;
}

export interface ApplyAnswer {
  readonly mode: "auto" | "reboot" | "no-reboot" | "staged" | "try";
  readonly warnings: readonly string[];
  /** What the machine says it would do; may hold secrets. */
  readonly details: string;
}

export interface ResetRequest {
  /** Leaves etcd and drains first. */
  readonly graceful: boolean;
  readonly reboot: boolean;
  /** Partitions of the system disk to wipe, such as STATE and EPHEMERAL; empty: the whole disk. */
  readonly partitions: readonly string[];
}

export interface UpgradeRequest {
  readonly image: string;
  /** Called with what the installer says. */
  readonly onProgress?: (line: string) => void;
}

export interface Service {
  readonly id: string;
  /** `Running`, `Preparing`, `Finished` … */
  readonly state: string;
  readonly healthy: boolean;
  /** Nothing is known of its health. */
  readonly unknown: boolean;
  readonly message: string;
}

export interface EtcdMember {
  /** A number of 64 bits, in decimal. */
  readonly id: string;
  readonly hostname: string;
  readonly peerUrls: readonly string[];
  readonly isLearner: boolean;
}

export interface EtcdStatus {
  readonly memberId: string;
  /** Of the leader; `0` where there is none. */
  readonly leader: string;
  readonly raftIndex: string;
  readonly isLearner: boolean;
  readonly errors: readonly string[];
}

export interface Memory {
  /** Bytes that the kernel has. */
  readonly total: number;
}

/** A mounted filesystem; sizes are bytes, 0 where it has none of its own. */
export interface Mount {
  /** `/dev/nvme0n1p4`, `tmpfs` … */
  readonly filesystem: string;
  readonly mountedOn: string;
  readonly size: number;
  readonly available: number;
}

/** A type of COSI resources in its namespace. */
export interface ResourceKind {
  readonly namespace: string;
  /** `MachineStatuses.runtime.talos.dev` */
  readonly type: string;
}

export interface ResourceRef extends ResourceKind {
  readonly id: string;
}

export interface Resource {
  readonly namespace: string;
  readonly type: string;
  readonly id: string;
  readonly version: string;
  /** Its spec as YAML text, as the machine writes it. */
  readonly yaml: string;
}

export interface ResourceEvent {
  readonly kind: "created" | "updated" | "destroyed" | "bootstrapped" | "errored";
  readonly resource: Resource | undefined;
}

/** What a call failed with. The first three say nothing of whether the call was carried out. */
export type TalosErrorCode =
  | "unavailable"
  | "deadline"
  | "cancelled"
  | "untrusted"
  | "permission-denied"
  | "unauthenticated"
  | "invalid-argument"
  | "failed-precondition"
  | "already-exists"
  | "not-found"
  | "unimplemented"
  | "resource-exhausted"
  | "internal";

/** A call that failed: which machine, which call, whether it may be repeated as it is. */
export class TalosError extends Error {
  override readonly name = "TalosError";
  readonly code: TalosErrorCode;
  readonly machine: string;
  readonly operation: string;
  /** The machine's or the transport's own words; may hold what the configuration held. */
  readonly details: string;

  constructor(
    code: TalosErrorCode,
    at: { readonly machine: string; readonly operation: string },
    details: string,
  ) {
    super(`${at.machine}: ${at.operation} failed (${code}): ${details}`);
    this.code = code;
    this.machine = at.machine;
    this.operation = at.operation;
    this.details = details;
  }

  /** Whether the same call may be made again without harm: it failed on its way, or by the state of the moment. */
  get mayRepeat(): boolean {
    return ["unavailable", "deadline", "failed-precondition", "resource-exhausted"].includes(this.code);
  }
}

/** Makes connections to machines. */
export interface TalosDriver {
  /** A machine of a cluster, by mutual TLS. Nothing is sent before the first call. */
  readonly connect: (target: TalosTarget) => TalosApi;
  /** The others of its cluster through a control plane. Nothing is sent before the first call. */
  readonly relay: (controlPlane: TalosTarget) => TalosRelay;
  /**
   * A machine in maintenance mode, which has no certificate that anybody knows: its key is looked up once and nothing
   * is sent to a machine with another.
   *
   * @throws TalosError where nothing answers, or what answers asks for a client's certificate
   */
  readonly connectMaintenance: (target: {
    readonly machine: string;
    readonly address: string;
  }) => Promise<MaintenanceApi>;
}

/** A connection whose other end is the machine with this key, whoever that is. */
export interface MaintenanceApi extends TalosApi {
  /** Base64 of SHA-256 of its public key, as Talos shows it on its console. */
  readonly fingerprint: string;
}

export interface TalosTarget {
  /** For messages. */
  readonly machine: string;
  readonly address: string;
  readonly credentials: TalosCredentials;
}

/** A control plane that forwards calls to the machines of its cluster: one connection for all of them. */
export interface TalosRelay {
  /** A machine at an address that the control plane reaches. Closing it leaves the relay open. */
  readonly to: (machine: string, address: string) => TalosApi;
  /** Ends the connection and whatever is under way over it. */
  readonly close: () => void;
}

/** PEM, with the labels that Node reads. */
export interface TalosCredentials {
  /** Certificates of the authorities that machines may have. */
  readonly authorities: string;
  readonly certificate: string;
  readonly key: string;
}
