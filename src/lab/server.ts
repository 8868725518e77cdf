import type { Fleet } from "./fleet.ts";
import type { Machine } from "./machine.ts";
import { createMachineServer, type MachineServer } from "./machine-server.ts";

/** All machines of a fleet on the network of this machine. */
export interface FleetServer {
  /** Resolves when every listener is as the machines' states say. */
  readonly settled: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface FleetServerOptions {
  readonly fleet: Fleet;
  readonly listenAt: (address: string) => string;
  readonly port: number;
  readonly bootstrapWhileRunning: boolean;
  readonly wallClock: () => number;
  /** Called with what keeps a listener from being opened. */
  readonly onError: (machine: Machine, error: unknown) => void;
}

/** Serves every machine at `127.b.c.d:50000` for its address `a.b.c.d`, as long as the fleet lives. */
export function serveFleet(options: FleetServerOptions): FleetServer {
  const { fleet } = options;
  const watchers = new Map<Machine, Set<() => void>>();
  const onChange = (machine: Machine, listener: () => void) => {
    const of = watchers.get(machine) ?? new Set();
    watchers.set(machine, of.add(listener));
    return () => void of.delete(listener);
  };
  const servers = new Map<Machine, MachineServer>(
    [...fleet.machines.values()].map((machine) => [
      machine,
      createMachineServer(machine, { ...options, onChange }),
    ]),
  );
  const underWay = new Set<Promise<void>>();
  // Some may be up already.
  let dirty = new Set<Machine>(fleet.machines.values());
  let isScheduled = false;

  const followAll = () => {
    isScheduled = false;
    const machines = dirty;
    dirty = new Set();
    for (const machine of machines) {
      for (const listener of watchers.get(machine) ?? []) listener();
      const done = servers
        .get(machine)
        ?.follow()
        .catch((error: unknown) => options.onError(machine, error));
      if (done === undefined) continue;
      underWay.add(done);
      done.then(
        () => underWay.delete(done),
        () => undefined,
      );
    }
  };
  // Many things change about a machine at once, and what is told of it is what comes out in the end.
  const cancel = fleet.onChange((machine) => {
    dirty.add(machine);
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(followAll);
  });
  return {
    settled: async () => {
      followAll();
      await Promise.all(underWay);
    },
    close: async () => {
      cancel();
      dirty.clear();
      await Promise.all([...servers.values()].map((server) => server.close()));
    },
  };
}

/** `127.b.c.d` for `a.b.c.d`: every address of that network is this machine itself. */
export function loopbackOf(address: string): string {
  return address.replace(/^\d+\./, "127.");
}
