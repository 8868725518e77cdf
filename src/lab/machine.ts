import type { Clock } from "./clock.ts";
import type { EtcdCluster, EtcdWorld } from "./etcd.ts";
import type { Faults } from "./faults.ts";
import type { MachineConfig, ReadYaml } from "./machine-config.ts";

/** What does not change about a machine. */
export interface MachineSpec {
  readonly name: string;
  readonly serial: string;
  readonly uuid: string;
  /** Names of interfaces to MAC addresses in lower case. */
  readonly macs: Readonly<Record<string, string>>;
  readonly loopback: string;
  readonly bootstrap: string;
  /** What its site serves to network boots: `v1.14.1`. */
  readonly talos: string;
  /** 64 hexadecimal digits; undefined for images of no schematic. */
  readonly schematic: string | undefined;
  readonly extensions: readonly { readonly name: string; readonly version: string }[];
  readonly disks: readonly Disk[];
  /** Bytes. */
  readonly memory: number;
}

export interface Disk {
  /** `nvme0n1` */
  readonly id: string;
  readonly size: number;
  readonly model: string;
  readonly serial: string;
  readonly transport: string;
}

/** A Talos that can be booted. */
export interface Image {
  readonly talos: string;
  readonly schematic: string | undefined;
}

/** As Talos' MachineStatus names them. */
export type Stage =
  | "booting"
  | "installing"
  | "maintenance"
  | "running"
  | "rebooting"
  | "shutting down"
  | "resetting"
  | "upgrading";

/** As Talos' services name them. */
export type ServiceStateName = "Waiting" | "Preparing" | "Running" | "Stopping" | "Finished" | "Failed";

export interface ServiceStatus {
  readonly id: string;
  readonly state: ServiceStateName;
  readonly healthy: boolean;
  readonly unknown: boolean;
  readonly message: string;
  /** When it came into this state. */
  readonly since: number;
}

export type InstallPhase = "pending" | "installing" | "installed" | "waiting-for-reboot" | "failed";

/** A machine as it is at a moment. Only the functions of this folder change it. */
export interface Machine {
  readonly spec: MachineSpec;
  readonly world: World;
  faults: Faults;
  power: "on" | "off";
  /** The next start is one from the network, whatever the disk holds. */
  bootsFromNetwork: boolean;
  /** Counts the starts of the operating system: what was scheduled before the last one does not happen. */
  life: number;
  /** Undefined while no Talos runs. */
  stage: Stage | undefined;
  /** Its connections were cut when it went down last; otherwise it answered what it had been asked. */
  isCut: boolean;
  /** What its port 50000 is. */
  api: "closed" | "maintenance" | "secure";
  bootId: string;
  bootedAt: number;
  running: Image | undefined;
  disk: { readonly next: Image; readonly previous: Image | undefined } | undefined;
  active: MachineConfig | undefined;
  /** On disk: what the next boot takes. */
  persistent: MachineConfig | undefined;
  services: ReadonlyMap<string, ServiceStatus>;
  /** Since when containers run; they go on while the kubelet alone starts anew. */
  containersSince: number | undefined;
  /** The data directory of etcd. */
  etcd: { readonly cluster: EtcdCluster; readonly member: bigint } | undefined;
  /** A call that changes the configuration is under way. */
  applying: boolean;
  /** An installation or upgrade is under way. */
  upgrading: boolean;
  /** Undoes the configuration that is tried. */
  endTry: (() => void) | undefined;
  install: { readonly phase: InstallPhase; readonly error: string } | undefined;
  /** Images that were pulled since it booted. */
  readonly pulled: Set<string>;
}

/** What a machine needs of everything around it. */
export interface World extends Clock, EtcdWorld {
  /** Other machines of the same cluster whose secure API is up. */
  readonly peersOf: (machine: Machine) => readonly Machine[];
  /** Something of it is not as it was. */
  readonly changed: (machine: Machine) => void;
  readonly readYaml: ReadYaml;
}

export function createMachine(spec: MachineSpec, world: World): Machine {
  return {
    spec,
    world,
    faults: {},
    power: "off",
    bootsFromNetwork: false,
    life: 0,
    stage: undefined,
    isCut: false,
    api: "closed",
    bootId: "",
    bootedAt: 0,
    running: undefined,
    disk: undefined,
    active: undefined,
    persistent: undefined,
    services: new Map(),
    containersSince: undefined,
    etcd: undefined,
    applying: false,
    upgrading: false,
    endTry: undefined,
    install: undefined,
    pulled: new Set(),
  };
}

/** Lets something happen later in this life of the machine: a boot or a loss of power before that prevents it. */
export function later(machine: Machine, milliseconds: number, action: () => void): () => void {
  const { life, world } = machine;
  const jitter = 0.9 + world.random() * 0.2;
  return world.schedule(milliseconds * jitter * (machine.faults.slow ?? 1), () => {
    if (machine.life === life) action();
  });
}

/** Whether the running Talos is at least of this minor version. */
export function isAtLeast(machine: Machine, minor: number): boolean {
  const digits = /^v?1\.(\d+)/.exec(machine.running?.talos ?? machine.spec.talos)?.[1];
  return Number(digits ?? 0) >= minor;
}

/** The name it goes by. */
export function hostnameOf(machine: Machine): string {
  return machine.active?.hostname ?? `talos-${machine.spec.serial.toLowerCase()}`;
}

/** Whether others reach it at its loopback: its configuration brings that up, or says nothing of addresses. */
export function hasLoopback({ active, spec, faults }: Machine): boolean {
  if (active === undefined) return false;
  if (faults.unroutableWith !== undefined && active.text.includes(faults.unroutableWith)) return false;
  return active.addresses.length === 0 || active.addresses.some((one) => one.split("/")[0] === spec.loopback);
}
