import { formatIpv4 } from "../../../../core/ip.ts";
import type { ClusterPlan, NodePlan } from "../../../../model/blueprint.ts";
import type { TalosDocument } from "../talos-document.ts";
import { installDiskSelector } from "./install-disk.ts";
import { AUDIT_POLICY, apiEndpoint, FIB_MULTIPATH, images, POD_SECURITY } from "./kubernetes.ts";
import { etcd, machineIdentity, subjectNames, taintMap } from "./machine.ts";
import { secretRefs } from "./secrets.ts";

/**
 * The v1alpha1 document of the contracts v1.12 and v1.13, which holds everything but the network of the host.
 * Source: what `talosctl gen config` of these versions writes, and the fields' own documentation.
 */
export function v1alpha1Document(cluster: ClusterPlan, node: NodePlan): TalosDocument {
  return {
    version: "v1alpha1",
    debug: false,
    persist: true,
    machine: machine(cluster, node),
    cluster: {
      ...clusterIdentity(cluster, node),
      ...(node.type === "controlplane" ? controlPlane(cluster, node) : {}),
    },
  };
}

function machine(cluster: ClusterPlan, node: NodePlan): TalosDocument {
  const network = cluster.doc.spec.network;
  const taints = taintMap(node.taints);
  return {
    ...machineIdentity(cluster, node),
    kubelet: {
      image: images(cluster).kubelet,
      defaultRuntimeSeccompProfileEnabled: true,
      disableManifestsDirectory: true,
      nodeIP: { validSubnets: [`${formatIpv4(node.server.loopback)}/32`] },
    },
    install: {
      ...installDiskSelector(node.installDisk),
      image: node.installer,
      wipe: false,
      grubUseUKICmdline: true,
    },
    features: {
      diskQuotaSupport: true,
      kubePrism: { enabled: true, port: 7445 },
      // Cilium answers DNS of pods itself when it masquerades in BPF.
      hostDNS: { enabled: true, forwardKubeDNSToHost: network.cni !== "cilium" },
    },
    sysctls: { ...FIB_MULTIPATH, ...node.sysctls },
    nodeLabels: {
      ...(node.type === "controlplane"
        ? { "node.kubernetes.io/exclude-from-external-load-balancers": "" }
        : {}),
      ...node.labels,
    },
    ...(Object.keys(taints).length > 0 ? { nodeTaints: taints } : {}),
  };
}

function clusterIdentity(cluster: ClusterPlan, node: NodePlan): TalosDocument {
  const secret = secretRefs(cluster);
  const network = cluster.doc.spec.network;
  return {
    id: secret.at("cluster", "id"),
    secret: secret.at("cluster", "secret"),
    controlPlane: { endpoint: apiEndpoint(cluster) },
    clusterName: cluster.name,
    network: {
      dnsDomain: "cluster.local",
      podSubnets: network.podCIDRs,
      serviceSubnets: network.serviceCIDRs,
      ...(network.cni === "flannel" ? {} : { cni: { name: "none" } }),
    },
    token: secret.at("secrets", "bootstraptoken"),
    ca: {
      crt: secret.at("certs", "k8s", "crt"),
      key: node.type === "controlplane" ? secret.at("certs", "k8s", "key") : "",
    },
    discovery: discovery(cluster),
  };
}

function discovery(cluster: ClusterPlan): TalosDocument {
  if (cluster.discovery === "none") return { enabled: false };
  const service = cluster.discovery === "public" ? {} : { endpoint: cluster.discovery };
  return { enabled: true, registries: { kubernetes: { disabled: true }, service } };
}

function controlPlane(cluster: ClusterPlan, node: NodePlan): TalosDocument {
  const secret = secretRefs(cluster);
  const image = images(cluster);
  return {
    secretboxEncryptionSecret: secret.at("secrets", "secretboxencryptionsecret"),
    aggregatorCA: {
      crt: secret.at("certs", "k8saggregator", "crt"),
      key: secret.at("certs", "k8saggregator", "key"),
    },
    serviceAccount: { key: secret.at("certs", "k8sserviceaccount", "key") },
    apiServer: {
      image: image.apiServer,
      certSANs: subjectNames(cluster, node),
      admissionControl: [{ name: "PodSecurity", configuration: POD_SECURITY }],
      auditPolicy: AUDIT_POLICY,
    },
    controllerManager: { image: image.controllerManager },
    proxy: cluster.doc.spec.network.cni === "cilium" ? { disabled: true } : { image: image.proxy },
    scheduler: { image: image.scheduler },
    etcd: etcd(cluster, node),
    allowSchedulingOnControlPlanes: node.schedulable,
  };
}
