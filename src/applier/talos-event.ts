/** Something that happened on a machine, in its own words. */
export type TalosEvent = EventOrigin & EventContent;

export interface EventOrigin {
  /** Talos' number of it; later ones are greater as texts. */
  readonly id: string;
  /** What the call that caused it was answered with as its actor; empty where no call did. */
  readonly actor: string;
}

/** What began or ended. */
export type EventAction = "noop" | "start" | "stop";

/** Words that are Talos' own, as `running` and `shutting down`, are in lower case: a later Talos may have more. */
export type EventContent =
  /** The machine has begun to tell: what happens from now on is not missed. */
  | { readonly kind: "begun" }
  /** `boot`, `install`, `reboot`, `reset` …; `error` is why it failed, empty where it did not. */
  | {
      readonly kind: "sequence";
      readonly sequence: string;
      readonly action: EventAction;
      readonly error: string;
    }
  | { readonly kind: "phase"; readonly phase: string; readonly action: EventAction }
  | { readonly kind: "task"; readonly task: string; readonly action: EventAction }
  | {
      readonly kind: "service";
      readonly service: string;
      /** `preparing`, `running`, `finished` … */
      readonly state: string;
      readonly message: string;
      readonly health: EventHealth | undefined;
    }
  /** The argument of `reboot(2)` that it calls. */
  | { readonly kind: "restart"; readonly command: string }
  | { readonly kind: "config-load-error"; readonly error: string }
  | { readonly kind: "config-validation-error"; readonly error: string }
  | { readonly kind: "address"; readonly hostname: string; readonly addresses: readonly string[] }
  | {
      readonly kind: "machine-status";
      /** As in the resource MachineStatus: `booting`, `running`, `shutting down` … */
      readonly stage: string;
      readonly ready: boolean;
      readonly unmetConditions: readonly { readonly name: string; readonly reason: string }[];
    }
  /** One that ichor does not read, by the name of its message: `machine.NewEvent`. */
  | { readonly kind: "other"; readonly name: string };

export interface EventHealth {
  readonly healthy: boolean;
  /** Nothing is known of its health. */
  readonly unknown: boolean;
  readonly message: string;
}
