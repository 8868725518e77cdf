import { isAvailable } from "./etcd.ts";
import { startEtcd, stopEtcd } from "./etcd-service.ts";
import { later, type Machine, type ServiceStatus } from "./machine.ts";
import type { MachineConfig } from "./machine-config.ts";
import { setService } from "./service-state.ts";

const KUBELET_MS = 12_000;
const EXTENSION_MS = 3000;

/** Starts what a machine with a whole configuration runs; its stage is `running` once all of it is up. */
export function startServices(machine: Machine): void {
  startBasics(machine);
  const config = machine.active;
  if (config === undefined) return;
  setService(machine, "cri", "Running", true);
  if (config.type === "controlplane") setService(machine, "trustd", "Running", true);
  startKubelet(machine);
  for (const name of config.extensionServices.keys()) startExtension(machine, name);
  if (config.type === "controlplane") startEtcd(machine, () => finishBoot(machine));
  finishBoot(machine);
}

/** What runs in maintenance mode and during an installation too. */
export function startBasics(machine: Machine): void {
  for (const id of ["machined", "containerd", "udevd", "apid"]) setService(machine, id, "Running", true);
}

/** Ends all services at once, as a shutdown or a loss of power does. */
export function stopServices(machine: Machine): void {
  stopEtcd(machine);
  machine.services = new Map();
  machine.containersSince = undefined;
}

/** Starts anew what the difference between two configurations is about. */
export function restartChanged(machine: Machine, before: MachineConfig, after: MachineConfig): void {
  if (before.kubeletDigest !== after.kubeletDigest) startKubelet(machine);
  for (const [name, digest] of after.extensionServices) {
    if (before.extensionServices.get(name) !== digest) startExtension(machine, name);
  }
}

/** What a client is told: the health of etcd is that of its cluster at this moment. */
export function servicesOf(machine: Machine): readonly ServiceStatus[] {
  return [...machine.services.values()]
    .map((service) => (service.id === "etcd" ? withHealth(machine, service) : service))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** The sequence of a boot ends when everything it started is up; on a control plane that waits for etcd. */
export function finishBoot(machine: Machine): void {
  if (machine.stage !== "booting" || machine.install?.phase === "installing") return;
  if (machine.install?.phase === "waiting-for-reboot" || machine.install?.phase === "failed") return;
  const services = servicesOf(machine);
  if (!services.some(({ id }) => id === "kubelet")) return;
  if (services.every(({ state, healthy, unknown }) => state === "Running" && (healthy || unknown)))
    machine.stage = "running";
  machine.world.changed(machine);
}

function withHealth(machine: Machine, service: ServiceStatus): ServiceStatus {
  const { etcd } = machine;
  if (service.state !== "Running" || etcd === undefined) return service;
  const isLearner = etcd.cluster.members.get(etcd.member)?.learner ?? true;
  if (isAvailable(etcd.cluster) && !isLearner) return { ...service, healthy: true, unknown: false };
  const message = isLearner ? "etcdserver: rpc not supported for learner" : "context deadline exceeded";
  return { ...service, healthy: false, unknown: false, message };
}

function startKubelet(machine: Machine): void {
  comesUp(machine, "kubelet", KUBELET_MS, true);
}

function startExtension(machine: Machine, name: string): void {
  // Extensions have no check of their health.
  comesUp(machine, `ext-${name}`, EXTENSION_MS, undefined);
}

function comesUp(machine: Machine, id: string, milliseconds: number, healthy: true | undefined): void {
  setService(machine, id, "Preparing", undefined);
  later(machine, milliseconds, () => {
    if (id === "kubelet") machine.containersSince ??= machine.world.now();
    setService(machine, id, "Running", healthy);
    finishBoot(machine);
  });
}
