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
    ...firewallOrigins(machine),
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
  const fleet = within(cluster.fleet.at, "spec");
  const [ofSite, ofFleet] = [site.spec.registries ?? {}, Object.keys(cluster.registries)];
  return [
    ...entries("fleet", [
      ["v1alpha1", ["cluster", "discovery"], within(fleet, "discovery", "endpoint")],
      ["DiscoveryServiceConfig/default", ["endpoint"], within(fleet, "discovery", "endpoint")],
      ...ofFleet
        .filter((host) => !Object.hasOwn(ofSite, host))
        .map((host): Entry => [`RegistryMirrorConfig/${host}`, [], within(fleet, "registries", host)]),
    ]),
    ...entries("site", [
      ["ResolverConfig", ["nameservers"], within(spec, "dns")],
      ["ResolverConfig", ["searchDomains", "domains"], within(spec, "domain")],
      ["TimeSyncConfig", ["ntp", "servers"], within(spec, "ntp")],
      ...Object.keys(ofSite).map(
        (host): Entry => [`RegistryMirrorConfig/${host}`, [], within(spec, "registries", host)],
      ),
    ]),
  ];
}

/** Who may reach the ports that only some may: the site's machines first, then pods, then the operators. */
function firewallOrigins({ site, cluster }: Machine): Origin[] {
  const spec = within(site.at, "spec");
  const rule = (name: string, index: number | undefined, at: SourceRef): Entry => [
    `NetworkRuleConfig/${name}`,
    index === undefined ? ["ingress"] : ["ingress", index],
    at,
  ];
  const podCIDRs = within(cluster.doc.at, "spec", "network", "podCIDRs");
  const pods = cluster.doc.spec.network.podCIDRs.flatMap((_, index) =>
    ["kubelet", "kube-apiserver"].map((name) => rule(name, index + 1, within(podCIDRs, index))),
  );
  const machines = ["apid", "kubelet", "kube-apiserver", "trustd", "etcd", "cilium-vxlan", "cilium-health"];
  return [
    ...entries("site", [
      rule("apid", undefined, within(spec, "management")),
      rule("kube-apiserver", undefined, within(spec, "management")),
      ...machines.map((name) => rule(name, 0, within(spec, "loopbacks"))),
    ]),
    ...entries("cluster", pods),
  ];
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

/** Labels, taints, sysctls and volumes of model, class and group, each at its own line. */
function labelOrigins({ node }: Machine): Origin[] {
  const model = within(node.server.model.at, "spec");
  const ofClass = node.class === undefined ? model : within(node.class.at, "spec");
  const fields = node.class?.spec ?? {};
  return [
    ...volumes("model", model, Object.keys(node.server.model.spec.volumes ?? {})),
    ...volumes("class", ofClass, Object.keys(fields.volumes ?? {})),
    ...labels("class", ofClass, Object.keys(fields.labels ?? {})),
    ...taints("class", ofClass, fields.taints ?? []),
    ...entries(
      "class",
      Object.keys(fields.sysctls ?? {}).flatMap((name): Entry[] => [
        ["v1alpha1", ["machine", "sysctls", name], within(ofClass, "sysctls", name)],
        ["SysctlConfig", ["params", name], within(ofClass, "sysctls", name)],
      ]),
    ),
    ...labels("group", node.groupAt, node.group.labels),
    ...taints("group", node.groupAt, node.group.taints),
  ];
}

function labels(layer: Layer, at: SourceRef, names: readonly string[]): Origin[] {
  return entries(
    layer,
    names.flatMap((name): Entry[] => [
      ["v1alpha1", ["machine", "nodeLabels", name], within(at, "labels", name)],
      ["KubeNodeConfig", ["labels", name], within(at, "labels", name)],
    ]),
  );
}

function taints(layer: Layer, at: SourceRef, list: readonly string[]): Origin[] {
  return entries(
    layer,
    list.flatMap((taint, index): Entry[] => {
      const key = taint.split(/[=:]/, 1)[0] ?? "";
      return [
        ["v1alpha1", ["machine", "nodeTaints", key], within(at, "taints", index)],
        ["KubeNodeConfig", ["taints", key], within(at, "taints", index)],
      ];
    }),
  );
}

function volumes(layer: Layer, at: SourceRef, names: readonly string[]): Origin[] {
  return entries(
    layer,
    names.flatMap((name): Entry[] => [
      [`VolumeConfig/${name}`, ["provisioning"], within(at, "volumes", name)],
      [`UserVolumeConfig/${name}`, [], within(at, "volumes", name)],
    ]),
  );
}
