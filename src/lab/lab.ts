import { parseAllDocuments } from "yaml";
import type { PowerDriver } from "../applier/power.ts";
import { createClock, type LabClock, type RealTime } from "./clock.ts";
import { createFleet, type Fleet } from "./fleet.ts";
import { createKubernetes, type Kubernetes } from "./kubernetes/kubernetes.ts";
import { type KubernetesServer, serveKubernetes } from "./kubernetes/serve.ts";
import type { Machine, MachineSpec } from "./machine.ts";
import type { ReadYaml } from "./machine-config.ts";
import { fleetPower } from "./power.ts";
import { startRunning } from "./running.ts";
import { type FleetServer, loopbackOf, serveFleet } from "./server.ts";

/** A machine of the lab, as git describes it; a `DesiredMachine` is one. */
export interface LabMachine
  extends Pick<MachineSpec, "name" | "serial" | "uuid" | "macs" | "loopback" | "bootstrap">,
    Partial<Pick<MachineSpec, "talos" | "schematic" | "extensions" | "disks" | "memory">> {}

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
  /** Of Kubernetes' API; 6443 where nothing is said. */
  readonly kubernetesPort?: number;
  /** Whether running machines answer at their bootstrap addresses too; costs a second open file for each machine. */
  readonly bootstrapWhileRunning?: boolean;
  /** The configuration that a machine is installed with and runs from the start; the others are off. */
  readonly running?: (machine: LabMachine) => string | undefined;
  /** A faster reader than that of the `yaml` package. */
  readonly readYaml?: ReadYaml;
  readonly onError?: (machine: string, error: unknown) => void;
}

/** A simulated fleet that answers on the network of this machine. */
export interface Lab {
  readonly fleet: Fleet;
  readonly clock: LabClock;
  readonly power: PowerDriver;
  readonly kubernetes: Kubernetes;
  /** Begins to serve and lets time pass. Every machine is off but for those that are to run. */
  readonly start: () => Promise<void>;
  /** Resolves when every listener is as the machines' states say. */
  readonly settled: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Up to so many machines, running ones answer at both of their addresses. */
const MANY = 2000;

/** Bytes that the kernel has of 128 GiB. */
const MEMORY = 134_848_512_000;

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
  const kubernetes = createKubernetes(fleet, seed);
  let servers: readonly (FleetServer | KubernetesServer)[] | undefined;
  if (options.running !== undefined) startRunning(fleet, clock, ({ spec }) => options.running?.(spec));
  return {
    fleet,
    clock,
    power: fleetPower(fleet),
    kubernetes,
    start: async () => {
      servers ??= serveLab(options, fleet, kubernetes);
      clock.run(options.speed);
      await settle(servers);
    },
    settled: () => settle(servers ?? []),
    stop: async () => {
      clock.stop();
      await Promise.all((servers ?? []).map((server) => server.close()));
      servers = undefined;
    },
  };
}

function serveLab(
  options: LabOptions,
  fleet: Fleet,
  kubernetes: Kubernetes,
): readonly (FleetServer | KubernetesServer)[] {
  const { machines, seed, listenAt = loopbackOf } = options;
  const common = {
    fleet,
    listenAt,
    wallClock: () => Date.now(),
    onError: (machine: Machine, error: unknown) => options.onError?.(machine.spec.name, error),
  };
  const bootstrapWhileRunning = options.bootstrapWhileRunning ?? machines.length <= MANY;
  return [
    serveFleet({ ...common, port: options.port ?? 50_000, bootstrapWhileRunning }),
    serveKubernetes({ ...common, kubernetes, seed, port: options.kubernetesPort ?? 6443 }),
  ];
}

async function settle(servers: readonly (FleetServer | KubernetesServer)[]): Promise<void> {
  await Promise.all(servers.map((server) => server.settled()));
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
    memory: machine.memory ?? MEMORY,
  };
}

const readAnyYaml: ReadYaml = (text) => {
  const documents = parseAllDocuments(text);
  if (!("length" in documents)) return { documents: [] };
  const [error] = documents.flatMap(({ errors }) => errors);
  if (error !== undefined) return { error: error.message.split("\n")[0] ?? "" };
  return { documents: documents.map((document): unknown => document.toJS()) };
};
