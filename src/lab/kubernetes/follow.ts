import type { EtcdCluster } from "../etcd.ts";
import type { Machine } from "../machine.ts";
import type { Random } from "../random.ts";
import { serves, servesSince } from "./api-server.ts";
import { followNodes } from "./nodes.ts";
import { followPods } from "./pods.ts";
import { type ClusterState, createClusterState, type Moment } from "./state.ts";

/** Machines of one cluster, by their configurations, and what their etcd holds. */
export interface Followed {
  readonly machines: ReadonlySet<Machine>;
  /** A cluster whose etcd was made anew is another one. */
  readonly clusters: Map<EtcdCluster, ClusterState>;
}

/** Lets all that controllers and kubelets do happen up to a moment. */
export function follow(
  { machines, clusters }: Followed,
  moment: Moment,
  randomOf: (etcd: EtcdCluster) => Random,
): void {
  const servers = serversOf(machines, moment);
  forget(machines, clusters);
  for (const etcd of servers.keys()) {
    if (!clusters.has(etcd)) clusters.set(etcd, createClusterState(etcd.id, randomOf(etcd)));
  }
  // Workers, and control planes that have no etcd, speak to whoever answers at the endpoint.
  const [first] = servers.keys();
  for (const [etcd, state] of clusters) {
    const api = servers.get(etcd)?.active?.kubernetes.api;
    state.upSince = api === undefined ? undefined : (state.upSince ?? moment.now);
    const own = [...machines].filter((machine) => (machine.etcd?.cluster ?? first ?? etcd) === etcd);
    followNodes(state, own, moment);
    if (api !== undefined) followPods(state, api, moment);
  }
}

/** One machine for each etcd whose API server serves. */
function serversOf(machines: Iterable<Machine>, { now, due }: Moment): ReadonlyMap<EtcdCluster, Machine> {
  const servers = new Map<EtcdCluster, Machine>();
  for (const machine of machines) {
    const since = servesSince(machine);
    if (since === undefined || machine.etcd === undefined) continue;
    if (since > now) due(since);
    else if (serves(machine) && !servers.has(machine.etcd.cluster))
      servers.set(machine.etcd.cluster, machine);
  }
  return servers;
}

/** What no disk holds any more is gone. */
function forget(machines: Iterable<Machine>, clusters: Map<EtcdCluster, ClusterState>): void {
  const kept = new Set<EtcdCluster>();
  for (const { etcd } of machines) if (etcd !== undefined) kept.add(etcd.cluster);
  for (const etcd of clusters.keys()) if (!kept.has(etcd)) clusters.delete(etcd);
}
