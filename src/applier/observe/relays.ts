import type { DesiredMachine } from "../desired.ts";
import type { LiveMachine } from "../live.ts";
import type { TalosApi, TalosCredentials, TalosDriver, TalosRelay } from "../talos-api.ts";

/**
 * Ways to workers through a control plane of their cluster: one connection and one handshake for all of them. The first
 * control plane that is seen running is taken.
 */
export interface Relays {
  /** Machines in the order in which nobody waits long: those that others wait for come first. */
  readonly order: readonly DesiredMachine[];
  /** Waits for the control planes. Undefined where the machine has to be dialled itself. */
  readonly to: (machine: DesiredMachine) => Promise<TalosApi | undefined>;
  /** Has to be told of every control plane, or workers wait for ever. */
  readonly seen: (machine: DesiredMachine, live: LiveMachine) => void;
  /** The machine answered when it was dialled itself, so it is the relay that does not work. */
  readonly distrust: (machine: DesiredMachine) => void;
  readonly close: () => void;
}

/** What is known of a cluster's control planes by now. */
interface Way {
  /** Control planes that were not seen yet. */
  unseen: number;
  readonly relay: Promise<TalosRelay | undefined>;
  readonly settle: (relay: TalosRelay | undefined) => void;
  isDistrusted: boolean;
  opened: TalosRelay | undefined;
}

export function createRelays(
  talos: TalosDriver,
  machines: readonly DesiredMachine[],
  credentials: (cluster: string) => TalosCredentials | undefined,
): Relays {
  const { controlplane = [], worker = [] } = Object.groupBy(machines, ({ type }) => type);
  const ways = new Map(
    [...Map.groupBy(controlplane, ({ cluster }) => cluster)].map(([cluster, { length }]) => [
      cluster,
      createWay(length),
    ]),
  );
  return {
    order: [...controlplane, ...worker],
    to: async ({ name, cluster, type, loopback }) => {
      const way = type === "worker" ? ways.get(cluster) : undefined;
      const relay = await way?.relay;
      return way?.isDistrusted === true ? undefined : relay?.to(name, loopback);
    },
    seen: ({ name, cluster, type, loopback }, live) => {
      const way = type === "controlplane" ? ways.get(cluster) : undefined;
      if (way === undefined) return;
      const known = credentials(cluster);
      if (live.state === "running" && known !== undefined && way.opened === undefined) {
        way.opened = talos.relay({ machine: name, address: loopback, credentials: known });
        way.settle(way.opened);
      }
      way.unseen--;
      if (way.unseen === 0) way.settle(undefined);
    },
    distrust: ({ cluster }) => {
      const way = ways.get(cluster);
      if (way !== undefined) way.isDistrusted = true;
    },
    close: () => {
      for (const { opened } of ways.values()) opened?.close();
    },
  };
}

function createWay(unseen: number): Way {
  const { promise, resolve } = Promise.withResolvers<TalosRelay | undefined>();
  return { unseen, relay: promise, settle: resolve, isDistrusted: false, opened: undefined };
}
