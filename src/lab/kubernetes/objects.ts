import { createHash } from "node:crypto";
import { labelsOf, MS, type NodeState, type PodState } from "./state.ts";

/** How long a pod is given to end, in seconds. */
const GRACE_SECONDS = 30;

export function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, "Z");
}

/** A node as the API shows it. */
export function nodeObject(node: NodeState): object {
  const { name, uid, annotations, unschedulable, machine } = node;
  const taints = [
    ...node.taints.map(({ key, value, effect }) => ({ key, ...(value !== "" && { value }), effect })),
    ...(unschedulable ? [{ key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" }] : []),
  ];
  return {
    metadata: {
      name,
      uid,
      resourceVersion: String(node.version),
      creationTimestamp: timeOf(node.createdAt),
      labels: labelsOf(node),
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    spec: { ...(taints.length > 0 && { taints }), ...(unschedulable && { unschedulable }) },
    status: {
      addresses: [
        { type: "InternalIP", address: node.address },
        { type: "Hostname", address: name },
      ],
      conditions: [readyCondition(node)],
      nodeInfo: {
        machineID: createHash("md5").update(name).digest("hex"),
        systemUUID: machine?.spec.uuid ?? "",
        bootID: machine?.bootId ?? "",
        osImage: `Talos (${machine?.running?.talos ?? machine?.spec.talos ?? ""})`,
        kubeletVersion: node.kubelet,
        operatingSystem: "linux",
        architecture: "amd64",
      },
    },
  };
}

function readyCondition({ ready }: NodeState): object {
  const { status, reason, message, since } = ready;
  return { type: "Ready", status, reason, message, lastTransitionTime: timeOf(since) };
}

/** A pod as the API shows it. */
export function podObject(pod: PodState): object {
  const { namespace, name, uid, owner, mirror, node, endsAt } = pod;
  const hash = createHash("md5").update(name).digest("hex");
  const annotations = { "kubernetes.io/config.mirror": hash, "kubernetes.io/config.source": "file" };
  return {
    metadata: {
      name,
      namespace,
      uid,
      resourceVersion: String(pod.version),
      creationTimestamp: timeOf(pod.createdAt),
      ...(endsAt !== undefined && {
        deletionTimestamp: timeOf(endsAt - MS.podEnd + GRACE_SECONDS * 1000),
        deletionGracePeriodSeconds: GRACE_SECONDS,
      }),
      labels: pod.labels,
      ...(mirror && { annotations }),
      ...(owner !== undefined && { ownerReferences: [{ ...owner, controller: true }] }),
    },
    spec: {
      ...(node !== undefined && { nodeName: node }),
      containers: [{ name: pod.labels["k8s-app"] ?? owner?.name ?? name, image: pod.image }],
    },
    status: podStatus({ phase: pod.phase, ready: pod.ready, bound: node !== undefined, since: pod.boundAt }),
  };
}

export interface PodCondition {
  readonly phase: PodState["phase"];
  readonly ready: boolean;
  /** It has a node. */
  readonly bound: boolean;
  readonly since: number;
}

/** The status of a pod, as Kubernetes and the kubelet write it. */
export function podStatus({ phase, ready, bound, since }: PodCondition): object {
  const condition = (type: string, holds: boolean) => ({
    type,
    status: holds ? "True" : "False",
    lastTransitionTime: timeOf(since),
  });
  const unplaced = { reason: "Unschedulable", message: "no node takes the pod" };
  return {
    phase,
    conditions: bound
      ? [
          condition("PodScheduled", true),
          condition("Initialized", phase !== "Pending"),
          condition("ContainersReady", ready),
          condition("Ready", ready),
        ]
      : [{ ...condition("PodScheduled", false), ...unplaced }],
    ...(bound && { startTime: timeOf(since) }),
    qosClass: "Burstable",
  };
}
