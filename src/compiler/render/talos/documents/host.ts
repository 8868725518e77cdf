import { formatIpv4 } from "../../../../core/ip.ts";
import type { ClusterPlan, NodePlan, SitePlan } from "../../../../model/blueprint.ts";
import type { Volume } from "../../../../model/spec-parts.ts";
import { document, type TalosDocument } from "../talos-document.ts";

/** The link that carries the node's /32, whichever uplink is up. */
export const LOOPBACK_LINK = "dummy0";

/** A default route learned while booting must lose against every route that BGP brings. */
const BOOT_ROUTE_METRIC = 4096;

/** Name, links, DNS, time and registries of a machine, in the form that all contracts from v1.12 share. */
export function hostDocuments(site: SitePlan, cluster: ClusterPlan, node: NodePlan): TalosDocument[] {
  return [
    document("HostnameConfig", { auto: "off", hostname: node.name }),
    ...node.server.uplinks.map((uplink) => document("LinkConfig", { up: true }, uplink.name)),
    ...bootPort(site, node),
    document(
      "DummyLinkConfig",
      { up: true, addresses: [{ address: `${formatIpv4(node.server.loopback)}/32` }] },
      LOOPBACK_LINK,
    ),
    resolver(site, cluster),
    document("TimeSyncConfig", { enabled: true, ntp: { servers: site.spec.ntp } }),
    ...registryDocuments(cluster),
  ];
}

/** The boot port keeps its lease, so that an installer can be pulled before BGP is up. */
function bootPort(site: SitePlan, node: NodePlan): TalosDocument[] {
  if (site.spec.provisioning.addressing !== "kea") return [];
  return node.server.uplinks
    .filter((uplink) => uplink.boot)
    .map((uplink) =>
      document("DHCPv4Config", { routeMetric: BOOT_ROUTE_METRIC, ignoreHostname: true }, uplink.name),
    );
}

function resolver(site: SitePlan, cluster: ClusterPlan): TalosDocument {
  const { dns, domain } = site.spec;
  return document("ResolverConfig", {
    nameservers: dns.map((address) => ({ address })),
    searchDomains: { ...(domain === undefined ? {} : { domains: [domain] }), disableDefault: true },
    // Up to the contract v1.13 the same is said in the v1alpha1 document.
    ...(cluster.contract === "v1.14"
      ? { hostDNS: { enabled: true, forwardKubeDNSToHost: cluster.doc.spec.network.cni !== "cilium" } }
      : {}),
  });
}

function registryDocuments(cluster: ClusterPlan): TalosDocument[] {
  return Object.entries(cluster.registries)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([host, mirror]) =>
      document(
        "RegistryMirrorConfig",
        {
          endpoints: mirror.endpoints.map((url) => ({
            url,
            ...(mirror.overridePath === undefined ? {} : { overridePath: mirror.overridePath }),
          })),
          ...(mirror.skipFallback === undefined ? {} : { skipFallback: mirror.skipFallback }),
        },
        host,
      ),
    );
}

/** Volumes of models and classes: Talos' own by VolumeConfig, others by UserVolumeConfig. */
export function volumeDocuments(cluster: ClusterPlan, node: NodePlan): TalosDocument[] {
  // New machines of the contract v1.14 mount EPHEMERAL noexec, nosuid, nodev.
  const secure = cluster.contract === "v1.14" ? { mount: { secure: true } } : {};
  const volumes: Readonly<Record<string, Volume>> =
    cluster.contract === "v1.14" ? { EPHEMERAL: {}, ...node.volumes } : node.volumes;
  return Object.entries(volumes)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, volume]) => {
      const provisioning = provisioningOf(volume);
      const fields = Object.keys(provisioning).length > 0 ? { provisioning } : {};
      if (name === "EPHEMERAL") return document("VolumeConfig", { ...fields, ...secure }, name);
      return document(name === "IMAGE-CACHE" ? "VolumeConfig" : "UserVolumeConfig", fields, name);
    });
}

function provisioningOf(volume: Volume): TalosDocument {
  return {
    ...(volume.disk === undefined ? {} : { diskSelector: { match: volume.disk } }),
    ...(volume.grow === undefined ? {} : { grow: volume.grow }),
    ...(volume.minSize === undefined ? {} : { minSize: volume.minSize }),
    ...(volume.maxSize === undefined ? {} : { maxSize: volume.maxSize }),
  };
}

/** What the contract v1.14 says in documents of the host that earlier ones said in v1alpha1 or not at all. */
export function hostDocumentsOf114(
  cluster: ClusterPlan,
  node: NodePlan,
  sysctls: TalosDocument,
): TalosDocument[] {
  return [
    document("UnattendedInstallConfig", {
      installer: { image: node.installer },
      provisioning: { diskSelector: { match: node.installDisk }, wipe: false },
    }),
    ...discoveryDocuments(cluster),
    document("SysctlConfig", { params: sysctls }),
    document("FilesystemTrimConfig", { interval: "168h0m0s" }),
    document("SecurityProfileConfig", { workloadIsolation: true }),
  ];
}

function discoveryDocuments(cluster: ClusterPlan): TalosDocument[] {
  const identity = document("DiscoveryIdentityConfig", {
    clusterID: `ref+sops://${cluster.secretsFile}#/cluster/id`,
    clusterSecret: `ref+sops://${cluster.secretsFile}#/cluster/secret`,
  });
  if (cluster.discovery === "none") return [identity];
  const endpoint = cluster.discovery === "public" ? "https://discovery.talos.dev/" : cluster.discovery;
  return [document("DiscoveryServiceConfig", { endpoint }, "default"), identity];
}
