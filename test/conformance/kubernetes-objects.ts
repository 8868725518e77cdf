import type { BudgetSetup, NodeSetup, PodSetup } from "../contract/kubernetes-contract.ts";

/** An object as Kubernetes keeps it, with what is its user's and what is its status. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: "Node" | "Pod" | "PodDisruptionBudget";
  readonly metadata: { readonly name: string; readonly namespace?: string } & Readonly<
    Record<string, unknown>
  >;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status: Readonly<Record<string, unknown>>;
}

/** What a kubelet would have made of a node. */
export function nodeObject({ name, ready, kubelet, address, labels = {} }: NodeSetup): KubernetesObject {
  const condition =
    ready === true
      ? { type: "Ready", status: "True", reason: "KubeletReady", message: "kubelet is posting ready status" }
      : { type: "Ready", status: "False", reason: "KubeletNotReady", message: ready.not };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels },
    spec: {},
    status: {
      conditions: [condition],
      addresses: [
        { type: "InternalIP", address },
        { type: "Hostname", address: name },
      ],
      nodeInfo: { ...NODE_INFO, kubeletVersion: kubelet },
    },
  };
}

const NODE_INFO = {
  architecture: "amd64",
  bootID: "",
  containerRuntimeVersion: "containerd://2.1.0",
  kernelVersion: "6.18.0-talos",
  kubeProxyVersion: "",
  machineID: "",
  operatingSystem: "linux",
  osImage: "Talos (v1.14.1)",
  systemUUID: "",
};

/** What a controller, the scheduler and a kubelet would have made of a pod. */
export function podObject(setup: PodSetup): KubernetesObject {
  const { namespace, name, node, phase = "Running", ready = true, controller, mirror, labels = {} } = setup;
  const owner = controller === undefined ? undefined : { ...controller, ...ownerOf(controller.kind) };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace,
      labels,
      ...(mirror === true && { annotations: { "kubernetes.io/config.mirror": "0123456789abcdef" } }),
      ...(owner !== undefined && { ownerReferences: [owner] }),
    },
    spec: { nodeName: node, containers: [{ name: "main", image: "example.org/nothing" }] },
    status: { phase, conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
  };
}

function ownerOf(kind: string) {
  const apiVersion = kind === "Node" ? "v1" : "apps/v1";
  return { apiVersion, uid: "5f2c7d5e-33c8-4c0b-8d1f-2f6f2f1c9a11", controller: true };
}

/** What the controller of budgets would have reckoned, where so many pods of it run. */
export function budgetObject(setup: BudgetSetup, healthy: number): KubernetesObject {
  const { namespace, name, labels, minAvailable } = setup;
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name, namespace },
    spec: { minAvailable, selector: { matchLabels: labels } },
    status: {
      currentHealthy: healthy,
      desiredHealthy: minAvailable,
      disruptionsAllowed: Math.max(0, healthy - minAvailable),
      expectedPods: healthy,
      // Of any version of the budget that the server numbers.
      observedGeneration: 1_000_000,
    },
  };
}
