import type { Socket } from "node:net";
import type { Machine } from "../machine.ts";
import { createRandom, type Random } from "../random.ts";
import { createEndpoint, type Endpoint, endpointKey } from "./endpoint.ts";
import type { Kubernetes } from "./kubernetes.ts";

export interface ApisOptions {
  readonly kubernetes: Kubernetes;
  readonly seed: string;
  /** The clock of those who check certificates. */
  readonly wallClock: () => number;
}

/** The API servers of a fleet, without the addresses that they are reached at. */
export interface Apis {
  readonly take: (machine: Machine, socket: Socket) => void;
  /** Ends the connections of a machine. */
  readonly drop: (machine: Machine) => void;
  /** Ends them where its API server is not what it was. */
  readonly check: (machine: Machine) => void;
  readonly close: () => void;
}

/** What a machine's API server is made of: an endpoint from the first connection on. */
interface Api {
  readonly key: string;
  readonly sockets: Set<Socket>;
  endpoint: Endpoint | undefined;
}

/** What answers for machines, whatever address their connections came by. */
export function createApis(options: ApisOptions): Apis {
  const apis = new Map<Machine, Api>();
  const random = createRandom(`${options.seed}/kubernetes/calls`);
  const drop = (machine: Machine) => {
    const api = apis.get(machine);
    apis.delete(machine);
    for (const socket of api?.sockets ?? []) socket.destroy();
  };
  return {
    drop,
    check: (machine: Machine) => {
      if (apis.get(machine)?.key !== apiKey(machine)) drop(machine);
    },
    take: (machine: Machine, socket: Socket) => {
      const api = apis.get(machine) ?? { key: apiKey(machine), sockets: new Set(), endpoint: undefined };
      apis.set(machine, api);
      api.sockets.add(socket);
      socket.on("close", () => api.sockets.delete(socket));
      if (machine.faults.connection === "hang") return;
      api.endpoint ??= endpointOf(machine, options, random);
      if (api.endpoint === undefined) socket.destroy();
      else api.endpoint.take(socket);
    },
    close: () => {
      for (const machine of apis.keys()) drop(machine);
    },
  };
}

function apiKey(machine: Machine): string {
  return `${machine.faults.connection} ${endpointKey(machine)}`;
}

function endpointOf(machine: Machine, options: ApisOptions, random: Random): Endpoint | undefined {
  const { kubernetes, wallClock } = options;
  return createEndpoint(machine, {
    state: () => kubernetes.at(machine),
    wrote: kubernetes.wrote,
    random,
    wallClock,
  });
}
