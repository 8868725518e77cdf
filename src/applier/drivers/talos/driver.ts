import type { Client } from "@grpc/grpc-js";
import type { TalosApi, TalosDriver, TalosRelay, TalosTarget } from "../../talos-api.ts";
import { type Deadlines, talosApi } from "./api.ts";
import { Connection, createClient, type Repetition } from "./connection.ts";
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

  const open = (machine: string, client: () => Client, node?: string): TalosApi => {
    const { now, wait } = options;
    const connection = new Connection({ machine, client, node, repetition, now, wait });
    opened.add(connection);
    if (options.signal?.aborted === true) connection.close();
    const close = () => {
      opened.delete(connection);
      connection.close();
    };
    return { ...talosApi({ machine, connection, deadlines }), close };
  };
  const clientOf = ({ machine, address, credentials }: TalosTarget) => {
    const trust = trustCluster(credentials, address, { machine, operation: "connect" });
    return createClient(options.dial(address), trust);
  };

  return {
    connect: (target) => open(target.machine, () => clientOf(target)),
    relay: (controlPlane) => openRelay(() => clientOf(controlPlane), open),
    connectMaintenance: async ({ machine, address }) => {
      const target = options.dial(address);
      const at = { machine, operation: "first contact" };
      const leaf = await probeCertificate(target, deadlines.read, at);
      const client = () => createClient(target, trustLeaf(leaf));
      return { ...open(machine, client), fingerprint: fingerprintOf(leaf) };
    },
  };
}

/** All machines over one client, which is made at the first call of any of them. */
function openRelay(
  create: () => Client,
  open: (machine: string, client: () => Client, node: string) => TalosApi,
): TalosRelay {
  const opened = new Set<TalosApi>();
  let client: Client | undefined;
  return {
    to: (machine, address) => {
      const api = open(machine, () => (client ??= create()), address);
      opened.add(api);
      const close = () => {
        opened.delete(api);
        api.close();
      };
      return { ...api, close };
    },
    close: () => {
      for (const api of opened) api.close();
      client?.close();
    },
  };
}
