import { type SourceRef, within } from "../../../core/diagnostic.ts";
import type { Path } from "../../../core/path.ts";
import type { Layer } from "../../../model/blueprint.ts";
import { LOOPBACK_LINK } from "./documents/host.ts";
import type { Machine } from "./talos-machine.ts";

/** Where a value of ichor's own documents comes from: everything at or below `path` of the document. */
export interface Origin {
  /** As `documentId` prints it. */
  readonly document: string;
  readonly path: Path;
  readonly layer: Layer;
  readonly at: SourceRef;
}

/** What of a machine's own documents people wrote, and where. Later entries are more exact than earlier ones. */
export function originsOf(machine: Machine): Origin[] {
  return [
    ...siteOrigins(machine),
    ...versionOrigins(machine),
    ...clusterOrigins(machine),
    ...serverOrigins(machine),
    ...labelOrigins(machine),
  ];
}

type Entry = readonly [document: string, path: Path, at: SourceRef];

function entries(layer: Layer, list: readonly Entry[]): Origin[] {
  return list.map(([document, path, at]) => ({ document, path, layer, at }));
}

function siteOrigins({ site, cluster }: Machine): Origin[] {
  const spec = within(site.at, "spec");
  const fleet = cluster.registries;
  return entries("site", [
    ["ResolverConfig", ["nameservers"], within(spec, "dns")],
    ["ResolverConfig", ["searchDomains", "domains"], within(spec, "domain")],
    ["TimeSyncConfig", ["ntp", "servers"], within(spec, "ntp")],
    ["NetworkRuleConfig/apid", ["ingress"], within(spec, "management")],
    ["NetworkRuleConfig/kube-apiserver", ["ingress"], within(spec, "management")],
    ...Object.keys(fleet)
      .filter((host) => site.spec.registries?.[host] !== undefined)
      .map((host): Entry => [`RegistryMirrorConfig/${host}`, [], within(spec, "registries", host)]),
  ]);
}

function versionOrigins({ cluster }: Machine): Origin[] {
  const kubernetes = within(cluster.channel.at, "spec", "kubernetes");
  const v1alpha1: readonly Path[] = [
    ["machine", "kubelet", "image"],
    ["cluster", "apiServer", "image"],
    ["cluster", "controllerManager", "image"],
    ["cluster", "scheduler", "image"],
    ["cluster", "proxy", "image"],
  ];
  const kinds = [
    "KubeletConfig",
    "KubeAPIServerConfig",
    "KubeControllerManagerConfig",
    "KubeSchedulerConfig",
    "KubeProxyConfig",
  ];
  const talos = within(cluster.channel.at, "spec", "talos");
  return entries("cluster", [
    ...v1alpha1.map((path): Entry => ["v1alpha1", path, kubernetes]),
    ...kinds.map((kind): Entry => [kind, ["image"], kubernetes]),
    ["v1alpha1", ["machine", "install", "image"], talos],
    ["UnattendedInstallConfig", ["installer", "image"], talos],
  ]);
}

function clusterOrigins({ cluster }: Machine): Origin[] {
  const network = within(cluster.doc.at, "spec", "network");
  const vip = within(network, cluster.doc.spec.network.vip === undefined ? "vipPool" : "vip");
  return entries("cluster", [
    ["v1alpha1", ["cluster", "clusterName"], within(cluster.doc.at, "metadata", "name")],
    ["KubeClusterConfig", ["clusterName"], within(cluster.doc.at, "metadata", "name")],
    ["v1alpha1", ["cluster", "network", "podSubnets"], within(network, "podCIDRs")],
    ["v1alpha1", ["cluster", "network", "serviceSubnets"], within(network, "serviceCIDRs")],
    ["KubeNetworkConfig", ["podSubnets"], within(network, "podCIDRs")],
    ["KubeNetworkConfig", ["serviceSubnets"], within(network, "serviceCIDRs")],
    ["v1alpha1", ["cluster", "network", "cni"], within(network, "cni")],
    ["v1alpha1", ["cluster", "proxy", "disabled"], within(network, "cni")],
    ["KubeProxyConfig", ["enabled"], within(network, "cni")],
    ["v1alpha1", ["cluster", "controlPlane", "endpoint"], vip],
    ["KubeClusterConfig", ["endpoint"], vip],
    ["ExtensionServiceConfig/frr", [], within(network, "routing")],
    ["BGPInstanceConfig/fabric", [], within(network, "routing")],
    [
      "v1alpha1",
      ["cluster", "allowSchedulingOnControlPlanes"],
      within(cluster.doc.at, "spec", "controlPlane", "schedulable"),
    ],
  ]);
}

function serverOrigins({ node }: Machine): Origin[] {
  const { server } = node;
  const nic = (name: string) => within(server.at, "nics", name);
  const model = within(server.model.at, "spec", "installDisk");
  const ofClass =
    node.class?.spec.installDisk === undefined ? undefined : within(node.class.at, "spec", "installDisk");
  const disk: readonly [Layer, SourceRef] = ofClass === undefined ? ["model", model] : ["class", ofClass];
  return [
    ...entries("server", [
      ["HostnameConfig", ["hostname"], server.at],
      [`DummyLinkConfig/${LOOPBACK_LINK}`, ["addresses"], within(server.at, "loopback")],
      ...server.uplinks.map((uplink): Entry => [`LinkConfig/${uplink.name}`, [], nic(uplink.name)]),
      ...server.uplinks
        .filter((uplink) => uplink.boot)
        .map((uplink): Entry => [`DHCPv4Config/${uplink.name}`, [], nic(uplink.name)]),
    ]),
    ...entries(disk[0], [
      ["v1alpha1", ["machine", "install", "diskSelector"], disk[1]],
      ["UnattendedInstallConfig", ["provisioning", "diskSelector"], disk[1]],
    ]),
  ];
}

/** Labels, taints and sysctls of class and group, each at its own line. */
function labelOrigins({ node }: Machine): Origin[] {
  const list: Origin[] = [];
  const add = (layer: Layer, at: SourceRef, names: readonly string[]) => {
    for (const name of names) {
      list.push({ document: "v1alpha1", path: ["machine", "nodeLabels", name], layer, at: within(at, name) });
      list.push({ document: "KubeNodeConfig", path: ["labels", name], layer, at: within(at, name) });
    }
  };
  if (node.class !== undefined) {
    const spec = within(node.class.at, "spec");
    add("class", within(spec, "labels"), Object.keys(node.class.spec.labels ?? {}));
    for (const name of Object.keys(node.class.spec.sysctls ?? {})) {
      const at = within(spec, "sysctls", name);
      list.push({ document: "v1alpha1", path: ["machine", "sysctls", name], layer: "class", at });
      list.push({ document: "SysctlConfig", path: ["params", name], layer: "class", at });
    }
  }
  add("group", within(node.groupAt, "labels"), node.groupLabels);
  return list;
}
