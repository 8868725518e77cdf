import { isSameConfiguration } from "../../src/applier/plan/documents.ts";
import type { Plan, Refusal } from "../../src/applier/plan/plan.ts";
import { isAvailable, votersOf } from "../../src/lab/etcd.ts";
import { readYaml, type World } from "./simulation-applier.ts";
import { reportedUuid } from "./simulation-driver.ts";
import type { ClusterState } from "./simulation-git.ts";
import { isMarked } from "./simulation-kubernetes.ts";
import { membersOf } from "./simulation-others.ts";

/** What stands in the way of a cluster for good, seen from above, as the codes with which a plan may say so. */
export interface Obstacles {
  readonly ofCluster: ReadonlySet<string>;
  readonly ofMachine: ReadonlyMap<string, ReadonlySet<string>>;
}

const WITHOUT_CONTROL_PLANE = ["ICH7031", "ICH7035", "ICH7036", "ICH7037"];

export function obstaclesOf({ git, network, rules }: World, cluster: ClusterState): Obstacles {
  const machines = [...network.fleet.machines.values()];
  const ofCluster = new Set<string>();
  const ofMachine = new Map<string, ReadonlySet<string>>();
  const { etcd, strangers, dead, isLost } = membersOf(cluster, machines, git.bootstrapped.has(cluster.name));
  const add = (...codes: readonly string[]) => {
    for (const code of codes) ofCluster.add(code);
  };
  if (strangers.length > 0) add("ICH7033", "ICH7037");
  if (dead.length > 0) add("ICH7034", "ICH7031", "ICH7037");
  if (isLost) add("ICH7033", "ICH7034", ...WITHOUT_CONTROL_PLANE);
  for (const { machine, uuid, type } of cluster.slots.filter(({ inGit }) => inGit)) {
    const found = network.fleet.find(machine.serial);
    const codes = new Set<string>();
    if (found !== undefined && reportedUuid(found) !== uuid) codes.add("ICH7003");
    if (rules.locked.has(machine.name)) codes.add("ICH7008");
    if (codes.size > 0) ofMachine.set(machine.name, codes);
    // The others go on beside a control plane that is locked, but for the one on which etcd would begin.
    if (type === "controlplane" && codes.has("ICH7003")) add(...WITHOUT_CONTROL_PLANE);
    if (type === "controlplane" && codes.has("ICH7008") && !git.bootstrapped.has(cluster.name))
      add("ICH7035", "ICH7036");
  }
  // No third member comes as long as something is in the way.
  if (ofCluster.size + ofMachine.size > 0 && etcd?.members.size === 2) add("ICH7030", "ICH7037");
  return { ofCluster, ofMachine };
}

/** What a plan has against doing something, other than what stands in the way for good. */
export function unexplained(world: World, plan: Plan): readonly string[] {
  return world.git.clusters.flatMap((cluster) => {
    const planned = plan.clusters.find((one) => one.cluster === cluster.name);
    const { ofCluster, ofMachine } = obstaclesOf(world, cluster);
    const say = (refusals: readonly Refusal[], own?: ReadonlySet<string>) =>
      refusals
        .filter(({ code }) => !ofCluster.has(code) && !own?.has(code))
        .map(({ code, message }) => `${code} ${message}`);
    return [
      ...say(planned?.refusals ?? []),
      ...(planned?.machines ?? []).flatMap(({ machine, refusals }) => say(refusals, ofMachine.get(machine))),
    ];
  });
}

/** What is not as git says, seen from above, where nothing stands in the way or the plan does not say what. */
export function differences(world: World, plan: Plan): readonly string[] {
  return world.git.clusters.flatMap((cluster) => differencesOf(world, plan, cluster));
}

function differencesOf(world: World, plan: Plan, cluster: ClusterState): readonly string[] {
  const { git, rules, network } = world;
  const { fleet } = network;
  const { ofCluster, ofMachine } = obstaclesOf(world, cluster);
  const desired = git.desired(rules).clusters.get(cluster.name);
  const planned = plan.clusters.find((one) => one.cluster === cluster.name);
  const wrong: string[] = [];
  const isWhole = ofCluster.size === 0 && ofMachine.size === 0;
  if (isWhole && desired?.bootstrapped === undefined)
    wrong.push(`git does not record that ${cluster.name} was bootstrapped`);
  const machines = desired?.machines ?? [];
  const controlPlanes = machines.filter(({ type }) => type === "controlplane").length;
  for (const machine of machines) {
    const found = fleet.find(machine.serial);
    const texts = [found?.active?.text, found?.persistent?.text];
    const isSynced = texts.every((text) =>
      isSameConfiguration(machine.documents, readYaml(text ?? "") ?? []),
    );
    const isSaid =
      (planned?.refusals.length ?? 0) > 0 ||
      planned?.machines.some((one) => one.machine === machine.name && one.refusals.length > 0) === true;
    if (!isSynced && !isSaid) wrong.push(`${machine.name} is not synced, and the plan does not say why`);
    if (!isWhole) continue;
    if (world.clusters !== undefined && isMarked(world.clusters.kubernetes, machine.name))
      wrong.push(`the node of ${machine.name} keeps our mark`);
    if (found?.stage !== "running") wrong.push(`${machine.name} is ${found?.stage}`);
    if (machine.type !== "controlplane") continue;
    const voters = found?.etcd === undefined ? 0 : votersOf(found.etcd.cluster).length;
    if (found?.etcd === undefined || !isAvailable(found.etcd.cluster) || voters !== controlPlanes)
      wrong.push(`etcd of ${machine.name} has ${voters} members`);
  }
  return wrong;
}
