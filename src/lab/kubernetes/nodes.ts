import { hostnameOf, type Machine } from "../machine.ts";
import { randomUuid } from "../random.ts";
import { kubeletSince, paceOf, versionOf } from "./api-server.ts";
import { type ClusterState, type Moment, MS, type NodeState, nextVersion, type Ready } from "./state.ts";

const NOT_YET = "container runtime status check may not have completed yet";

/**
 * Registers the nodes whose kubelets speak, and sees which are ready and which are lost. While no API server serves,
 * only who went silent is noted.
 */
export function followNodes(state: ClusterState, machines: readonly Machine[], moment: Moment): void {
  const speakers = new Map<string, Machine>();
  for (const machine of machines) {
    const since = kubeletSince(machine);
    if (since === undefined) continue;
    const at = since + paceOf(machine) * MS.register;
    if (moment.now < at) moment.due(at);
    else speakers.set(hostnameOf(machine), machine);
  }
  if (state.upSince !== undefined)
    for (const [name, machine] of speakers) register(state, name, machine, moment);
  for (const node of state.nodes.values()) {
    if (node.machine === undefined) continue;
    const machine = speakers.get(node.name);
    if (machine === undefined) followSilent(state, node, moment);
    else followSpeaking(state, node, machine, moment);
  }
}

function register(state: ClusterState, name: string, machine: Machine, { now }: Moment): void {
  const config = machine.active;
  if (config === undefined) return;
  const node = state.nodes.get(name) ?? createNode(state, name, now);
  const kubelet = versionOf(config.kubeletImage, machine);
  const { labels, taints } = config.kubernetes;
  const isSame =
    node.machine === machine &&
    node.kubelet === kubelet &&
    node.ownLabels === labels &&
    node.taints === taints;
  if (isSame) return;
  node.machine = machine;
  node.kubelet = kubelet;
  node.address = machine.spec.loopback;
  node.ownLabels = labels;
  node.taints = taints;
  node.version = nextVersion(state);
}

function createNode(state: ClusterState, name: string, now: number): NodeState {
  const node: NodeState = {
    name,
    uid: randomUuid(state.random),
    createdAt: now,
    machine: undefined,
    ownLabels: {},
    setLabels: {},
    annotations: {},
    taints: [],
    unschedulable: false,
    kubelet: "",
    address: "",
    ready: { status: "False", reason: "KubeletNotReady", message: NOT_YET, since: now },
    silentSince: undefined,
    version: nextVersion(state),
  };
  state.nodes.set(name, node);
  return node;
}

/** Put by a test or by an operator of the lab: no kubelet stands behind it. */
export interface PutNode {
  readonly name: string;
  readonly kubelet: string;
  readonly address: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** What is wrong with it; undefined: it is ready. */
  readonly problem?: string | undefined;
}

export function putNode(state: ClusterState, put: PutNode, now: number): void {
  const node = state.nodes.get(put.name) ?? createNode(state, put.name, now);
  node.machine = undefined;
  node.kubelet = put.kubelet;
  node.address = put.address;
  node.ownLabels = put.labels ?? {};
  node.silentSince = undefined;
  const { problem } = put;
  if (problem === undefined) setReady(state, node, "True", now);
  else setReady(state, node, "False", now, problem);
  node.version = nextVersion(state);
}

function followSpeaking(state: ClusterState, node: NodeState, machine: Machine, moment: Moment): void {
  if (state.upSince === undefined) return;
  node.silentSince = undefined;
  const readyAt = (kubeletSince(machine) ?? moment.now) + paceOf(machine) * MS.ready;
  if (moment.now >= readyAt) setReady(state, node, "True", moment.now);
  else {
    setReady(state, node, "False", moment.now);
    moment.due(readyAt);
  }
}

function followSilent(state: ClusterState, node: NodeState, moment: Moment): void {
  node.silentSince ??= moment.now;
  if (state.upSince === undefined) return;
  // Who sees that a kubelet is silent has to see it for itself: its time begins anew when it comes up.
  const lostAt = Math.max(node.silentSince, state.upSince) + MS.grace;
  if (moment.now >= lostAt) setReady(state, node, "Unknown", moment.now);
  else moment.due(lostAt);
}

const CONDITIONS: Readonly<Record<Ready["status"], Pick<Ready, "reason" | "message">>> = {
  True: { reason: "KubeletReady", message: "kubelet is posting ready status" },
  False: { reason: "KubeletNotReady", message: NOT_YET },
  Unknown: { reason: "NodeStatusUnknown", message: "Kubelet stopped posting node status." },
};

function setReady(
  state: ClusterState,
  node: NodeState,
  status: Ready["status"],
  now: number,
  message = CONDITIONS[status].message,
): void {
  const { ready } = node;
  if (ready.status === status && ready.message === message) return;
  const since = ready.status === status ? ready.since : now;
  node.ready = { status, reason: CONDITIONS[status].reason, message, since };
  node.version = nextVersion(state);
}
