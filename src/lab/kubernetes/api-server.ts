import { talosMinor } from "../../model/talos-versions.ts";
import { hasQuorum } from "../etcd.ts";
import { hasLoopback, type Machine } from "../machine.ts";
import { MS } from "./state.ts";

/**
 * Since when, or from when on, the API server of a machine serves; undefined where it does not: it needs its own
 * member of etcd and an authority.
 */
export function servesSince(machine: Machine): number | undefined {
  const { active, etcd, faults, containersSince, services } = machine;
  if (active?.kubernetes.api?.ca === undefined || faults.kubernetesDown) return undefined;
  const service = services.get("etcd");
  if (etcd === undefined || containersSince === undefined || service?.state !== "Running") return undefined;
  const member = etcd.cluster.members.get(etcd.member);
  if (member?.process === undefined || member.learner || !hasQuorum(etcd.cluster)) return undefined;
  return Math.max(containersSince, service.since) + paceOf(machine) * MS.apiServer;
}

/** Whether a machine's API server answers, and is reached. */
export function serves(machine: Machine): boolean {
  const since = servesSince(machine);
  return since !== undefined && since <= machine.world.now() && hasLoopback(machine);
}

/** Since when the kubelet of a machine speaks to its cluster; undefined while it does not run or is not reached. */
export function kubeletSince(machine: Machine): number | undefined {
  const kubelet = machine.services.get("kubelet");
  return kubelet?.state === "Running" && hasLoopback(machine) ? kubelet.since : undefined;
}

/** How many times as long as usual everything takes. */
export function paceOf({ faults }: Machine): number {
  return faults.slow ?? 1;
}

/** `v1.36.3`; what the running Talos has by itself where its configuration does not say. */
export function versionOf(image: string | undefined, { running, spec }: Machine): string {
  const tag = /:(v\d[^@:/]*)(?:@|$)/.exec(image ?? "")?.[1];
  return tag ?? talosMinor(running?.talos ?? spec.talos)?.defaultKubernetes ?? "v1.36.3";
}
