import type { KubernetesNode, KubernetesPod } from "../kubernetes-api.ts";
import { controlPlaneComponents } from "./components.ts";
import { type Finding, failed, isControlPlane, type Seen, unknown } from "./health-check.ts";
import { isPassing, type KubernetesView, NO_NODES, named } from "./kubernetes-view.ts";

const CONTROL_PLANE_LABEL = "node-role.kubernetes.io/control-plane";

const NO_PODS = unknown("the pods were not asked for");

/** Every control plane has a node of the kind and a ready pod of each component. */
export function readyComponents({ machines, nodes, pods }: KubernetesView): readonly Finding[] {
  if (pods === undefined) return [NO_PODS];
  return machines.filter(isControlPlane).flatMap((one) => {
    const node = nodes.find(({ name }) => name === one.machine.name);
    return named(one, unready(one, node, pods));
  });
}

function unready(
  { machine, live }: Seen,
  node: KubernetesNode | undefined,
  pods: readonly KubernetesPod[],
): Finding | undefined {
  if (node === undefined) return failed("it is no node");
  if (node.labels[CONTROL_PLANE_LABEL] === undefined)
    return failed("its node is not labelled a control plane");
  const documents = live.state === "running" && live.active.length > 0 ? live.active : machine.documents;
  const bad = controlPlaneComponents(documents).flatMap((component) => {
    const own = podsOf(pods, component).filter((pod) => pod.node === machine.name);
    if (own.length === 0) return [`there is no pod of ${component}`];
    return own.some(({ ready }) => ready) ? [] : [`${component} is not ready`];
  });
  return bad.length === 0 ? undefined : failed(bad.join(", "));
}

/** Pods with the label of a component that are to run. */
function podsOf(pods: readonly KubernetesPod[], app: string): readonly KubernetesPod[] {
  return pods.filter(
    ({ labels, terminating, phase }) =>
      labels["k8s-app"] === app && !terminating && phase !== "Failed" && phase !== "Succeeded",
  );
}

/** Every node has a ready pod of it. */
export function readyProxies({ machines, nodes, pods }: KubernetesView): readonly Finding[] {
  if (pods === undefined) return [NO_PODS];
  if (nodes.length === 0) return [NO_NODES];
  const proxies = podsOf(pods, "kube-proxy");
  return nodes
    .filter(({ name }) => !proxies.some(({ node, ready }) => node === name && ready))
    .map((node) => ({
      state: isPassing(machines, node) ? "progressing" : "failed",
      why: `${node.name}: kube-proxy is not ready`,
    }));
}

/** All of its pods are ready; how many there should be only its Deployment knows. */
export function readyCoreDns({ machines, nodes, pods }: KubernetesView): readonly Finding[] {
  if (pods === undefined) return [NO_PODS];
  // Pods of a Deployment go where there is room: while one node is still to come, they may wait for it.
  const state = nodes.some((node) => isPassing(machines, node)) ? "progressing" : "failed";
  const found = podsOf(pods, "kube-dns");
  if (found.length === 0) return [{ state, why: "there is no pod of coredns" }];
  return found
    .filter(({ ready }) => !ready)
    .map(({ name, phase }) => ({ state, why: `${name}: it is ${phase} and not ready` }));
}
