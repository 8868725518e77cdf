import { ApiError } from "./api-error.ts";
import type { Clock } from "./clock.ts";
import { type Random, randomHex } from "./random.ts";

/** One raft cluster of etcd: what all its members agree on. */
export interface EtcdCluster {
  readonly id: string;
  /** `cluster` of its machines' configurations; of several where somebody bootstrapped twice. */
  readonly key: string;
  readonly members: Map<bigint, EtcdMemberState>;
  /** Its number; undefined while there is none. */
  leader: bigint | undefined;
  term: number;
  index: number;
  electing: boolean;
}

export interface EtcdMemberState {
  readonly id: bigint;
  /** Empty until it has started for the first time. */
  name: string;
  readonly peerUrl: string;
  readonly clientUrl: string;
  learner: boolean;
  /** The running process; undefined while it does not run. */
  process: EtcdProcess | undefined;
}

/** What a member's process is told. */
export interface EtcdProcess {
  /** The cluster has removed it: it ends. */
  readonly removed: () => void;
}

/** What a cluster needs of the world. */
export interface EtcdWorld extends Clock {
  readonly random: Random;
  /** Leader or members are others now. */
  readonly etcdChanged: (cluster: EtcdCluster) => void;
}

/** How long members wait for a leader before they choose another. */
const ELECTION_MS = 1500;

export function createEtcdCluster(key: string, random: Random): EtcdCluster {
  return {
    id: randomHex(random, 8),
    key,
    members: new Map(),
    leader: undefined,
    term: 1,
    index: 1,
    electing: false,
  };
}

export function votersOf(cluster: EtcdCluster): readonly EtcdMemberState[] {
  return [...cluster.members.values()].filter(({ learner }) => !learner);
}

/** Whether more than half of the voting members run. */
export function hasQuorum(cluster: EtcdCluster): boolean {
  const voters = votersOf(cluster);
  return runningOf(voters) >= quorumOf(voters.length);
}

function runningOf(members: readonly EtcdMemberState[]): number {
  return members.filter(({ process }) => process !== undefined).length;
}

function quorumOf(count: number): number {
  return Math.floor(count / 2) + 1;
}

/** Whether the cluster takes writes now. */
export function isAvailable(cluster: EtcdCluster): boolean {
  return cluster.leader !== undefined && hasQuorum(cluster);
}

/** @throws ApiError where there is no leader */
export function requireLeader(cluster: EtcdCluster): void {
  if (!isAvailable(cluster)) throw new ApiError("UNAVAILABLE", "etcdserver: no leader");
}

/** The first member of a new cluster. It leads at once: nobody else votes. */
export function addFirstMember(
  cluster: EtcdCluster,
  member: Omit<EtcdMemberState, "id" | "learner">,
  world: EtcdWorld,
): bigint {
  const id = newId(cluster, world.random);
  cluster.members.set(id, { ...member, id, learner: false });
  settle(cluster, world);
  return id;
}

/** @throws ApiError where the cluster does not take a new learner now */
export function addLearner(
  cluster: EtcdCluster,
  urls: Pick<EtcdMemberState, "peerUrl" | "clientUrl">,
  world: EtcdWorld,
): bigint {
  requireLeader(cluster);
  if ([...cluster.members.values()].some(({ learner }) => learner)) {
    throw new ApiError("FAILED_PRECONDITION", "etcdserver: too many learner members in cluster");
  }
  if ([...cluster.members.values()].some(({ peerUrl }) => peerUrl === urls.peerUrl)) {
    throw new ApiError("FAILED_PRECONDITION", "etcdserver: Peer URLs already exists");
  }
  const id = newId(cluster, world.random);
  cluster.members.set(id, { id, name: "", ...urls, learner: true, process: undefined });
  changed(cluster, world);
  return id;
}

/** Makes a learner a voter. @throws ApiError where that would cost the quorum */
export function promote(cluster: EtcdCluster, id: bigint, world: EtcdWorld): void {
  requireLeader(cluster);
  const member = memberOf(cluster, id);
  if (!member.learner)
    throw new ApiError("FAILED_PRECONDITION", "etcdserver: can only promote a learner member");
  const voters = votersOf(cluster);
  if (member.process === undefined || runningOf(voters) + 1 < quorumOf(voters.length + 1)) {
    throw new ApiError(
      "FAILED_PRECONDITION",
      "etcdserver: can only promote a learner member which is in sync with leader",
    );
  }
  member.learner = false;
  changed(cluster, world);
}

/** @throws ApiError where it is no member, or where the cluster would lose its quorum by that */
export function removeMember(cluster: EtcdCluster, id: bigint, world: EtcdWorld): void {
  requireLeader(cluster);
  const member = memberOf(cluster, id);
  if (!member.learner) checkRemoval(cluster, member);
  cluster.members.delete(id);
  member.process?.removed();
  changed(cluster, world);
}

function checkRemoval(cluster: EtcdCluster, member: EtcdMemberState): void {
  const others = votersOf(cluster).filter(({ id }) => id !== member.id);
  const started = others.filter(({ name }) => name !== "").length;
  if (started < quorumOf(others.length)) {
    throw new ApiError(
      "FAILED_PRECONDITION",
      "etcdserver: re-configuration failed due to not enough started members",
    );
  }
  if (member.process !== undefined && runningOf(others) < quorumOf(others.length)) {
    throw new ApiError("UNAVAILABLE", "etcdserver: unhealthy cluster");
  }
}

/** Gives leadership to another voter that runs. @returns its name, empty where this member does not lead */
export function forfeitLeadership(cluster: EtcdCluster, id: bigint, world: EtcdWorld): string {
  requireLeader(cluster);
  if (cluster.members.size === 1) {
    throw new ApiError("UNKNOWN", "failed to forfeit leadership: cannot forfeit leadership, only one member");
  }
  if (cluster.leader !== id) return "";
  const next = votersOf(cluster).find((member) => member.id !== id && member.process !== undefined);
  if (next === undefined) {
    throw new ApiError("UNAVAILABLE", "failed to forfeit leadership: etcdserver: request timed out");
  }
  cluster.leader = next.id;
  cluster.term += 1;
  changed(cluster, world);
  return next.name;
}

/** A member's process starts or ends. */
export function setProcess(
  cluster: EtcdCluster,
  id: bigint,
  started: { readonly name: string; readonly process: EtcdProcess } | undefined,
  world: EtcdWorld,
): void {
  const member = cluster.members.get(id);
  if (member === undefined) return;
  member.process = started?.process;
  if (started !== undefined) member.name = started.name;
  settle(cluster, world);
  world.etcdChanged(cluster);
}

function changed(cluster: EtcdCluster, world: EtcdWorld): void {
  cluster.index += 1;
  settle(cluster, world);
  world.etcdChanged(cluster);
}

/** Takes leadership from who cannot have it, and has another chosen where a majority runs. */
function settle(cluster: EtcdCluster, world: EtcdWorld): void {
  const leader = cluster.leader === undefined ? undefined : cluster.members.get(cluster.leader);
  if (leader === undefined || leader.learner || leader.process === undefined || !hasQuorum(cluster)) {
    cluster.leader = undefined;
  }
  if (cluster.leader !== undefined || !hasQuorum(cluster) || cluster.electing) return;
  cluster.electing = true;
  world.schedule(cluster.members.size === 1 ? 0 : ELECTION_MS, () => {
    cluster.electing = false;
    if (cluster.leader !== undefined || !hasQuorum(cluster)) return;
    const candidates = votersOf(cluster).filter(({ process }) => process !== undefined);
    cluster.leader = candidates[Math.floor(world.random() * candidates.length)]?.id;
    cluster.term += 1;
    cluster.index += 1;
    world.etcdChanged(cluster);
  });
}

function memberOf(cluster: EtcdCluster, id: bigint): EtcdMemberState {
  const member = cluster.members.get(id);
  if (member === undefined) throw new ApiError("NOT_FOUND", "etcdserver: member not found");
  return member;
}

/** 64 bits, as large as etcd's own, so that a client that reads them as numbers of JavaScript fails. */
function newId(cluster: EtcdCluster, random: Random): bigint {
  const id = BigInt(`0x${randomHex(random, 8)}`) | (1n << 63n);
  return cluster.members.has(id) ? newId(cluster, random) : id;
}
