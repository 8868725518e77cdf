import type { KubernetesDriver } from "../../kubernetes-api.ts";
import { type Deadlines, kubernetesApi } from "./api.ts";
import { Connection, type Repetition } from "./connection.ts";

export interface KubernetesDriverOptions {
  /** Where to connect to for an address of a cluster's API: `host:port`, IPv6 in brackets; 6443 without a port. */
  readonly dial: (address: string) => string;
  readonly deadlines?: Partial<Deadlines>;
  readonly repetition?: Partial<Repetition>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Ends everything that is under way, and whatever would follow. */
  readonly signal?: AbortSignal;
}

const DEADLINES: Deadlines = { connect: 5000, read: 10_000, write: 30_000 };

const REPETITION: Repetition = { attempts: 4, firstWait: 250, longestWait: 10_000 };

/** Speaks to clusters by Kubernetes' API over HTTPS. */
export function createKubernetesDriver(options: KubernetesDriverOptions): KubernetesDriver {
  const deadlines: Deadlines = { ...DEADLINES, ...options.deadlines };
  const repetition: Repetition = { ...REPETITION, ...options.repetition };
  const opened = new Set<Connection>();
  options.signal?.addEventListener("abort", () => {
    for (const connection of opened) connection.close();
  });
  return {
    connect: ({ cluster, addresses, credentials }) => {
      const { dial, now, wait } = options;
      const { connect } = deadlines;
      const target = { cluster, addresses, credentials };
      const connection = new Connection({ ...target, dial, connect, repetition, now, wait });
      opened.add(connection);
      if (options.signal?.aborted === true) connection.close();
      const close = () => {
        opened.delete(connection);
        connection.close();
      };
      return { ...kubernetesApi({ cluster, connection, deadlines }), close };
    },
  };
}
