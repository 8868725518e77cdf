import { minorOf, talosMinor } from "../model/talos-versions.ts";
import { ApiError } from "./api-error.ts";
import { hasQuorum } from "./etcd.ts";
import { reachableCluster } from "./etcd-service.ts";
import { crash, goDown, imageOf, isGoingDown } from "./lifecycle.ts";
import { type Image, isAtLeast, later, type Machine } from "./machine.ts";

const PULL_MS = 8000;
const LAYERS = 3;
const UPGRADE_MS = 25_000;

/** What a stream of calls is told; nothing is said any more where the machine goes down in between. */
export interface Progress {
  readonly line: (text: string) => void;
  readonly done: (exitCode: number) => void;
}

/** Pulls an image. @throws ApiError where the machine is too old for that call, or the name is none */
export function pullImage(
  machine: Machine,
  reference: string,
  progress: { readonly layer: (id: string, offset: number) => void; readonly done: (name: string) => void },
): void {
  requireMinor(machine, 13, "machine.ImageService");
  if (!/^[\w.-]+(?::\d+)?\/[\w./-]+(?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?$/.test(reference)) {
    throw new ApiError("INVALID_ARGUMENT", `failed to parse image reference: ${JSON.stringify(reference)}`);
  }
  for (let layer = 1; layer <= LAYERS; layer += 1) {
    later(machine, (PULL_MS * layer) / (LAYERS + 1), () => progress.layer(`layer-${layer}`, layer));
  }
  later(machine, PULL_MS * 1.3, () => {
    machine.pulled.add(reference);
    progress.done(reference);
  });
}

/**
 * The call of Talos 1.13 and later: installs beside what runs. No etcd is looked at, nothing is drained, nothing
 * reboots.
 *
 * @throws ApiError where it cannot begin; what goes wrong later is an exit code
 */
export function upgradeBeside(machine: Machine, reference: string, progress: Progress): void {
  requireMinor(machine, 13, "machine.LifecycleService");
  if (machine.upgrading) {
    throw new ApiError("FAILED_PRECONDITION", "another installation/upgrade is already in progress");
  }
  if (machine.disk === undefined) throw new ApiError("FAILED_PRECONDITION", "machine is not installed");
  if (reference === "") throw new ApiError("INVALID_ARGUMENT", "installer image name is required");
  if (!machine.pulled.has(reference)) {
    throw new ApiError("INTERNAL", `upgrade failed: image "${reference}": not found`);
  }
  machine.upgrading = true;
  progress.line(`running Talos installer ${reference}`);
  later(machine, UPGRADE_MS / 2, () => progress.line("copying to the boot partition"));
  later(machine, UPGRADE_MS, () => {
    machine.upgrading = false;
    const exitCode = installNext(machine, reference) ? 0 : 1;
    progress.line(exitCode === 0 ? "installation complete" : "upgrade is not possible from this version");
    progress.done(exitCode);
  });
}

export interface LegacyUpgrade {
  readonly image: string;
  readonly preserve: boolean;
  readonly stage: boolean;
  readonly force: boolean;
}

/** The call of older versions: looks at etcd, then goes down, installs and boots. @throws ApiError where it refuses */
export function upgradeLegacy(machine: Machine, call: LegacyUpgrade): void {
  if (machine.disk === undefined) throw new ApiError("FAILED_PRECONDITION", "Talos is not installed");
  if (machine.active?.type === "controlplane" && !call.force && !call.preserve) checkEtcd(machine);
  if (isGoingDown(machine)) return;
  goDown(machine, "upgrading", PULL_MS + UPGRADE_MS, () => {
    installNext(machine, call.image);
    crash(machine);
  });
}

function checkEtcd(machine: Machine): void {
  const cluster = reachableCluster(machine);
  const refuse = (why: string) => {
    throw new ApiError("UNKNOWN", `error validating etcd for upgrade: ${why}`);
  };
  if (cluster.members.size === 2) {
    refuse("etcd member count(2) is insufficient to maintain quorum if upgrade commences");
  }
  for (const { id, name, process } of cluster.members.values()) {
    const hex = id.toString(16).padStart(16, "0");
    if (name === "")
      refuse(`etcd member ${hex} is not started, all members must be running to perform an upgrade`);
    if (process === undefined || !hasQuorum(cluster)) {
      refuse(`etcd member ${hex} is not healthy; all members must be healthy to perform an upgrade`);
    }
  }
}

/** @returns whether that version can be installed over the one that runs */
function installNext(machine: Machine, reference: string): boolean {
  const { running, disk } = machine;
  if (running === undefined || disk === undefined || machine.faults.diskFull) return false;
  const next: Image = imageOf(reference, running);
  const from = minorOf(running.talos);
  const oldest = talosMinor(next.talos)?.upgradeFrom;
  if (from === undefined || (oldest !== undefined && from < oldest)) return false;
  machine.disk = { next, previous: disk.next };
  machine.world.changed(machine);
  return true;
}

function requireMinor(machine: Machine, minor: number, service: string): void {
  if (!isAtLeast(machine, minor)) throw new ApiError("UNIMPLEMENTED", `unknown service ${service}`);
}
