import { parseIpv4 } from "../../core/ip.ts";
import type { Fleet } from "../fleet.ts";
import type { Machine } from "../machine.ts";
import { type ApisOptions, createApis } from "./apis.ts";
import { type Front, openFront } from "./front.ts";
import type { Group } from "./kubernetes.ts";

/** The API servers of a fleet on the network of this machine. */
export interface KubernetesServer {
  /** Resolves when every listener is as the machines' states say. */
  readonly settled: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface KubernetesServerOptions extends ApisOptions {
  readonly fleet: Fleet;
  /** Where an address is listened at. */
  readonly listenAt: (address: string) => string;
  readonly port: number;
  /** Called with what keeps a listener from being opened. */
  readonly onError: (machine: Machine, error: unknown) => void;
}

/** An address with the machines that answer there. */
interface Place {
  readonly front: Front;
  machines: readonly Machine[];
  /** Counts the connections: each goes to the next machine. */
  count: number;
}

/**
 * Serves the API of every control plane at its loopback, and of every cluster at the address of its endpoint, where
 * that is one of the fleet's network and no machine's.
 */
export function serveKubernetes(options: KubernetesServerOptions): KubernetesServer {
  const { fleet, kubernetes } = options;
  const server = createPlaces(options);
  const underWay = new Set<Promise<void>>();
  let dirty = new Set<Group>();
  let isScheduled = false;
  const followAll = () => {
    isScheduled = false;
    const groups = dirty;
    dirty = new Set();
    for (const group of groups) {
      for (const done of server.follow(group)) {
        underWay.add(done);
        done.then(
          () => underWay.delete(done),
          () => undefined,
        );
      }
    }
  };
  const mark = (group: Group) => {
    dirty.add(group);
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(followAll);
  };
  // Some may serve already.
  for (const machine of fleet.machines.values()) {
    const group = kubernetes.groupOf(machine);
    if (group !== undefined) mark(group);
  }
  const cancel = kubernetes.onChange(mark);
  return {
    settled: async () => {
      followAll();
      await Promise.all(underWay);
    },
    close: async () => {
      cancel();
      dirty.clear();
      server.close();
      await Promise.all(underWay);
    },
  };
}

/** The addresses that are listened at. */
function createPlaces(options: KubernetesServerOptions) {
  const { fleet, kubernetes, listenAt, port, onError } = options;
  const apis = createApis(options);
  const owned = new Map<Group, Map<string, Place>>();
  const owners = new Map<string, Group>();
  const machineAddresses = new Set(
    [...fleet.machines.values()].flatMap(({ spec }) => [spec.loopback, spec.bootstrap]),
  );
  const wantedBy = (group: Group) => {
    const wanted = new Map<string, readonly Machine[]>();
    for (const machine of group.machines) {
      if (kubernetes.at(machine) === undefined || machine.faults.connection === "refuse") {
        apis.drop(machine);
        continue;
      }
      apis.check(machine);
      const shared = sharedAddress(machine, machineAddresses);
      for (const address of [machine.spec.loopback, ...(shared === undefined ? [] : [shared])])
        wanted.set(address, [...(wanted.get(address) ?? []), machine]);
    }
    return wanted;
  };
  const open = (address: string, machines: readonly Machine[]): Place => {
    const place: Place = {
      front: openFront(listenAt(address), port, (socket) => {
        const machine = nextMachine(place);
        if (machine === undefined) socket.destroy();
        else apis.take(machine, socket);
      }),
      machines,
      count: 0,
    };
    return place;
  };
  const close = (places: Map<string, Place>, address: string, { front }: Place) => {
    places.delete(address);
    owners.delete(address);
    front.close();
  };
  return {
    /** @returns what is under way */
    follow: (group: Group): readonly Promise<void>[] => {
      const places = owned.get(group) ?? new Map<string, Place>();
      owned.set(group, places);
      const wanted = wantedBy(group);
      for (const [address, place] of places) if (!wanted.has(address)) close(places, address, place);
      return [...wanted].flatMap(([address, machines]) => {
        const known = places.get(address);
        if (known !== undefined) known.machines = machines;
        // Of two clusters with one endpoint the first has it.
        if (owners.has(address)) return [];
        owners.set(address, group);
        const place = open(address, machines);
        places.set(address, place);
        return [
          place.front.open.catch((error: unknown) => {
            for (const machine of machines.slice(0, 1)) onError(machine, error);
          }),
        ];
      });
    },
    close: () => {
      for (const places of owned.values())
        for (const [address, place] of places) close(places, address, place);
      apis.close();
    },
  };
}

/** One after the other, those that say something before those that do not. */
function nextMachine(place: Place): Machine | undefined {
  const speaking = place.machines.filter(({ faults }) => faults.connection === undefined);
  const from = speaking.length > 0 ? speaking : place.machines;
  place.count += 1;
  return from[place.count % from.length];
}

/** The cluster's endpoint, where it is an address of the machines' network and none of theirs. */
function sharedAddress({ active, spec }: Machine, taken: ReadonlySet<string>): string | undefined {
  const endpoint = active?.kubernetes.api?.endpoint;
  if (endpoint === undefined || parseIpv4(endpoint) === undefined || taken.has(endpoint)) return undefined;
  return endpoint.split(".")[0] === spec.loopback.split(".")[0] ? endpoint : undefined;
}
