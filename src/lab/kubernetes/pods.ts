import { randomHex, randomUuid } from "../random.ts";
import { paceOf, serves, versionOf } from "./api-server.ts";
import { type ApiConfig, CONTROL_PLANE_LABEL } from "./config.ts";
import { placePods } from "./scheduler.ts";
import {
  type ClusterState,
  type Moment,
  MS,
  type NodeState,
  nextVersion,
  type Owner,
  type PodState,
  type Workload,
} from "./state.ts";

/** The static pods of a control plane. */
export const STATIC_PODS = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const;

/** How many copies Talos' own manifest of CoreDNS asks for. */
const DNS_COPIES = 2;

/** Ends pods, makes those that are missing, finds places for them and sees which are ready. */
export function followPods(state: ClusterState, api: ApiConfig, moment: Moment): void {
  for (const pod of state.pods.values()) {
    leaveLostNode(state, pod, moment);
    endPod(state, pod, moment);
  }
  makePodsOfNodes(state, api, moment);
  makeReplicas(state, api, moment);
  placePods(state, moment);
  for (const pod of state.pods.values()) seePod(state, pod, moment);
}

export function keyOf({ namespace, name }: Pick<PodState, "namespace" | "name">): string {
  return `${namespace}/${name}`;
}

/** Tells a pod to end. */
export function deletePod(state: ClusterState, pod: PodState, now: number): void {
  pod.endsAt ??= now + MS.podEnd;
  pod.version = nextVersion(state);
}

/** A pod that was put by a test or by an operator of the lab, and stays as it is until it ends. */
export type PutPod = Pick<
  PodState,
  "namespace" | "name" | "node" | "phase" | "ready" | "owner" | "mirror" | "labels"
>;

export function putPod(state: ClusterState, put: PutPod, now: number): void {
  addPod(state, { ...put, image: "put", fixed: true, createdAt: now, boundAt: now });
}

type NewPod = Omit<PodState, "uid" | "endsAt" | "version">;

function addPod(state: ClusterState, pod: NewPod): void {
  const { random } = state;
  state.pods.set(keyOf(pod), {
    ...pod,
    uid: randomUuid(random),
    endsAt: undefined,
    version: nextVersion(state),
  });
}

/** Nobody but a ReplicaSet makes a pod anew elsewhere; the others wait for their node. */
function leaveLostNode(state: ClusterState, pod: PodState, moment: Moment): void {
  const ready = nodeOf(state, pod)?.ready;
  if (ready?.status !== "Unknown" || pod.owner?.kind !== "ReplicaSet" || pod.endsAt !== undefined) return;
  const at = ready.since + MS.toleration;
  if (moment.now >= at) deletePod(state, pod, moment.now);
  else moment.due(at);
}

/** A pod is gone when its kubelet says so: on a silent node it ends when that speaks again. */
function endPod(state: ClusterState, pod: PodState, moment: Moment): void {
  if (pod.endsAt === undefined) return;
  const node = nodeOf(state, pod);
  if (node?.machine !== undefined && node.silentSince !== undefined) return;
  if (moment.now < pod.endsAt) {
    moment.due(pod.endsAt);
    return;
  }
  state.pods.delete(keyOf(pod));
  nextVersion(state);
}

/** Static pods and those of DaemonSets: one for each node, whatever becomes of it. */
function makePodsOfNodes(state: ClusterState, api: ApiConfig, moment: Moment): void {
  const proxy = state.workloads.find(({ role }) => role === "proxy");
  const served = new Set<string | undefined>();
  for (const { owner, node } of state.pods.values()) {
    if (owner !== undefined && owner.uid === proxy?.owner.uid) served.add(node);
  }
  for (const node of state.nodes.values()) {
    const config = node.machine?.active?.kubernetes.api;
    if (node.silentSince === undefined && config?.ca !== undefined)
      makeStaticPods(state, node, config, moment);
    if (proxy === undefined || !api.hasProxy || node.machine === undefined || served.has(node.name)) continue;
    makePod(state, proxy, moment, node);
  }
}

function makeStaticPods(state: ClusterState, node: NodeState, api: ApiConfig, { now }: Moment): void {
  for (const component of STATIC_PODS) {
    const name = `${component}-${node.name}`;
    if (state.pods.has(keyOf({ namespace: "kube-system", name }))) continue;
    const owner: Owner = { apiVersion: "v1", kind: "Node", name: node.name, uid: node.uid };
    addPod(state, {
      namespace: "kube-system",
      name,
      owner,
      labels: { "k8s-app": component, tier: "control-plane" },
      image: imageOf(component, node, api),
      mirror: true,
      fixed: false,
      createdAt: now,
      node: node.name,
      boundAt: now,
      phase: "Pending",
      ready: false,
    });
  }
}

function imageOf(component: string, { machine, kubelet }: NodeState, { image }: ApiConfig): string {
  const version = machine === undefined ? kubelet : versionOf(image, machine);
  return `registry.k8s.io/${component}:${version}`;
}

function makeReplicas(state: ClusterState, api: ApiConfig, moment: Moment): void {
  const living = new Map<string, number>();
  for (const { owner, endsAt } of state.pods.values()) {
    if (owner?.kind === "ReplicaSet" && endsAt === undefined)
      living.set(owner.uid, (living.get(owner.uid) ?? 0) + 1);
  }
  const workers = [...state.nodes.values()].filter((node) => isWorker(node) && isReady(node)).length;
  state.workersSeen = Math.max(state.workersSeen, workers);
  const wanted = { dns: api.hasDns ? DNS_COPIES : 0, customer: state.workersSeen, proxy: 0 };
  for (const workload of state.workloads) {
    for (let have = living.get(workload.owner.uid) ?? 0; have < wanted[workload.role]; have += 1)
      makePod(state, workload, moment, undefined);
  }
}

function isWorker({ machine, ownLabels }: NodeState): boolean {
  return machine !== undefined && ownLabels[CONTROL_PLANE_LABEL] === undefined;
}

function makePod(
  state: ClusterState,
  { namespace, owner, labels, image }: Workload,
  { now }: Moment,
  node: NodeState | undefined,
): void {
  let name: string;
  do name = `${owner.name}-${randomHex(state.random, 3)}`;
  while (state.pods.has(keyOf({ namespace, name })));
  addPod(state, {
    namespace,
    name,
    owner,
    labels,
    image,
    mirror: false,
    fixed: false,
    createdAt: now,
    node: node?.name,
    boundAt: now,
    phase: "Pending",
    ready: false,
  });
}

function seePod(state: ClusterState, pod: PodState, moment: Moment): void {
  if (pod.fixed) return;
  const node = nodeOf(state, pod);
  const machine = node?.machine;
  // What the kubelet said last stands until somebody notes that it is silent.
  if (node === undefined || machine === undefined || (node.silentSince !== undefined && isReady(node)))
    return;
  const containers = machine.containersSince;
  if (!isReady(node) || containers === undefined) {
    setReady(state, pod, false);
    return;
  }
  const at = Math.max(pod.boundAt, containers) + paceOf(machine) * MS.podStart;
  if (moment.now < at) {
    setReady(state, pod, false);
    moment.due(at);
    return;
  }
  if (pod.phase === "Pending") {
    pod.phase = "Running";
    pod.version = nextVersion(state);
  }
  const isServer = pod.mirror && pod.labels["k8s-app"] === STATIC_PODS[0];
  const wasReady = pod.ready;
  setReady(state, pod, !isServer || serves(machine));
  // The machine's own resources say it too, and somebody may watch them.
  if (pod.mirror && pod.ready !== wasReady) machine.world.changed(machine);
}

function isReady({ ready }: NodeState): boolean {
  return ready.status === "True";
}

function setReady(state: ClusterState, pod: PodState, ready: boolean): void {
  if (pod.ready === ready) return;
  pod.ready = ready;
  pod.version = nextVersion(state);
}

function nodeOf(state: ClusterState, { node }: PodState): NodeState | undefined {
  return node === undefined ? undefined : state.nodes.get(node);
}
