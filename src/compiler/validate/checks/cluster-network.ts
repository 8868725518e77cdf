import { type Diagnostic, error, keyOf, within } from "../../../core/diagnostic.ts";
import type { Doc, Inventory } from "../../../model/inventory.ts";

/**
 * The Kubernetes API has one address, written or from a pool (ICH3411, ICH3412); a load balancer has a pool and a
 * size, and only then (ICH3413); Cilium's needs Cilium (ICH3414); routed pods are announced by Cilium, the one speaker on the host (ICH3424).
 */
export function clusterNetwork(inventory: Inventory): readonly Diagnostic[] {
  return [...inventory.clusters.values()].flatMap((cluster) => [
    ...apiAddress(cluster),
    ...loadBalancerRange(cluster),
    ...ciliumLoadBalancer(cluster),
    ...routedPods(cluster),
  ]);
}

function apiAddress(cluster: Doc<"Cluster">): Diagnostic[] {
  const { vip, vipPool } = cluster.spec.network;
  if (vip === undefined && vipPool === undefined) {
    const message = `cluster "${cluster.name}" has no address for its Kubernetes API`;
    return [
      error("ICH3411", keyOf(cluster.at, "spec", "network"), message, {
        hint: "add `vipPool`, an AddressPool with `use: vip`, or `vip`, the address itself",
      }),
    ];
  }
  if (vip === undefined || vipPool === undefined) return [];
  const message = `cluster "${cluster.name}" has both \`vip\` and \`vipPool\`, which may disagree`;
  return [
    error("ICH3412", keyOf(cluster.at, "spec", "network", "vipPool"), message, {
      hint: "keep `vip` for this very address, or `vipPool` for any of the pool",
    }),
  ];
}

function loadBalancerRange(cluster: Doc<"Cluster">): Diagnostic[] {
  const { network } = cluster.spec;
  const fields = ["lbPool", "lbSize"] as const;
  const balancer = network.loadBalancer ?? "none";
  if (balancer === "none") {
    return fields
      .filter((field) => network[field] !== undefined)
      .map((field) => {
        const message = `cluster "${cluster.name}" has \`${field}\`, but no load balancer that would use it`;
        return error("ICH3413", keyOf(cluster.at, "spec", "network", field), message, {
          hint: "add `loadBalancer: metallb` or `cilium`, or remove the line",
        });
      });
  }
  return fields
    .filter((field) => network[field] === undefined)
    .map((field) => {
      const message = `the load balancer of cluster "${cluster.name}" needs \`lbPool\` and \`lbSize\`, but there is no \`${field}\``;
      const hint =
        field === "lbPool" ? "add `lbPool`, an AddressPool with `use: lb`" : "add `lbSize`, such as `/26`";
      return error("ICH3413", within(cluster.at, "spec", "network", "loadBalancer"), message, { hint });
    });
}

function ciliumLoadBalancer(cluster: Doc<"Cluster">): Diagnostic[] {
  const { cni, loadBalancer } = cluster.spec.network;
  if (loadBalancer !== "cilium" || cni === "cilium") return [];
  const message = `cluster "${cluster.name}" has the load balancer of Cilium, but its CNI is "${cni}"`;
  return [
    error("ICH3414", within(cluster.at, "spec", "network", "loadBalancer"), message, {
      hint: "write `cni: cilium`, or `loadBalancer: metallb`",
    }),
  ];
}

/** The local router has one neighbor on the host, so pods and services have to be announced by the same program. */
function routedPods(cluster: Doc<"Cluster">): Diagnostic[] {
  const { pods, cni, loadBalancer } = cluster.spec.network;
  if (pods !== "routed" || (cni === "cilium" && loadBalancer !== "metallb")) return [];
  const message =
    cni === "cilium"
      ? `the pods of cluster "${cluster.name}" are routed, which Cilium announces, but MetalLB holds the one BGP session with the local router`
      : `the pods of cluster "${cluster.name}" are routed, but its CNI "${cni}" does not announce them`;
  return [
    error("ICH3424", within(cluster.at, "spec", "network", "pods"), message, {
      hint:
        cni === "cilium"
          ? "write `loadBalancer: cilium`, or `pods: tunnel`"
          : "write `cni: cilium`, or `pods: tunnel`",
    }),
  ];
}
