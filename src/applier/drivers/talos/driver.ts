import type { ChannelCredentials } from "@grpc/grpc-js";
import type { TalosApi, TalosDriver, TalosTarget } from "../../talos-api.ts";
import { type Deadlines, talosApi } from "./api.ts";
import { Connection, type Repetition } from "./connection.ts";
import { probeCertificate } from "./probe.ts";
import { fingerprintOf, trustCluster, trustLeaf } from "./trust.ts";

export interface TalosDriverOptions {
  /** Where to connect to for a machine's address: `host:port`, IPv6 in brackets. */
  readonly dial: (address: string) => string;
  readonly deadlines?: Partial<Deadlines>;
  /** Of calls that may repeat. */
  readonly repetition?: Partial<Repetition>;
  /** Milliseconds since 1970, of the clock that timers follow. */
  readonly now: () => number;
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Ends everything that is under way, and whatever would follow. */
  readonly signal?: AbortSignal;
}

const DEADLINES: Deadlines = {
  read: 10_000,
  write: 60_000,
  snapshot: 1_800_000,
  pull: 1_200_000,
  upgrade: 1_200_000,
  watch: 3_600_000,
};

const REPETITION: Repetition = { attempts: 3, firstWait: 250, longestWait: 2000 };

/** Speaks to machines by Talos' API over gRPC. */
export function createTalosDriver(options: TalosDriverOptions): TalosDriver {
  const deadlines: Deadlines = { ...DEADLINES, ...options.deadlines };
  const repetition: Repetition = { ...REPETITION, ...options.repetition };
  const opened = new Set<Connection>();
  options.signal?.addEventListener("abort", () => {
    for (const connection of opened) connection.close();
  });

  const open = (
    machine: string,
    target: string,
    trust: () => ChannelCredentials,
    node?: string,
  ): TalosApi => {
    const { now, wait } = options;
    const connection = new Connection({ machine, target, trust, node, repetition, now, wait });
    opened.add(connection);
    if (options.signal?.aborted === true) connection.close();
    const close = () => {
      opened.delete(connection);
      connection.close();
    };
    return { ...talosApi({ machine, connection, deadlines }), close };
  };

  return {
    connect: ({ machine, address, credentials, via }: TalosTarget) => {
      const other = via ?? address;
      const trust = () => trustCluster(credentials, other, { machine, operation: "connect" });
      return open(machine, options.dial(other), trust, via === undefined ? undefined : address);
    },
    connectMaintenance: async ({ machine, address }) => {
      const target = options.dial(address);
      const at = { machine, operation: "first contact" };
      const leaf = await probeCertificate(target, deadlines.read, at);
      return { ...open(machine, target, () => trustLeaf(leaf)), fingerprint: fingerprintOf(leaf) };
    },
  };
}
