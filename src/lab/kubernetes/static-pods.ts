import { hostnameOf, type Machine } from "../machine.ts";
import type { PlainResource } from "../resources.ts";
import { paceOf, serves } from "./api-server.ts";
import { podStatus } from "./objects.ts";
import { STATIC_PODS } from "./pods.ts";
import { MS } from "./state.ts";

/** What a control plane's kubelet says of its static pods; Talos forgets it while the kubelet does not run. */
export function staticPodStatuses(machine: Machine): readonly PlainResource[] {
  const { active, containersSince, services, world } = machine;
  if (active?.kubernetes.api?.ca === undefined || containersSince === undefined) return [];
  if (services.get("kubelet")?.state !== "Running") return [];
  const isUp = world.now() >= containersSince + paceOf(machine) * MS.podStart;
  return STATIC_PODS.map((component) => ({
    id: `kube-system/${component}-${hostnameOf(machine)}`,
    spec: podStatus({
      phase: isUp ? "Running" : "Pending",
      ready: isUp && (component !== "kube-apiserver" || serves(machine)),
      bound: true,
      since: containersSince,
    }),
  }));
}
