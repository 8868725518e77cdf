import { formatPrefix } from "../../../../core/ip.ts";
import type { ClusterPlan, NodePlan, SitePlan } from "../../../../model/blueprint.ts";
import { document, type TalosDocument } from "../talos-document.ts";
import { LOCAL_PEERS } from "./routing.ts";

/** Who may reach a port of the host. */
interface Rule {
  readonly name: string;
  readonly protocol: "tcp" | "udp";
  readonly ports: readonly (number | string)[];
  readonly from: readonly string[];
}

/**
 * The host's ingress firewall: everything is blocked that is not named here. Talos itself always admits
 * answers, loopback traffic, ICMP and the pods' and services' own ranges.
 */
export function firewallDocuments(site: SitePlan, cluster: ClusterPlan, node: NodePlan): TalosDocument[] {
  const rules = [
    ...nodeRules(site, cluster),
    ...(node.type === "controlplane" ? controlPlaneRules(site, cluster) : []),
    ...routingRules(cluster),
    ...podNetworkRules(site, cluster),
  ];
  return [
    document("NetworkDefaultActionConfig", { ingress: "block" }),
    ...rules.map((rule) =>
      document(
        "NetworkRuleConfig",
        {
          portSelector: { ports: rule.ports, protocol: rule.protocol },
          ingress: rule.from.map((subnet) => ({ subnet })),
        },
        rule.name,
      ),
    ),
  ];
}

/** The loopbacks of the site: from there every machine of the cluster speaks. */
function machines(site: SitePlan): string {
  return formatPrefix(site.loopbacks);
}

function nodeRules(site: SitePlan, cluster: ClusterPlan): Rule[] {
  const pods = cluster.doc.spec.network.podCIDRs;
  return [
    { name: "apid", protocol: "tcp", ports: [50000], from: [machines(site), ...site.spec.management] },
    { name: "kubelet", protocol: "tcp", ports: [10250], from: [machines(site), ...pods] },
  ];
}

function controlPlaneRules(site: SitePlan, cluster: ClusterPlan): Rule[] {
  const pods = cluster.doc.spec.network.podCIDRs;
  return [
    { name: "trustd", protocol: "tcp", ports: [50001], from: [machines(site)] },
    {
      name: "kube-apiserver",
      protocol: "tcp",
      ports: [6443],
      from: [machines(site), ...pods, ...site.spec.management],
    },
    { name: "etcd", protocol: "tcp", ports: ["2379-2380"], from: [machines(site)] },
  ];
}

/** BGP and BFD come from the leaves' link-local addresses and from the load balancer on the host. */
function routingRules(cluster: ClusterPlan): Rule[] {
  return [
    { name: "bgp", protocol: "tcp", ports: [179], from: ["fe80::/10", LOCAL_PEERS[cluster.routing]] },
    { name: "bfd", protocol: "udp", ports: [3784, 3785], from: ["fe80::/10"] },
  ];
}

function podNetworkRules(site: SitePlan, cluster: ClusterPlan): Rule[] {
  const { cni, pods, loadBalancer } = cluster.doc.spec.network;
  const from = [machines(site)];
  const rules: Rule[] = [];
  if (cni === "cilium") {
    if (pods !== "routed") rules.push({ name: "cilium-vxlan", protocol: "udp", ports: [8472], from });
    rules.push({ name: "cilium-health", protocol: "tcp", ports: [4240, 4244], from });
  }
  if (cni === "flannel") rules.push({ name: "flannel-vxlan", protocol: "udp", ports: [4789], from });
  if (loadBalancer === "metallb") {
    rules.push({ name: "metallb-members", protocol: "tcp", ports: [7946], from });
    rules.push({ name: "metallb-gossip", protocol: "udp", ports: [7946], from });
  }
  return rules;
}
