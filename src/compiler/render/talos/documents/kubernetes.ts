import { formatIpv4 } from "../../../../core/ip.ts";
import type { ClusterPlan, NodePlan } from "../../../../model/blueprint.ts";
import { document, type TalosDocument } from "../talos-document.ts";
import { subjectNames, taintMap } from "./machine.ts";
import { secretRefs } from "./secrets.ts";

/** Spread flows over both uplinks by addresses and ports, not by addresses alone. */
export const FIB_MULTIPATH = { "net.ipv4.fib_multipath_hash_policy": "1" } as const;

/** Talos' default pod security: baseline enforced, restricted warned of. */
export const POD_SECURITY = {
  apiVersion: "pod-security.admission.config.k8s.io/v1alpha1",
  kind: "PodSecurityConfiguration",
  defaults: {
    audit: "restricted",
    "audit-version": "latest",
    enforce: "baseline",
    "enforce-version": "latest",
    warn: "restricted",
    "warn-version": "latest",
  },
  exemptions: { namespaces: ["kube-system"], runtimeClasses: [], usernames: [] },
} as const;

/** Talos' default audit policy: who did what, without bodies. */
export const AUDIT_POLICY = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  rules: [{ level: "Metadata" }],
} as const;

/** Where clients reach the Kubernetes API. */
export function apiEndpoint(cluster: ClusterPlan): string {
  return `https://${cluster.vip === undefined ? `${cluster.name}.invalid` : formatIpv4(cluster.vip)}:6443`;
}

/** The images of Kubernetes' components at the cluster's version, as Talos names them. */
export function images(cluster: ClusterPlan) {
  const version = cluster.kubernetes;
  return {
    kubelet: `ghcr.io/siderolabs/kubelet:${version}`,
    apiServer: `registry.k8s.io/kube-apiserver:${version}`,
    controllerManager: `registry.k8s.io/kube-controller-manager:${version}`,
    scheduler: `registry.k8s.io/kube-scheduler:${version}`,
    proxy: `registry.k8s.io/kube-proxy:${version}`,
  };
}

/** Kubernetes in documents of its own, as the contract v1.14 has it. */
export function kubernetesDocuments(cluster: ClusterPlan, node: NodePlan): TalosDocument[] {
  const network = cluster.doc.spec.network;
  return [
    document("KubeClusterConfig", { clusterName: cluster.name, endpoint: apiEndpoint(cluster) }),
    nodeDocument(node),
    document("KubeletConfig", {
      image: images(cluster).kubelet,
      defaultRuntimeSeccompProfileEnabled: true,
    }),
    document("KubeNetworkConfig", {
      dnsDomain: "cluster.local",
      podSubnets: network.podCIDRs,
      serviceSubnets: network.serviceCIDRs,
    }),
    document("KubePrismConfig", { port: 7445 }),
    apiServerCa(cluster, node),
    ...(node.type === "controlplane" ? controlPlaneDocuments(cluster, node) : []),
  ];
}

function nodeDocument(node: NodePlan): TalosDocument {
  const isControlPlane = node.type === "controlplane";
  const controlPlaneTaint =
    isControlPlane && !node.schedulable ? ["node-role.kubernetes.io/control-plane:NoSchedule"] : [];
  const taints = taintMap([...controlPlaneTaint, ...node.taints]);
  return document("KubeNodeConfig", {
    nodeIP: { validSubnets: [`${formatIpv4(node.server.loopback)}/32`] },
    labels: {
      ...(isControlPlane
        ? {
            "node-role.kubernetes.io/control-plane": "",
            "node.kubernetes.io/exclude-from-external-load-balancers": "",
          }
        : {}),
      ...node.labels,
    },
    ...(Object.keys(taints).length > 0 ? { taints } : {}),
  });
}

function apiServerCa(cluster: ClusterPlan, node: NodePlan): TalosDocument {
  const secret = secretRefs(cluster);
  const cert = secret.pem("certs", "k8s", "crt");
  return node.type === "controlplane"
    ? document("KubeAPIServerCAConfig", { issuingCA: { cert, key: secret.pem("certs", "k8s", "key") } })
    : document("KubeAPIServerCAConfig", { acceptedCAs: [cert] });
}

function controlPlaneDocuments(cluster: ClusterPlan, node: NodePlan): TalosDocument[] {
  const image = images(cluster);
  const { cni } = cluster.doc.spec.network;
  return [
    ...authorityDocuments(cluster),
    document("KubeAdmissionControlConfig", { configuration: POD_SECURITY }, "PodSecurity"),
    document("KubeAuditPolicyConfig", { configuration: AUDIT_POLICY }),
    document("KubeAuthenticationConfig", {
      configuration: {
        anonymous: {
          enabled: true,
          conditions: [{ path: "/livez" }, { path: "/readyz" }, { path: "/healthz" }],
        },
        jwt: [],
      },
    }),
    document("KubeAuthorizerConfig", { type: "Node" }, "node"),
    document("KubeAuthorizerConfig", { type: "RBAC" }, "rbac"),
    document("KubeAPIServerConfig", { image: image.apiServer, certExtraSANs: subjectNames(cluster, node) }),
    document("KubeControllerManagerConfig", { image: image.controllerManager }),
    document("KubeSchedulerConfig", { image: image.scheduler }),
    // Without this document Talos falls back to its older default, which is kube-proxy enabled.
    document("KubeProxyConfig", { enabled: cni !== "cilium", image: image.proxy }),
    ...(cni === "flannel"
      ? [document("KubeFlannelCNIConfig", { backendType: "vxlan", backendPort: 4789 })]
      : []),
    document("KubeCoreDNSConfig", { enabled: true }),
  ];
}

function authorityDocuments(cluster: ClusterPlan): TalosDocument[] {
  const secret = secretRefs(cluster);
  return [
    document("KubeAggregatorCAConfig", {
      issuingCA: {
        cert: secret.pem("certs", "k8saggregator", "crt"),
        key: secret.pem("certs", "k8saggregator", "key"),
      },
    }),
    document("KubeServiceAccountConfig", {
      issuer: {
        privateKey: secret.pem("certs", "k8sserviceaccount", "key"),
        issuerURL: apiEndpoint(cluster),
      },
    }),
    document("KubeEtcdEncryptionConfig", {
      config: {
        resources: [
          {
            resources: ["secrets"],
            providers: [
              {
                secretbox: {
                  keys: [{ name: "key2", secret: secret.at("secrets", "secretboxencryptionsecret") }],
                },
              },
            ],
          },
        ],
      },
    }),
  ];
}
