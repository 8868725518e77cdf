import type { Cancel, Clock, LabClock } from "./clock.ts";
import type { Faults } from "./faults.ts";
import { createMachine, hostnameOf, type Machine, type MachineSpec, type World } from "./machine.ts";
import type { ReadYaml } from "./machine-config.ts";
import { createRandom } from "./random.ts";
import { finishBoot } from "./services.ts";

/** Simulated machines that see each other. */
export interface Fleet {
  readonly clock: Clock;
  /** By serial number. */
  readonly machines: ReadonlyMap<string, Machine>;
  /** The machine with this name in git, or this serial number. */
  readonly find: (nameOrSerial: string) => Machine | undefined;
  /** The one at an address or with a hostname whose secure API is up, among those of the same cluster. */
  readonly findPeer: (machine: Machine, target: string) => Machine | undefined;
  /** Machines of one cluster whose secure API is up. */
  readonly clusterOf: (machine: Machine) => readonly Machine[];
  /** The key of an authority, in PEM, once a control plane that signs with it has run: workers get theirs from it. */
  readonly keyOf: (authority: string) => string | undefined;
  /** Replaces all faults of a machine. */
  readonly setFaults: (machine: Machine, faults: Faults) => void;
  /** Called with every machine that is not as it was, at once; it must not change machines. */
  readonly onChange: (listener: (machine: Machine) => void) => Cancel;
}

export interface FleetOptions {
  readonly specs: readonly MachineSpec[];
  readonly clock: LabClock;
  readonly seed: string;
  readonly readYaml: ReadYaml;
}

export function createFleet({ specs, clock, seed, readYaml }: FleetOptions): Fleet {
  const listeners = new Set<(machine: Machine) => void>();
  const index = createIndex();
  const notify = (machine: Machine) => {
    for (const listener of listeners) listener(machine);
  };
  const keys = new Map<string, string>();
  const changed = (machine: Machine) => {
    index.update(machine);
    notify(machine);
    const ca = machine.api === "secure" ? machine.active?.ca : undefined;
    if (ca?.key === undefined || keys.has(ca.certificate)) return;
    keys.set(ca.certificate, ca.key);
    for (const peer of index.of(machine.active?.cluster)) notify(peer);
  };
  const worldOf = (serial: string): World => ({
    now: clock.now,
    schedule: clock.schedule,
    random: createRandom(`${seed}/${serial}`),
    readYaml,
    changed,
    peersOf: (machine) => index.of(machine.active?.cluster).filter((peer) => peer !== machine),
    etcdChanged: (cluster) => {
      for (const machine of index.of(cluster.key)) {
        if (machine.etcd?.cluster === cluster) finishBoot(machine);
        notify(machine);
      }
    },
  });
  const machines = new Map(specs.map((spec) => [spec.serial, createMachine(spec, worldOf(spec.serial))]));
  const byName = new Map([...machines.values()].map((machine) => [machine.spec.name, machine]));
  return {
    clock,
    machines,
    find: (nameOrSerial) => machines.get(nameOrSerial) ?? byName.get(nameOrSerial),
    findPeer: (machine, target) => index.of(machine.active?.cluster).find((peer) => isAt(peer, target)),
    clusterOf: (machine) => index.of(machine.active?.cluster),
    keyOf: (authority) => keys.get(authority),
    setFaults: (machine, faults) => {
      machine.faults = faults;
      changed(machine);
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Whether a machine goes by this address or name. */
export function isAt(machine: Machine, target: string): boolean {
  const { loopback, bootstrap } = machine.spec;
  return target === loopback || target === bootstrap || target === hostnameOf(machine);
}

/** Machines by their cluster: of thousands, those that see each other. */
function createIndex() {
  const groups = new Map<string, Set<Machine>>();
  const keys = new Map<Machine, string>();
  return {
    update: (machine: Machine) => {
      const key = machine.api === "secure" ? machine.active?.cluster : undefined;
      const before = keys.get(machine);
      if (key === before) return;
      if (before !== undefined) groups.get(before)?.delete(machine);
      if (key === undefined) {
        keys.delete(machine);
        return;
      }
      keys.set(machine, key);
      const group = groups.get(key) ?? new Set();
      groups.set(key, group.add(machine));
    },
    of: (key: string | undefined): readonly Machine[] => [...(groups.get(key ?? "") ?? [])],
  };
}
