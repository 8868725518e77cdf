import { emitYamlDocuments } from "../../src/core/yaml-emit.ts";
import { ApiError } from "../../src/lab/api-error.ts";
import { type ApplyMode, apply } from "../../src/lab/apply.ts";
import { type EtcdCluster, removeMember } from "../../src/lab/etcd.ts";
import { powerOff, powerOn } from "../../src/lab/lifecycle.ts";
import type { Machine } from "../../src/lab/machine.ts";
import type { Random } from "../../src/lab/random.ts";
import type { Documents } from "../contract/fixtures/lab-cluster.ts";
import { readYaml } from "./simulation-applier.ts";
import type { ClusterState, Git, Slot } from "./simulation-git.ts";

/** What people and other tools do to machines, past the applier. */

/** Somebody wipes the disks and switches it on again. */
export function wipe(machine: Machine): void {
  powerOff(machine);
  machine.disk = undefined;
  machine.persistent = undefined;
  machine.etcd = undefined;
  powerOn(machine);
}

/** Another tool gives a machine another configuration than git says. */
export function configureOtherwise(machine: Machine, { changes }: ClusterState, random: Random): string {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const text = machine.active?.text;
  if (machine.api !== "secure" || text === undefined) return "which does not listen";
  const documents = structuredClone(readYaml(text) ?? []) as Documents;
  const [first] = documents;
  const what = pick(changes);
  if (what === "label") Object.assign(first?.["machine"], { nodeLabels: { generation: "somebody's" } });
  if (what === "sysctl") Object.assign(first?.["machine"], { sysctls: { "vm.max_map_count": "77" } });
  if (what === "kubelet") Object.assign(first?.["machine"].kubelet, { extraArgs: { v: "77" } });
  if (what === "env") Object.assign(first?.["machine"], { env: { GENERATION: "77" } });
  for (const one of documents)
    if (what === "mtu" && one["kind"] === "DummyLinkConfig") Object.assign(one, { mtu: 1777 });
  const mode = pick<ApplyMode>(["STAGED", "STAGED", "NO_REBOOT", "TRY"]);
  const tryTimeout = 30_000 + random() * 300_000;
  try {
    apply(machine, { text: emitYamlDocuments(documents), mode, dryRun: false, tryTimeout });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return `${what} ${mode}, which it refuses`;
  }
  return `${what} ${mode}`;
}

/** Members of a cluster's etcd that nothing in git stands for, and those whose data are gone. */
export interface Members {
  readonly etcd: EtcdCluster | undefined;
  readonly strangers: readonly bigint[];
  readonly dead: readonly bigint[];
  /** Those that are left are no majority, or none is left. */
  readonly isLost: boolean;
}

export function membersOf(cluster: ClusterState, machines: readonly Machine[], isRecorded: boolean): Members {
  const own = machines.filter(({ spec }) => spec.name.startsWith(`${cluster.name}-`));
  const etcd = own.find((machine) => machine.etcd !== undefined)?.etcd?.cluster;
  if (etcd === undefined) return { etcd, strangers: [], dead: [], isLost: isRecorded };
  const names = controlPlanesOf(cluster).map(({ machine }) => machine.name);
  const holderOf = (id: bigint) => own.find((machine) => machine.etcd?.member === id);
  const members = [...etcd.members.values()];
  const strangers = members.filter(({ id, name }) => {
    const holder = holderOf(id)?.spec.name ?? name;
    return holder !== "" && !names.includes(holder);
  });
  const dead = members.filter(({ id }) => holderOf(id) === undefined);
  const voters = members.filter(({ learner }) => !learner);
  const left = voters.filter((voter) => !dead.includes(voter));
  const isSeen = left.some(({ id }) => names.includes(holderOf(id)?.spec.name ?? ""));
  return {
    etcd,
    strangers: strangers.map(({ id }) => id),
    dead: dead.map(({ id }) => id),
    isLost: left.length <= voters.length / 2 || !isSeen,
  };
}

export function controlPlanesOf({ slots }: ClusterState): readonly Slot[] {
  return slots.filter(({ type, inGit }) => type === "controlplane" && inGit);
}

/** An administrator removes members that are gone or that nobody wants any more, as long as etcd bears it. */
export function removeOldMembers(git: Git, machines: readonly Machine[], note: (line: string) => void): void {
  for (const cluster of git.clusters) {
    const { etcd, strangers, dead, isLost } = membersOf(
      cluster,
      machines,
      git.bootstrapped.has(cluster.name),
    );
    if (etcd === undefined || isLost) continue;
    for (const id of new Set([...dead, ...strangers])) {
      const holder = machines.find((machine) => machine.etcd?.cluster === etcd && machine.etcd.member === id);
      try {
        removeMember(etcd, id, (holder ?? (machines[0] as Machine)).world);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        continue;
      }
      note(`somebody removes the member of ${holder?.spec.name ?? "a machine that is gone"}`);
      if (holder !== undefined) wipe(holder);
    }
  }
}
