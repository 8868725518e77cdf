import { nodeOf } from "./simulation-kubernetes.ts";
import type { Part, Sight } from "./simulation-sight.ts";

/** What becomes of pods: none is ended by a reboot that drains, and what people keep free stays free. */
export function watchPods({ violate, known, planOf, clusters }: Sight): Part {
  return {
    before: (process, { method, machine }) => {
      const { name } = machine.spec;
      if (clusters === undefined) return;
      if (method === "Uncordon" && clusters.cordoned.has(name))
        violate(`${name} is made schedulable, which a person had made otherwise`);
      if (method !== "Reboot" || !known(process)?.options.drains || planOf(process, name)?.drain !== true)
        return;
      const state = clusters.kubernetes.named(name.split("-")[0] ?? "");
      const node = nodeOf(clusters.kubernetes, name);
      if (state === undefined || node === undefined) return;
      if (!node.unschedulable) violate(`${name} reboots, and new pods may come to its node`);
      const pods = [...state.pods.values()].filter(
        ({ node: at, owner, phase }) => at === name && owner?.kind === "ReplicaSet" && phase === "Running",
      );
      if (pods.length > 0)
        violate(`${name} reboots with ${pods.map((pod) => `${pod.namespace}/${pod.name}`).join(", ")} on it`);
    },
  };
}
