import { formatIpv4, formatPrefix } from "../../../../core/ip.ts";
import type { NodePlan } from "../../../../model/blueprint.ts";
import { LOAD_BALANCER_ASN, ROUTER_ASN } from "../../../../model/numbers.ts";
import type { FrrFiles, HostFrr } from "../../frr/frr.ts";
import { document, type TalosDocument } from "../talos-document.ts";
import type { Machine } from "../talos-machine.ts";
import { LOOPBACK_LINK } from "./host.ts";

/** How the text of frr.conf is made; a user's own template may stand here. */
export interface Routing {
  readonly frr: (input: HostFrr) => FrrFiles;
}

/** The veth pair between the load balancer on the host and Talos' own router. */
const VETH = { host: "fda1:b2c3:d4e5:1::", router: "fda1:b2c3:d4e5:1::1" } as const;

/** Where the load balancer on the host speaks BGP from: FRR and Talos' router have a veth pair each. */
export const LOCAL_PEERS = { frr: "192.168.250.254/31", talos: `${VETH.host}/127` } as const;

/** Carries the API's address where Talos' own router announces it. */
const VIP_LINK = "vip0";

/**
 * How a node speaks BGP to its leaves. With FRR the address of the Kubernetes API stands in no Talos document:
 * the extension's health watch adds it while the local API server is ready, and Talos would put it back.
 */
export function routingDocuments(machine: Machine, routing: Routing): TalosDocument[] {
  return machine.cluster.routing === "frr" ? [frrExtension(machine, routing)] : talosRouter(machine);
}

function frrExtension(machine: Machine, routing: Routing): TalosDocument {
  const { cluster, node } = machine;
  const files = routing.frr(hostFrr(machine));
  const watched =
    node.type === "controlplane" && cluster.vip !== undefined
      ? [`API_ADDRESS=${formatIpv4(cluster.vip)}`, "API_HEALTH_URL=https://127.0.0.1:6443/readyz"]
      : [];
  return document(
    "ExtensionServiceConfig",
    {
      configFiles: [
        { mountPath: "/etc/frr/daemons", content: files.daemons },
        { mountPath: "/etc/frr/vtysh.conf", content: files.vtyshConf },
        { mountPath: "/etc/frr/frr.conf", content: files.frrConf },
      ],
      environment: [
        `ASN_LOCAL=${node.server.asn}`,
        `NODE_IP=${formatIpv4(node.server.loopback)}`,
        ...watched,
      ],
    },
    "frr",
  );
}

function hostFrr(machine: Machine): HostFrr {
  const { site, cluster, node } = machine;
  const { server } = node;
  const { loadBalancer, pods, podCIDRs } = cluster.doc.spec.network;
  return {
    hostname: node.name,
    asn: server.asn,
    loopback: server.loopback,
    vip: node.type === "controlplane" ? cluster.vip : undefined,
    uplinks: server.uplinks.map((uplink) => ({
      name: uplink.name,
      description: `${uplink.leaf}:${uplink.leafPort}`,
    })),
    fabric: [site.loopbacks, ...site.vipPools, ...site.lbPools],
    lb: loadBalancer === "none" ? undefined : cluster.lb,
    podPrefixes: pods === "routed" ? podCIDRs : [],
  };
}

function talosRouter(machine: Machine): TalosDocument[] {
  const { cluster, node } = machine;
  const vip = node.type === "controlplane" ? cluster.vip : undefined;
  const imported = importedPrefixes(machine);
  return [
    ...(vip === undefined
      ? []
      : [
          document(
            "DummyLinkConfig",
            { up: true, addresses: [{ address: `${formatIpv4(vip)}/32` }] },
            VIP_LINK,
          ),
        ]),
    ...(imported.length > 0 ? workloadRouter(node) : []),
    document(
      "BGPInstanceConfig",
      {
        localASN: node.server.asn,
        routerID: formatIpv4(node.server.loopback),
        routeSource: formatIpv4(node.server.loopback),
        advertise: [LOOPBACK_LINK, ...(vip === undefined ? [] : [VIP_LINK])],
        multipath: true,
        maxPaths: node.server.uplinks.length,
        ...(imported.length > 0 ? { importRoutes: [{ bgpInstance: "workload", prefixes: imported }] } : {}),
        neighbors: node.server.uplinks.map((uplink) => ({
          link: uplink.name,
          peerASN: uplink.leafAsn,
          holdTime: "9s",
          bfd: { transmitInterval: "300ms", receiveInterval: "300ms", detectMultiplier: 3 },
        })),
      },
      "fabric",
    ),
  ];
}

/** What the load balancer or Cilium on the host may announce through the node. */
function importedPrefixes(machine: Machine): string[] {
  const { cluster } = machine;
  const { loadBalancer, pods, podCIDRs } = cluster.doc.spec.network;
  const lb = loadBalancer === "none" || cluster.lb === undefined ? [] : [formatPrefix(cluster.lb)];
  return [...lb, ...(pods === "routed" ? podCIDRs : [])];
}

/** A second router, in a VRF of its own, that only listens to the load balancer on the host. */
function workloadRouter(node: NodePlan): TalosDocument[] {
  return [
    document(
      "VethConfig",
      {
        addresses: [{ address: `${VETH.host}/127` }],
        peer: { name: "veth-router", addresses: [{ address: `${VETH.router}/127` }] },
      },
      "veth-workload",
    ),
    document("VRFConfig", { links: ["veth-router"], table: "88" }, "vrf-workload"),
    document(
      "BGPInstanceConfig",
      {
        vrf: "vrf-workload",
        localASN: ROUTER_ASN,
        routerID: formatIpv4(node.server.loopback),
        installRoutes: false,
        neighbors: [{ address: VETH.host, peerASN: LOAD_BALANCER_ASN, passive: true }],
      },
      "workload",
    ),
  ];
}
