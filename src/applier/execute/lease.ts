/** Who may change a cluster: one applier at a time, for a limited time. */
export interface LeaseDriver {
  /** Never waits: the cluster is free, its lease's time is over, or somebody else has it. */
  readonly acquire: (cluster: string) => Promise<Acquired>;
}

export type Acquired = { readonly lease: Lease } | { readonly heldBy: LeaseHolder };

export interface Lease {
  /**
   * Whether it is still ours; makes it last longer where that is due. Asked before every action and while waiting. Once
   * it is lost it stays lost.
   */
  readonly holds: () => Promise<boolean>;
  readonly release: () => Promise<void>;
}

/** For people: by what they find who has it. */
export interface LeaseHolder {
  readonly run: string;
  readonly host: string;
  readonly pid: number;
  /** RFC 3339. */
  readonly expires: string;
}
