import { parseAllDocuments } from "yaml";
import type { PowerDriver } from "../applier/power.ts";
import { createClock, type LabClock, type RealTime } from "./clock.ts";
import { createFleet, type Fleet } from "./fleet.ts";
import type { MachineSpec } from "./machine.ts";
import type { ReadYaml } from "./machine-config.ts";
import { fleetPower } from "./power.ts";
import { type FleetServer, loopbackOf, serveFleet } from "./server.ts";

/** A machine of the lab, as git describes it; a `DesiredMachine` is one. */
export interface LabMachine
  extends Pick<MachineSpec, "name" | "serial" | "uuid" | "macs" | "loopback" | "bootstrap">,
    Partial<Pick<MachineSpec, "talos" | "schematic" | "extensions" | "disks">> {}

export interface LabOptions {
  readonly machines: readonly LabMachine[];
  /** Times as fast as outside: 60 makes a boot of two minutes one of two seconds. 0: by `clock.advance` alone. */
  readonly speed: number;
  /** The same seed gives the same identifiers, elections and faults. */
  readonly seed: string;
  /** What network boots get where a machine does not say: `v1.14.1`. */
  readonly talos: string;
  /** Where an address is listened at; `127.b.c.d` for `a.b.c.d` where nothing is said. */
  readonly listenAt?: (address: string) => string;
  /** 50000 where nothing is said. */
  readonly port?: number;
  /** Whether running machines answer at their bootstrap addresses too; costs a second open file for each machine. */
  readonly bootstrapWhileRunning?: boolean;
  /** A faster reader than that of the `yaml` package. */
  readonly readYaml?: ReadYaml;
  readonly onError?: (machine: string, error: unknown) => void;
}

/** A simulated fleet that answers on the network of this machine. */
export interface Lab {
  readonly fleet: Fleet;
  readonly clock: LabClock;
  readonly power: PowerDriver;
  /** Begins to serve and lets time pass. Every machine is off. */
  readonly start: () => Promise<void>;
  /** Resolves when every listener is as the machines' states say. */
  readonly settled: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Up to so many machines, running ones answer at both of their addresses. */
const MANY = 2000;

const REAL_TIME: RealTime = {
  now: () => performance.now(),
  setTimer: (delay, action) => {
    const timer = setTimeout(action, delay);
    return () => clearTimeout(timer);
  },
};

/** @throws Error where two machines would listen at one address */
export function createLab(options: LabOptions): Lab {
  const { machines, seed, talos, listenAt = loopbackOf } = options;
  checkAddresses(machines, listenAt);
  const clock = createClock(Date.now(), REAL_TIME);
  const specs = machines.map((machine) => specOf(machine, talos));
  const fleet = createFleet({ specs, clock, seed, readYaml: options.readYaml ?? readAnyYaml });
  let server: FleetServer | undefined;
  return {
    fleet,
    clock,
    power: fleetPower(fleet),
    start: async () => {
      server ??= serveFleet({
        fleet,
        listenAt,
        port: options.port ?? 50_000,
        bootstrapWhileRunning: options.bootstrapWhileRunning ?? machines.length <= MANY,
        wallClock: () => Date.now(),
        onError: (machine, error) => options.onError?.(machine.spec.name, error),
      });
      clock.run(options.speed);
      await server.settled();
    },
    settled: async () => server?.settled(),
    stop: async () => {
      clock.stop();
      await server?.close();
      server = undefined;
    },
  };
}

function checkAddresses(machines: readonly LabMachine[], listenAt: (address: string) => string): void {
  const taken = new Map<string, string>();
  for (const { name, loopback, bootstrap } of machines) {
    for (const address of [loopback, bootstrap].map(listenAt)) {
      const other = taken.get(address);
      if (other !== undefined) throw new Error(`"${name}" and "${other}" would both listen at ${address}`);
      taken.set(address, name);
    }
  }
}

function specOf(machine: LabMachine, talos: string): MachineSpec {
  return {
    name: machine.name,
    serial: machine.serial,
    uuid: machine.uuid,
    macs: machine.macs,
    loopback: machine.loopback,
    bootstrap: machine.bootstrap,
    talos: machine.talos ?? talos,
    schematic: machine.schematic,
    extensions: machine.extensions ?? [],
    disks: machine.disks ?? [
      {
        id: "nvme0n1",
        size: 960_197_124_096,
        model: "SIMULATED NVME",
        serial: `${machine.serial}-0`,
        transport: "nvme",
      },
    ],
  };
}

const readAnyYaml: ReadYaml = (text) => {
  const documents = parseAllDocuments(text);
  if (!("length" in documents)) return { documents: [] };
  const [error] = documents.flatMap(({ errors }) => errors);
  if (error !== undefined) return { error: error.message.split("\n")[0] ?? "" };
  return { documents: documents.map((document): unknown => document.toJS()) };
};
