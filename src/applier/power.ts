/** What the applier needs of a machine's BMC. Every call has a limit of its own. */
export interface Power {
  readonly status: () => Promise<"on" | "off">;
  /** Boots from the network once, after a power cycle; resolves when the power is on again. */
  readonly networkBoot: () => Promise<void>;
  readonly powerCycle: () => Promise<void>;
  readonly powerOff: () => Promise<void>;
  readonly powerOn: () => Promise<void>;
}

/** A call to a BMC that failed; repeating it does no harm. */
export class PowerError extends Error {
  override readonly name = "PowerError";
  readonly machine: string;
  readonly operation: string;

  constructor(at: { readonly machine: string; readonly operation: string }, details: string) {
    super(`${at.machine}: ${at.operation} failed: ${details}`);
    this.machine = at.machine;
    this.operation = at.operation;
  }
}

/** Finds the power of a machine; undefined where it has no BMC that this driver knows. */
export interface PowerDriver {
  readonly of: (machine: { readonly name: string; readonly serial: string }) => Power | undefined;
}
