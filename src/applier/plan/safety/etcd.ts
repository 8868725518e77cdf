import type { DesiredCluster, DesiredMachine } from "../../desired.ts";
import type { Live, LiveMachine, RunningMachine } from "../../live.ts";
import type { EtcdMember } from "../../talos-api.ts";
import type { Refusal } from "../plan.ts";
import { checkIdentity } from "./identity.ts";
import { refused, wait } from "./refusal.ts";

/** What the control planes of a cluster say of its etcd. */
export interface EtcdView {
  /** Every member that any of them names, by its id. */
  readonly members: ReadonlyMap<string, EtcdMember>;
  /** Control planes that name members, in the order of their places. */
  readonly holders: readonly { readonly name: string; readonly ids: ReadonlySet<string> }[];
}

export function etcdView(cluster: DesiredCluster, live: Live): EtcdView {
  const lists = controlPlanes(cluster).flatMap(({ name }) => {
    const members = membersOf(live.machines.get(name));
    return members.length === 0 ? [] : [{ name, members }];
  });
  return {
    members: new Map(lists.flatMap(({ members }) => members.map((member) => [member.id, member]))),
    holders: lists.map(({ name, members }) => ({ name, ids: new Set(members.map(({ id }) => id)) })),
  };
}

export function controlPlanes(cluster: DesiredCluster): readonly DesiredMachine[] {
  return cluster.machines.filter(({ type }) => type === "controlplane");
}

function membersOf(live: LiveMachine | undefined): readonly EtcdMember[] {
  return live?.state === "running" ? (live.etcd?.members ?? []) : [];
}

/** Control planes whose lists of members share nothing are of two clusters (ICH7032). */
export function checkOneEtcd({ name }: DesiredCluster, { holders }: EtcdView): Refusal | undefined {
  const [first, ...others] = holders;
  const foreign = others.find(({ ids }) => first !== undefined && ids.isDisjointFrom(first.ids));
  if (first === undefined || foreign === undefined) return undefined;
  return refused(
    "ICH7032",
    `"${first.name}" and "${foreign.name}" of cluster "${name}" are in two etcd clusters that share no member`,
    "find out which of them holds the cluster's data before anything else; nothing is done to the cluster until then",
  );
}

/** What is to be done to a control plane. */
export interface Disturbance {
  readonly machine: DesiredMachine;
  /** It joins as a new member. */
  readonly joins: boolean;
  /** It boots, or it may be cut off for a while. */
  readonly mayBeAway: boolean;
}

/** Whether etcd bears that something is done to one of its control planes now (ICH7030, 7031, 7033, 7034). */
export function checkQuorum(
  cluster: DesiredCluster,
  live: Live,
  view: EtcdView,
  disturbance: Disturbance,
): Refusal | undefined {
  const { machine, joins, mayBeAway } = disturbance;
  if (mayBeAway && view.members.size === 2) {
    return refused(
      "ICH7030",
      `etcd of cluster "${cluster.name}" has exactly two members, so "${machine.name}" is neither rebooted nor tried out with another network: the other one alone is no majority`,
      "add a third control plane first",
    );
  }
  return (
    checkStrangers(cluster, view) ??
    (joins ? checkOldMember(machine, view) : undefined) ??
    checkOthers(cluster, live, view, disturbance)
  );
}

/** A member that git knows no control plane for is looked at by a person first. */
function checkStrangers(cluster: DesiredCluster, { members }: EtcdView): Refusal | undefined {
  const names = new Set(controlPlanes(cluster).map(({ name }) => name));
  const strangers = [...members.values()].filter(({ hostname }) => hostname !== "" && !names.has(hostname));
  if (strangers.length === 0) return undefined;
  const list = strangers.map(({ hostname }) => `"${hostname}"`).sort();
  return refused(
    "ICH7033",
    `etcd of cluster "${cluster.name}" has members that are no control planes in git: ${list.join(", ")}`,
    "remove the member of a machine that is gone with `ichor node replace`, which needs an Approval",
  );
}

/** A dead member is removed before its replacement joins. */
function checkOldMember({ name }: DesiredMachine, { members }: EtcdView): Refusal | undefined {
  if (![...members.values()].some(({ hostname }) => hostname === name)) return undefined;
  return refused(
    "ICH7034",
    `"${name}" is to be installed, and etcd still has a member of that name`,
    "remove the dead member with `ichor node replace`, which needs an Approval",
  );
}

function checkOthers(
  cluster: DesiredCluster,
  live: Live,
  view: EtcdView,
  { machine, joins }: Disturbance,
): Refusal | undefined {
  const others = controlPlanes(cluster).filter(({ name }) => name !== machine.name);
  const troubles = others.flatMap((other) => {
    const trouble = troubleOf(other, live.machines.get(other.name), view);
    return trouble === undefined ? [] : [`"${other.name}" ${trouble}`];
  });
  const unstarted = [...view.members.values()].filter(({ hostname }) => hostname === "").length;
  if (unstarted > 0) troubles.push(`${unstarted} of its members never started`);
  const isAlone = view.holders.every(({ name }) => name === machine.name);
  // Of several, the one that is changed has to show with whom it is: git may not name all of them any more.
  const isSilent = view.holders.length === 0 && others.length > 0;
  if (joins ? isAlone : isSilent) troubles.push("no control plane with a running etcd was seen");
  if (troubles.length === 0) return undefined;
  return wait(
    "ICH7031",
    `"${machine.name}" waits until etcd is whole on every other control plane of cluster "${cluster.name}": ${troubles.join("; ")}`,
    "see what is wrong there with `ichor status`, then run again",
  );
}

/** Why a control plane cannot be counted on; undefined where it can, and where it never was a member. */
function troubleOf(
  machine: DesiredMachine,
  live: LiveMachine | undefined,
  view: EtcdView,
): string | undefined {
  if (live === undefined) return "was not looked at";
  if (live.state === "unreachable") return "does not answer";
  if (live.state === "foreign") return "belongs to another cluster";
  if (checkIdentity(machine, live.hardware) !== undefined) return "is another machine than git says";
  if (live.state === "running") return etcdTrouble(live, view);
  const isMember = [...view.members.values()].some(({ hostname }) => hostname === machine.name);
  return isMember ? "lost its configuration and is still a member" : undefined;
}

function etcdTrouble({ services, etcd }: RunningMachine, view: EtcdView): string | undefined {
  const service = services.find(({ id }) => id === "etcd");
  if (service === undefined) return "shows no etcd";
  if (service.state !== "Running" || !service.healthy)
    return `has an etcd that is ${service.state === "Running" ? "not healthy" : service.state}`;
  if (etcd?.status === undefined) return "has an etcd that does not answer";
  if (etcd.status.errors.length > 0) return "has an etcd that reports errors";
  if (etcd.status.leader === "0") return "has an etcd without a leader";
  if (etcd.status.isLearner) return "has an etcd that is still learning";
  return etcd.members.length === view.members.size ? undefined : "has another list of members than others";
}
