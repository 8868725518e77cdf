import { ApiError } from "./api-error.ts";
import {
  addFirstMember,
  addLearner,
  createEtcdCluster,
  type EtcdCluster,
  forfeitLeadership,
  isAvailable,
  promote,
  removeMember,
  requireLeader,
  setProcess,
} from "./etcd.ts";
import { hostnameOf, later, type Machine } from "./machine.ts";
import { setService } from "./service-state.ts";

const START_MS = 3000;
const JOIN_MS = 3000;
const SYNC_MS = 6000;

/** Starts etcd with the data it has; without any it waits to join, or to be bootstrapped. */
export function startEtcd(machine: Machine, done: () => void): void {
  if (machine.etcd === undefined) {
    setService(machine, "etcd", "Preparing", undefined);
    later(machine, JOIN_MS, () => tryToJoin(machine, done));
    return;
  }
  setService(machine, "etcd", "Preparing", undefined);
  later(machine, START_MS, () => runEtcd(machine, done));
}

/** Ends the process; the data stay. */
export function stopEtcd(machine: Machine): void {
  if (machine.etcd === undefined) return;
  setProcess(machine.etcd.cluster, machine.etcd.member, undefined, machine.world);
}

function runEtcd(machine: Machine, done: () => void): void {
  const { etcd } = machine;
  if (etcd === undefined) return;
  if (!etcd.cluster.members.has(etcd.member)) {
    setService(machine, "etcd", "Failed", false, "the member has been permanently removed from the cluster");
    return;
  }
  const { life } = machine;
  const removed = () => {
    if (machine.life !== life) return;
    setService(machine, "etcd", "Failed", false, "the member has been permanently removed from the cluster");
  };
  setService(machine, "etcd", "Running", false);
  setProcess(etcd.cluster, etcd.member, { name: hostnameOf(machine), process: { removed } }, machine.world);
  if (etcd.cluster.members.get(etcd.member)?.learner)
    later(machine, SYNC_MS, () => tryToPromote(machine, done));
  done();
}

/** As long as there is nobody to join, it asks again. */
function tryToJoin(machine: Machine, done: () => void): void {
  if (machine.etcd !== undefined) return;
  const again = () => void later(machine, JOIN_MS, () => tryToJoin(machine, done));
  const cluster = clusterOfPeers(machine);
  if (cluster === undefined || !isAvailable(cluster)) {
    again();
    return;
  }
  try {
    const same = [...cluster.members.values()].find(({ name }) => name === hostnameOf(machine));
    if (same !== undefined) removeMember(cluster, same.id, machine.world);
    machine.etcd = { cluster, member: addLearner(cluster, urlsOf(machine), machine.world) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    again();
    return;
  }
  machine.world.changed(machine);
  later(machine, START_MS, () => runEtcd(machine, done));
}

function tryToPromote(machine: Machine, done: () => void): void {
  const { etcd, world } = machine;
  if (etcd === undefined || !etcd.cluster.members.get(etcd.member)?.learner) return;
  try {
    promote(etcd.cluster, etcd.member, world);
    done();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    later(machine, SYNC_MS, () => tryToPromote(machine, done));
  }
}

/** Whether Talos would bootstrap now. @throws ApiError where not */
export function bootstrapEtcd(machine: Machine, done: () => void): void {
  const { active, world, install } = machine;
  if (machine.stage !== "booting" && machine.stage !== "running") {
    throw new ApiError("FAILED_PRECONDITION", "bootstrap is not available yet");
  }
  requireControlPlane(machine, "bootstrap");
  if (install !== undefined && install.phase !== "installed") {
    throw new ApiError(
      "UNKNOWN",
      `bootstrap is not allowed during unattended install (phase: ${install.phase})`,
    );
  }
  if (active === undefined || !machine.services.has("etcd")) {
    throw new ApiError("FAILED_PRECONDITION", "bootstrap is not available yet");
  }
  if (!active.hasEtcd) {
    throw new ApiError("INVALID_ARGUMENT", "etcd is not configured, bootstrap is not possible");
  }
  if ((machine.faults.clockAhead ?? 0) > 0) {
    throw new ApiError("FAILED_PRECONDITION", "time is not in sync yet");
  }
  if (machine.etcd !== undefined) {
    throw new ApiError("ALREADY_EXISTS", "etcd data directory is not empty");
  }
  const cluster = createEtcdCluster(active.cluster, world.random);
  const member = addFirstMember(
    cluster,
    { name: hostnameOf(machine), ...urlsOf(machine), process: undefined },
    world,
  );
  machine.etcd = { cluster, member };
  setService(machine, "etcd", "Preparing", undefined);
  later(machine, START_MS, () => runEtcd(machine, done));
}

/** @throws ApiError where it is none */
export function requireControlPlane(machine: Machine, api: string): void {
  const type = machine.active?.type;
  if (type === "controlplane") return;
  const why =
    type === undefined
      ? `machine type is not set, cannot use ${api} API`
      : `${api} is only available on control plane nodes`;
  throw new ApiError("UNIMPLEMENTED", why);
}

/**
 * The cluster that etcd calls of this machine speak to. Talos asks every control plane that it knows: one whose own
 * etcd does not run answers for the others.
 *
 * @throws ApiError where no etcd of the cluster runs
 */
export function reachableCluster(machine: Machine): EtcdCluster {
  const cluster = localCluster(machine) ?? clusterOfPeers(machine);
  if (cluster !== undefined) return cluster;
  if (machine.world.peersOf(machine).length === 0) {
    throw new ApiError("UNKNOWN", "no controlplane endpoints discovered yet");
  }
  throw new ApiError("UNAVAILABLE", "connection error: desc = connect: connection refused");
}

/** The cluster that its own process is part of. */
function localCluster({ etcd }: Machine): EtcdCluster | undefined {
  return etcd?.cluster.members.get(etcd.member)?.process === undefined ? undefined : etcd.cluster;
}

function clusterOfPeers(machine: Machine): EtcdCluster | undefined {
  for (const peer of machine.world.peersOf(machine)) {
    const cluster = peer.active?.type === "controlplane" ? localCluster(peer) : undefined;
    if (cluster !== undefined) return cluster;
  }
  return undefined;
}

/** @throws ApiError where etcd does not run here */
export function localEtcd(machine: Machine): { readonly cluster: EtcdCluster; readonly member: bigint } {
  const cluster = localCluster(machine);
  if (cluster === undefined || machine.etcd === undefined) {
    throw new ApiError("UNAVAILABLE", "connection error: desc = connect: connection refused");
  }
  return { cluster, member: machine.etcd.member };
}

/** Gives up leadership of this machine's member. @returns the new leader's name, empty where it did not lead */
export function forfeit(machine: Machine): string {
  requireControlPlane(machine, "etcd forfeit leadership");
  const cluster = reachableCluster(machine);
  requireLeader(cluster);
  return forfeitLeadership(cluster, machine.etcd?.member ?? 0n, machine.world);
}

/** Leaves the cluster and removes the data. @throws ApiError where the cluster does not let it go */
export function leaveEtcd(machine: Machine): void {
  const { etcd, world } = machine;
  if (etcd === undefined) return;
  if (etcd.cluster.members.has(etcd.member)) {
    requireLeader(etcd.cluster);
    removeMember(etcd.cluster, etcd.member, world);
  }
  machine.etcd = undefined;
  setService(machine, "etcd", "Finished", undefined);
}

function urlsOf({ spec }: Machine): { readonly peerUrl: string; readonly clientUrl: string } {
  return { peerUrl: `https://${spec.loopback}:2380`, clientUrl: `https://${spec.loopback}:2379` };
}
