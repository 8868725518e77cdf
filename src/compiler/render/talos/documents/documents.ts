import type { TalosDocument } from "../talos-document.ts";
import type { Machine } from "../talos-machine.ts";
import { firewallDocuments } from "./firewall.ts";
import { hostDocuments, hostDocumentsOf114, volumeDocuments } from "./host.ts";
import { FIB_MULTIPATH, kubernetesDocuments } from "./kubernetes.ts";
import { machineDocument } from "./machine.ts";
import { type Routing, routingDocuments } from "./routing.ts";
import { v1alpha1Document } from "./v1alpha1.ts";

/**
 * The documents that ichor itself makes for a machine, before any patch: Talos' defaults of the contract and
 * what a node of a layer-3 fabric needs.
 */
export function ownDocuments(machine: Machine, routing: Routing): TalosDocument[] {
  const { site, cluster, node } = machine;
  const common = [
    ...hostDocuments(site, cluster, node),
    ...firewallDocuments(site, cluster, node),
    ...volumeDocuments(cluster, node),
    ...routingDocuments(machine, routing),
  ];
  if (cluster.contract !== "v1.14") return [v1alpha1Document(cluster, node), ...common];
  const sysctls = { ...FIB_MULTIPATH, ...node.sysctls };
  return [
    machineDocument(cluster, node),
    ...hostDocumentsOf114(cluster, node, sysctls),
    ...common,
    ...kubernetesDocuments(cluster, node),
  ];
}
