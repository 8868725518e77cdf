import type { KubernetesNode, KubernetesPod } from "../kubernetes-api.ts";
import { type Finding, isControlPlane, isOnItsWay, type Seen, settled, unknown } from "./health-check.ts";
import { isRunningEtcd } from "./running.ts";

/** What Kubernetes says of a cluster's machines. */
export interface KubernetesView {
  readonly machines: readonly Seen[];
  readonly nodes: readonly KubernetesNode[];
  readonly pods: readonly KubernetesPod[] | undefined;
}

/** No node is no proof of anything. */
export const NO_NODES = unknown("there are no nodes");

/** Why Kubernetes was not seen: while all control planes that answer still boot, nothing is wrong with that. */
export function unseen(machines: readonly Seen[], why: string | undefined): Finding {
  const running = machines.filter((one) => isControlPlane(one) && one.live.state === "running");
  const hasEtcd = running.some(({ live }) => live.state === "running" && live.services.some(isRunningEtcd));
  const reason = why ?? (hasEtcd ? "Kubernetes was not asked" : "no control plane is known to run etcd");
  const isBooting = running.length > 0 && running.every(isOnItsWay);
  return { state: isBooting ? "progressing" : "unknown", why: reason };
}

/** What control planes run; where none does, what git says of the first. */
export function configurationOf(machines: readonly Seen[]): readonly unknown[] {
  const controlPlanes = machines.filter(isControlPlane);
  const active = controlPlanes.flatMap(({ live }) =>
    live.state === "running" && live.active.length > 0 ? [live.active] : [],
  );
  return active[0] ?? controlPlanes[0]?.machine.documents ?? [];
}

/** Whether a node that is not ready can be expected to be so: its machine boots, or the cluster's network is to come. */
export function isPassing(machines: readonly Seen[], { name, ready, why }: KubernetesNode): boolean {
  if (ready) return false;
  const its = machines.find(({ machine }) => machine.name === name);
  return (
    (its !== undefined && isOnItsWay(its)) || /NetworkPluginNotReady|cni plugin not initialized/.test(why)
  );
}

/** A finding of one machine; what is found of one on its way is no failure yet. */
export function named(one: Seen, found: Finding | undefined): readonly Finding[] {
  const settledFinding = settled(one, found);
  return settledFinding === undefined
    ? []
    : [{ ...settledFinding, why: `${one.machine.name}: ${settledFinding.why}` }];
}
