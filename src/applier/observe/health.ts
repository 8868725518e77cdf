import type { DesiredCluster } from "../desired.ts";
import type { Live } from "../live.ts";
import { type HealthCheck, isIdle, isOff, seenMachines } from "./health-check.ts";
import { checkKubernetes } from "./health-kubernetes.ts";
import { checkStaticPods, checkTalos } from "./health-talos.ts";

/**
 * What `talosctl health` asks, in its order, of what was seen with `health`. What nobody could say is unknown.
 *
 * @see https://github.com/siderolabs/talos/blob/v1.13.9/pkg/cluster/check/default.go
 */
export function checkHealth(cluster: DesiredCluster, live: Live): readonly HealthCheck[] {
  const machines = seenMachines(cluster, live);
  const { reported, components, others } = checkKubernetes(cluster, live, machines);
  return [...checkTalos(machines), reported, checkStaticPods(machines), components, ...others];
}

/** What a cluster's checks come to, as Argo CD says it. */
export type Health = "Healthy" | "Progressing" | "Degraded" | "Missing" | "Unknown";

/**
 * `Missing`: no machine of it runs, and none that ran was switched off. `Unknown`: nothing failed, and not everything
 * could be seen. `Progressing`: nothing failed, and what does not hold yet is on its way.
 */
export function healthOf(cluster: DesiredCluster, live: Live, checks: readonly HealthCheck[]): Health {
  const machines = seenMachines(cluster, live);
  const has = (state: HealthCheck["state"]) => checks.some((check) => check.state === state);
  if (!machines.some(({ live: { state } }) => state === "running")) {
    if (!machines.every(isIdle)) return "Unknown";
    const wentOff = cluster.bootstrapped !== undefined && machines.some((one) => isOff(one.live));
    return wentOff ? "Degraded" : "Missing";
  }
  if (has("failed")) return "Degraded";
  if (has("unknown")) return "Unknown";
  return has("progressing") ? "Progressing" : "Healthy";
}
