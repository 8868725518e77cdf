/**
 * The messages of Talos' API in the form that `loadTalosServices` gives and takes: as far as ichor uses them. What is
 * sent may lack fields; what is received has them all, a message that is absent as null.
 */

export interface Metadata {
  readonly hostname: string;
  readonly error: string;
  readonly status: { readonly code: number; readonly message: string } | null;
}

/** Every answer of MachineService has a message for each machine that was asked; ichor asks one. */
export interface Answers<Message> {
  readonly messages: readonly (Message & { readonly metadata: Metadata | null })[];
}

export interface Duration {
  readonly seconds: string | number;
  readonly nanos: number;
}

export type ApplyMode = "REBOOT" | "AUTO" | "NO_REBOOT" | "STAGED" | "TRY";

export interface ApplyConfigurationRequest {
  readonly data: Uint8Array;
  readonly mode: ApplyMode;
  readonly dryRun: boolean;
  readonly tryModeTimeout?: Duration | null;
}

export interface ApplyConfiguration {
  readonly warnings: readonly string[];
  readonly mode: ApplyMode;
  readonly modeDetails: string;
}

export interface ResetRequest {
  readonly graceful: boolean;
  readonly reboot: boolean;
  readonly systemPartitionsToWipe: readonly { readonly label: string; readonly wipe: boolean }[];
  readonly userDisksToWipe?: readonly string[];
  readonly mode: "ALL" | "SYSTEM_DISK" | "USER_DISKS";
}

export interface RebootRequest {
  readonly mode: "DEFAULT" | "POWERCYCLE" | "FORCE";
}

export interface LegacyUpgradeRequest {
  readonly image: string;
  readonly preserve: boolean;
  readonly stage: boolean;
  readonly force: boolean;
}

export interface Version {
  readonly version: { readonly tag: string; readonly arch: string } | null;
}

export interface ServiceList {
  readonly services: readonly {
    readonly id: string;
    readonly state: string;
    readonly health: {
      readonly unknown: boolean;
      readonly healthy: boolean;
      readonly lastMessage: string;
    } | null;
  }[];
}

export interface EtcdMembers {
  readonly members: readonly {
    readonly id: string;
    readonly hostname: string;
    readonly peerUrls: readonly string[];
    readonly isLearner: boolean;
  }[];
}

export interface EtcdMemberStatus {
  readonly memberStatus: {
    readonly memberId: string;
    readonly leader: string;
    readonly raftIndex: string;
    readonly isLearner: boolean;
    readonly errors: readonly string[];
  } | null;
}

/** A piece of a file. */
export interface Data {
  readonly metadata: Metadata | null;
  readonly bytes: Uint8Array;
}

export interface Memory {
  /** In kB. */
  readonly meminfo: { readonly memtotal: string } | null;
}

export interface Mounts {
  readonly stats: readonly {
    readonly filesystem: string;
    readonly size: string;
    readonly available: string;
    readonly mountedOn: string;
  }[];
}

/** Its names are those of google.protobuf.Any, which the loader has of its own and does not change. */
export interface Any {
  readonly type_url: string;
  readonly value: Uint8Array;
}

export interface Event {
  readonly metadata: Metadata | null;
  readonly data: Any | null;
  readonly id: string;
  readonly actorId: string;
}

/** What is in events, by the name of the message. An enum's number is one that our .proto files do not have. */
export interface EventMessages {
  readonly "machine.SequenceEvent": {
    readonly sequence: string;
    readonly action: string | number;
    readonly error: { readonly message: string } | null;
  };
  readonly "machine.PhaseEvent": { readonly phase: string; readonly action: string | number };
  readonly "machine.TaskEvent": { readonly task: string; readonly action: string | number };
  readonly "machine.ServiceStateEvent": {
    readonly service: string;
    readonly action: string | number;
    readonly message: string;
    readonly health: {
      readonly unknown: boolean;
      readonly healthy: boolean;
      readonly lastMessage: string;
    } | null;
  };
  readonly "machine.RestartEvent": { readonly cmd: string };
  readonly "machine.ConfigLoadErrorEvent": { readonly error: string };
  readonly "machine.ConfigValidationErrorEvent": { readonly error: string };
  readonly "machine.AddressEvent": { readonly hostname: string; readonly addresses: readonly string[] };
  readonly "machine.MachineStatusEvent": {
    readonly stage: string | number;
    readonly status: {
      readonly ready: boolean;
      readonly unmetConditions: readonly { readonly name: string; readonly reason: string }[];
    } | null;
  };
}

export interface ContainerdInstance {
  readonly driver: "CONTAINERD" | "CRI";
  readonly namespace: "NS_UNKNOWN" | "NS_SYSTEM" | "NS_CRI";
}

export interface PullRequest {
  readonly containerd: ContainerdInstance;
  readonly imageRef: string;
}

/** `response` names the field that is set. */
export interface PullProgress {
  readonly response?: "name" | "pullProgress";
  readonly name?: string;
  readonly pullProgress?: {
    readonly layerId: string;
    readonly progress: { readonly status: string } | null;
  };
}

export interface UpgradeRequest {
  readonly containerd: ContainerdInstance;
  readonly source: { readonly imageName: string };
}

export interface UpgradeProgress {
  readonly progress: {
    readonly response?: "message" | "exitCode";
    readonly message?: string;
    readonly exitCode?: number;
  } | null;
}

export interface CosiResource {
  readonly metadata: {
    readonly namespace: string;
    readonly type: string;
    readonly id: string;
    readonly version: string;
  } | null;
  readonly spec: { readonly yamlSpec: string } | null;
}

export interface CosiRef {
  readonly namespace: string;
  readonly type: string;
  readonly id?: string;
}

export interface CosiAnswer {
  readonly resource: CosiResource | null;
}

export interface WatchRequest extends CosiRef {
  readonly options: { readonly bootstrapContents: boolean };
  /** From 1 on a machine also says where what was there ends, and what went wrong. */
  readonly apiVersion: number;
}

export interface WatchAnswer {
  /** Empty once, when the watch begins. */
  readonly event: readonly {
    readonly eventType: "CREATED" | "UPDATED" | "DESTROYED" | "BOOTSTRAPPED" | "ERRORED" | "NOOP";
    readonly resource: CosiResource | null;
  }[];
}
