import { ApiError } from "./api-error.ts";
import { leaveEtcd } from "./etcd-service.ts";
import { type Image, isAtLeast, later, type Machine } from "./machine.ts";
import { type MachineConfig, readMachineConfig } from "./machine-config.ts";
import { randomUuid } from "./random.ts";
import { startBasics, startServices, stopServices } from "./services.ts";

/** What takes how long, in milliseconds of the machine's time. */
const MS = {
  firmware: 70_000,
  kernel: 25_000,
  /** From the end of maintenance mode to the secure API. */
  secure: 2000,
  install: 35_000,
  stop: 8000,
  wipe: 10_000,
  leaveRetry: 10_000,
  installRetry: 30_000,
} as const;

/** Talos tries for five minutes to leave etcd. */
const LEAVE_ATTEMPTS = 30;

/** Presses the power button of a machine that is off. */
export function powerOn(machine: Machine): void {
  if (machine.power === "on") return;
  machine.power = "on";
  start(machine, true);
}

/** Takes the power away: nothing is ended in an orderly way. */
export function powerOff(machine: Machine): void {
  if (machine.power === "off") return;
  machine.power = "off";
  halt(machine, true);
}

/** What the operating system does at the end of a shutdown. */
function switchOff(machine: Machine): void {
  machine.power = "off";
  halt(machine, false);
}

/** The next start of the firmware is one from the network. */
export function setNetworkBoot(machine: Machine): void {
  machine.bootsFromNetwork = true;
}

/** Ends in an orderly way and boots again. Not while it is on its way down already: Talos only logs that. */
export function reboot(machine: Machine, mode: "DEFAULT" | "POWERCYCLE" | "FORCE"): void {
  if (isGoingDown(machine)) return;
  if (mode === "FORCE") {
    start(machine, false);
    return;
  }
  goDown(machine, "rebooting", MS.stop, () => start(machine, mode === "POWERCYCLE"));
}

/** Boots again this moment, as after a crash. */
export function crash(machine: Machine): void {
  if (machine.power === "on") start(machine, false, true);
}

export function shutDown(machine: Machine): void {
  if (isGoingDown(machine)) return;
  goDown(machine, "shutting down", MS.stop, () => switchOff(machine));
}

export interface Reset {
  readonly graceful: boolean;
  readonly reboot: boolean;
  /** Labels; empty: the whole disk. */
  readonly partitions: readonly string[];
  readonly wipesSystem: boolean;
}

/** Wipes and goes down. @throws ApiError for a partition that there is not */
export function reset(machine: Machine, request: Reset): void {
  const unknown = request.partitions.find((label) => !["STATE", "EPHEMERAL", "META"].includes(label));
  if (unknown !== undefined) {
    throw new ApiError(
      "UNKNOWN",
      `failed to get volume status with label "${unknown}": resource VolumeStatuses.block.talos.dev(runtime/${unknown}@undefined) doesn't exist`,
    );
  }
  if (isGoingDown(machine)) return;
  machine.stage = "resetting";
  machine.world.changed(machine);
  const wipe = () => {
    stopServices(machine);
    later(machine, MS.wipe, () => {
      wipeDisk(machine, request);
      if (request.reboot) start(machine, false);
      else switchOff(machine);
    });
  };
  if (request.graceful) leave(machine, LEAVE_ATTEMPTS, wipe);
  else wipe();
}

/** A machine that cannot leave etcd is not wiped: its reset fails, and with it the sequence, which ends in a boot. */
function leave(machine: Machine, attempts: number, done: () => void): void {
  try {
    leaveEtcd(machine);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.code !== "UNAVAILABLE" || attempts <= 1) {
      start(machine, false);
      return;
    }
    later(machine, MS.leaveRetry, () => leave(machine, attempts - 1, done));
    return;
  }
  done();
}

function wipeDisk(machine: Machine, { partitions, wipesSystem }: Reset): void {
  if (!wipesSystem) return;
  const wipesAll = partitions.length === 0;
  if (wipesAll) machine.disk = undefined;
  if (wipesAll || partitions.includes("STATE")) machine.persistent = undefined;
  if (wipesAll || partitions.includes("EPHEMERAL")) machine.etcd = undefined;
}

/** Whether a sequence runs that ends in another boot or without power. */
export function isGoingDown({ stage, applying }: Machine): boolean {
  const ends = ["rebooting", "shutting down", "resetting", "upgrading", "installing"];
  return stage === undefined || (ends.includes(stage) && !applying);
}

/** Ends everything in an orderly way; the API answers until the end. */
export function goDown(
  machine: Machine,
  stage: "rebooting" | "shutting down" | "upgrading",
  milliseconds: number,
  then: () => void,
): void {
  machine.stage = stage;
  stopServices(machine);
  startBasics(machine);
  machine.world.changed(machine);
  later(machine, milliseconds, then);
}

/** What a machine in maintenance mode does with a whole configuration: installs itself with it and boots. */
export function beginInstall(machine: Machine, config: MachineConfig): void {
  machine.api = "closed";
  if (machine.disk !== undefined) {
    machine.persistent = config;
    later(machine, MS.secure, () => becomeSecure(machine, config));
    machine.world.changed(machine);
    return;
  }
  if (config.install?.unattended && isAtLeast(machine, 14)) {
    machine.install = { phase: "installing", error: "" };
    machine.stage = "booting";
    later(machine, MS.secure, () => becomeSecure(machine, config));
    later(machine, MS.install, () => installUnattended(machine, config));
  } else {
    machine.stage = "installing";
    later(machine, MS.install, () => installBySequence(machine, config));
  }
  machine.world.changed(machine);
}

function becomeSecure(machine: Machine, config: MachineConfig): void {
  machine.active = config;
  machine.api = "secure";
  machine.stage = "booting";
  if (machine.install === undefined) startServices(machine);
  else startBasics(machine);
  machine.world.changed(machine);
}

/**
 * Puts Talos and a configuration onto the disk of a machine that is off, without the time that an installation takes.
 *
 * @throws Error where the text is no whole configuration
 */
export function installedWith(machine: Machine, text: string): void {
  const found = machine.world.readYaml(text);
  const config = "error" in found ? undefined : readMachineConfig(text, found.documents);
  if (config?.type === undefined)
    throw new Error(`"${machine.spec.name}" cannot run: its configuration is not whole`);
  writeDisk(machine, config);
}

/** Until Talos 1.13: a failure ends in a boot, and nothing was written. */
function installBySequence(machine: Machine, config: MachineConfig): void {
  if (machine.faults.diskFull) {
    start(machine, false);
    return;
  }
  writeDisk(machine, config);
  machine.stage = "rebooting";
  machine.world.changed(machine);
  later(machine, MS.stop, () => start(machine, false));
}

/** Since Talos 1.14: a failure is said, and tried again. */
function installUnattended(machine: Machine, config: MachineConfig): void {
  if (machine.faults.diskFull) {
    machine.install = { phase: "failed", error: "failed to run installer: no space left on device" };
    machine.world.changed(machine);
    later(machine, MS.installRetry, () => installUnattended(machine, config));
    return;
  }
  writeDisk(machine, machine.active ?? config);
  machine.install = { phase: "waiting-for-reboot", error: "" };
  goDown(machine, "rebooting", MS.stop, () => start(machine, false));
}

function writeDisk(machine: Machine, config: MachineConfig): void {
  const fallback = machine.running ?? { talos: machine.spec.talos, schematic: machine.spec.schematic };
  machine.disk = { next: imageOf(config.install?.image, fallback), previous: undefined };
  machine.persistent = config;
}

/** Version and schematic that an installer's name says; what it does not say is as it was. */
export function imageOf(reference: string | undefined, fallback: Image): Image {
  const version = /:v?(\d+\.\d+\.\d+[^@/]*)(?:@|$)/.exec(reference ?? "")?.[1];
  const schematic = /\/([0-9a-f]{64})(?=[:@]|$)/.exec(reference ?? "")?.[1];
  return {
    talos: version === undefined ? fallback.talos : `v${version}`,
    schematic: schematic ?? fallback.schematic,
  };
}

/** Everything in memory is gone. */
function halt(machine: Machine, isCut: boolean): void {
  stopServices(machine);
  machine.life += 1;
  machine.endTry?.();
  machine.endTry = undefined;
  machine.applying = false;
  machine.upgrading = false;
  machine.stage = undefined;
  machine.isCut = isCut;
  machine.api = "closed";
  machine.running = undefined;
  machine.active = undefined;
  machine.install = undefined;
  machine.pulled.clear();
  machine.world.changed(machine);
}

/** @param cold whether the firmware starts first; Talos boots its own next kernel without it */
function start(machine: Machine, cold: boolean, isCut = false): void {
  halt(machine, isCut);
  later(machine, MS.kernel + (cold ? MS.firmware : 0), () => boot(machine));
}

function boot(machine: Machine): void {
  const { disk, spec, world } = machine;
  const fromNetwork = machine.bootsFromNetwork || disk === undefined;
  if (!fromNetwork && disk.previous !== undefined && machine.faults.upgradeFails) {
    machine.disk = { next: disk.previous, previous: undefined };
    start(machine, true);
    return;
  }
  machine.bootsFromNetwork = false;
  machine.isCut = false;
  machine.running = fromNetwork ? { talos: spec.talos, schematic: spec.schematic } : disk.next;
  machine.bootId = randomUuid(world.random);
  machine.bootedAt = world.now();
  if (machine.persistent === undefined) {
    machine.stage = "maintenance";
    machine.api = "maintenance";
    startBasics(machine);
    world.changed(machine);
    return;
  }
  machine.active = machine.persistent;
  machine.api = "secure";
  machine.stage = "booting";
  if (machine.active.install?.unattended) machine.install = { phase: "installed", error: "" };
  startServices(machine);
  world.changed(machine);
}
