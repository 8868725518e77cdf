import type { Claim, Claims, Place } from "../../model/claim.ts";

/** What the allocator is asked: servers with their claims on one side, clusters with their wishes on the other. */
export interface AllocationInput {
  /** By name. */
  readonly servers: ReadonlyMap<string, Candidate>;
  /** What servers hold, or held, that the inventory no longer has. */
  readonly gone: ReadonlyMap<string, Claim>;
  readonly clusters: readonly ClusterRequest[];
  /** Clusters whose documents exist but cannot be read: their claims are kept, without complaint here. */
  readonly unreadable: ReadonlySet<string>;
  readonly pools: readonly PoolReserve[];
}

/** A server as far as the allocator has to know it. */
export interface Candidate {
  readonly name: string;
  /** Unique in the fleet. */
  readonly rack: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: "active" | "maintenance" | "broken" | "retired";
  readonly claim: Claim;
}

export interface ClusterRequest {
  readonly name: string;
  /** Higher ones are filled first. */
  readonly priority: number;
  readonly protect: boolean;
  readonly deleting: boolean;
  /** Its claims stay exactly as they are: what is recorded of it cannot be relied on. */
  readonly frozen: boolean;
  readonly groups: readonly GroupRequest[];
}

export interface GroupRequest {
  /** `control-plane` or the name of the workers; unique in the cluster. */
  readonly name: string;
  readonly replicas: number;
  /** Names of the servers that fit; undefined where nothing says which, which is reported elsewhere. */
  readonly matching: ReadonlySet<string> | undefined;
  readonly spread: readonly SpreadLimit[];
  /** Place to server. */
  readonly pins: ReadonlyMap<number, string>;
  /** Places to give up first when the group shrinks. */
  readonly release: readonly number[];
}

/** At most `max` servers of a group with one value of `by`. */
export interface SpreadLimit {
  /** `rack`, or a label; servers without the label count as one value of their own. */
  readonly by: string;
  readonly max: number;
}

/** How many free servers a pool keeps for repair. */
export interface PoolReserve {
  readonly name: string;
  readonly members: ReadonlySet<string>;
  readonly reserve: number;
}

export interface AllocationResult {
  /** Of every server of the input, and of those gone ones that hold something. */
  readonly claims: Claims;
  /** Clusters that want servers and took none. */
  readonly unfilled: ReadonlySet<string>;
  readonly problems: readonly Problem[];
}

/** Where matching servers are, for the message that says why a group cannot be filled; the parts add up. */
export interface Funnel {
  readonly needed: number;
  readonly matching: number;
  /** Found a place before the group ran short. */
  readonly placed: number;
  readonly claimed: number;
  readonly releasing: number;
  readonly quarantine: number;
  readonly broken: number;
  readonly maintenance: number;
  readonly retired: number;
  /** Free, but pinned by a place that is not of this group. */
  readonly pinned: number;
  /** Free until other groups of the same cluster took them. */
  readonly sameCluster: number;
  /** Free, but kept for repair. */
  readonly reserved: number;
  /** Free, but beyond a spread limit. */
  readonly spread: number;
}

/** Why a pin cannot be obeyed. */
export type PinFault = "not-matching" | "not-free" | "pinned-twice" | "spread" | "unknown";

/** Something that the allocator could not do, or did not have to although it looks odd. */
export type Problem =
  | { readonly kind: "short"; readonly cluster: string; readonly group: string; readonly funnel: Funnel }
  | {
      readonly kind: "pin-refused";
      readonly place: Place;
      readonly server: string;
      readonly fault: PinFault;
      /** What the server is used for, or which place it is pinned to as well. */
      readonly detail: string;
    }
  | {
      readonly kind: "pin-elsewhere";
      readonly place: Place;
      readonly server: string;
      readonly holder: string;
    }
  | { readonly kind: "pin-unwanted"; readonly place: Place; readonly server: string }
  | {
      readonly kind: "mismatch";
      readonly cluster: string;
      readonly group: string;
      readonly servers: readonly string[];
    }
  | {
      readonly kind: "spread-exceeded";
      readonly cluster: string;
      readonly group: string;
      readonly limit: SpreadLimit;
      readonly value: string;
      readonly count: number;
    }
  | {
      readonly kind: "protected-shrink";
      readonly cluster: string;
      readonly group: string;
      readonly held: number;
      readonly replicas: number;
    }
  | {
      readonly kind: "group-gone";
      readonly cluster: string;
      readonly group: string;
      readonly servers: readonly string[];
    }
  | { readonly kind: "cluster-gone"; readonly cluster: string; readonly servers: readonly string[] }
  | { readonly kind: "server-gone"; readonly server: string; readonly claim: Claim };
