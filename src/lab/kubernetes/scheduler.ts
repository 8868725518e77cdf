import { CONTROL_PLANE_LABEL } from "./config.ts";
import { type ClusterState, type Moment, type NodeState, nextVersion, type PodState } from "./state.ts";

/** Binds each pod that has no place to the node with the fewest, among those that take it. */
export function placePods(state: ClusterState, { now }: Moment): void {
  const waiting = [...state.pods.values()].filter(
    ({ node, fixed, endsAt }) => node === undefined && !fixed && endsAt === undefined,
  );
  if (waiting.length === 0) return;
  const loads = new Map<string, number>();
  for (const { node, owner, endsAt } of state.pods.values()) {
    if (node !== undefined && owner?.kind === "ReplicaSet" && endsAt === undefined)
      loads.set(node, (loads.get(node) ?? 0) + 1);
  }
  const open = [...state.nodes.values()].filter(isOpen).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const pod of waiting) {
    const node = leastLoaded(
      open.filter((one) => tolerates(pod, one)),
      loads,
    );
    if (node === undefined) continue;
    pod.node = node.name;
    pod.boundAt = now;
    pod.version = nextVersion(state);
    loads.set(node.name, (loads.get(node.name) ?? 0) + 1);
  }
}

function isOpen({ machine, ready, unschedulable }: NodeState): boolean {
  return machine !== undefined && ready.status === "True" && !unschedulable;
}

/** CoreDNS may run on control planes, customers' pods nowhere that is kept free. */
function tolerates({ labels }: PodState, { taints }: NodeState): boolean {
  const isDns = labels["k8s-app"] === "kube-dns";
  return taints.every(
    ({ key, effect }) => effect === "PreferNoSchedule" || (isDns && key === CONTROL_PLANE_LABEL),
  );
}

function leastLoaded(nodes: readonly NodeState[], loads: ReadonlyMap<string, number>): NodeState | undefined {
  let best: NodeState | undefined;
  for (const node of nodes) {
    if (best === undefined || (loads.get(node.name) ?? 0) < (loads.get(best.name) ?? 0)) best = node;
  }
  return best;
}
