import { type KubernetesApi, KubernetesError } from "../kubernetes-api.ts";
import type { LiveKubernetes } from "../live.ts";

/**
 * Looks at a cluster's Kubernetes: asked once, whatever comes of it. Never throws for what the cluster or the network
 * does. The connection stays open: it belongs to whoever made it.
 *
 * @param pods whether the pods of namespace `kube-system` are wanted, which only health rests on
 */
export async function observeKubernetes(api: KubernetesApi, pods = true): Promise<LiveKubernetes> {
  try {
    const [nodes, systemPods] = await Promise.all([
      api.nodes(),
      pods ? api.pods({ namespace: "kube-system" }) : undefined,
    ]);
    return { state: "running", nodes, systemPods };
  } catch (caught) {
    if (!(caught instanceof KubernetesError)) throw caught;
    return { state: "unreachable", why: caught.details };
  }
}
