import { secretsText } from "./fleet-secrets.ts";
import type { ClusterShape, SiteShape } from "./fleet-shape.ts";
import { createRandom } from "./random.ts";

/** clusters/<site>: every cluster with its patches and what looks like its sealed secrets. */
export function* clusterFiles(
  sites: readonly SiteShape[],
  seed: number,
): Generator<readonly [path: string, text: string]> {
  const random = createRandom(seed + 1);
  for (const site of sites) {
    for (const cluster of site.clusters) {
      const folder = `clusters/${site.name}/${cluster.name}`;
      yield [`${folder}/cluster.yaml`, clusterText(site, cluster)];
      yield [`${folder}/secrets.sops.yaml`, secretsText(random)];
      const isNew = cluster.generation.contract === "v1.14";
      yield [`${folder}/patches/sysctls.yaml`, isNew ? SYSCTLS_114 : SYSCTLS];
      if (cluster.workers > 0)
        yield [`${folder}/patches/static-cpus.yaml`, isNew ? STATIC_CPUS_114 : STATIC_CPUS];
    }
  }
}

const SYSCTLS = `# 4 GiB in pages of 2 MiB on every machine.
machine:
  sysctls:
    vm.nr_hugepages: "2048"
    net.core.netdev_max_backlog: "250000"
`;

const SYSCTLS_114 = `# 4 GiB in pages of 2 MiB on every machine.
apiVersion: v1alpha1
kind: SysctlConfig
params:
  vm.nr_hugepages: "2048"
  net.core.netdev_max_backlog: "250000"
`;

const STATIC_CPUS = `# Pods that ask for whole processors get them for themselves.
machine:
  kubelet:
    extraConfig:
      cpuManagerPolicy: static
      topologyManagerPolicy: single-numa-node
      reservedSystemCPUs: 0-3
`;

const STATIC_CPUS_114 = `# Pods that ask for whole processors get them for themselves.
apiVersion: v1alpha1
kind: KubeletConfig
config:
  cpuManagerPolicy: static
  topologyManagerPolicy: single-numa-node
  reservedSystemCPUs: 0-3
`;

function clusterText(site: SiteShape, cluster: ClusterShape): string {
  const { generation } = cluster;
  const racks = site.racks.length;
  return `# yaml-language-server: $schema=../../../schemas/cluster.json
apiVersion: ichor/v1alpha1
kind: Cluster
metadata: { name: ${cluster.name}, labels: { tenant: t${cluster.index} } }
spec:
  role: ${cluster.role}
  site: ${site.name}
  channel: ${generation.channel}
  contract: ${generation.contract}
  protect: true
  priority: ${cluster.role === "management" ? 100 : cluster.role === "monitoring" ? 50 : 0}
  controlPlane:
    replicas: ${cluster.controlPlanes}
    class: control
    pool: ${site.name}-general
    spread: { rack: ${Math.ceil(cluster.controlPlanes / racks)} }
${cluster.workers + cluster.gpus === 0 ? "    schedulable: true\n" : ""}${workersText(site, cluster)}${networkText(site, cluster)}  rollout: { maxUnavailable: 10%, maxParallel: 4, window: "Sat 01:00-05:00 Europe/Helsinki" }
  etcd:
    backup: { schedule: 6h, keep: 28, to: "s3://etcd-backups/${cluster.name}" }
${addonsText(cluster)}  patches: [patches/sysctls.yaml]
`;
}

function workersText(site: SiteShape, cluster: ClusterShape): string {
  const racks = site.racks.length;
  const general =
    cluster.workers === 0
      ? ""
      : `    - name: general
      replicas: ${cluster.workers}
      pool: ${site.name}-general
      spread: { rack: ${Math.ceil(cluster.workers / racks) + 4} }
      labels: { fleet.example/tier: general }
      patches: [patches/static-cpus.yaml]
`;
  const gpus =
    cluster.gpus === 0
      ? ""
      : `    - { name: gpu, replicas: ${cluster.gpus}, class: gpu-a, pool: ${site.name}-gpu, taints: ["fleet.example/l1:NoSchedule"] }\n`;
  return general + gpus === "" ? "" : `  workers:\n${general}${gpus}`;
}

function networkText(site: SiteShape, cluster: ClusterShape): string {
  const { routing } = cluster.generation;
  // Routed pods are unique in the site; a range in a tunnel may repeat.
  const pods = routing === "talos" && cluster.index < 64 ? "routed" : "tunnel";
  return `  network:
    cni: cilium
    routing: ${routing}
    pods: ${pods}
    loadBalancer: ${routing === "talos" ? "cilium" : "metallb"}
    podCIDRs: [${pods === "routed" ? `100.${128 + cluster.index}.0.0/16` : "100.64.0.0/14"}]
    serviceCIDRs: [100.72.0.0/16]
    vipPool: ${site.name}-vips
    lbPool: ${site.name}-lb
    lbSize: /26
`;
}

function addonsText(cluster: ClusterShape): string {
  const metallb = cluster.generation.routing === "talos" ? [] : ["metallb"];
  const own =
    cluster.index % 4 === 0
      ? ["{ name: monitoring, values: { prometheus: { prometheusSpec: { retention: 7d } } } }"]
      : [];
  return `  addons: [${[...metallb, ...own].join(", ")}]\n`;
}
