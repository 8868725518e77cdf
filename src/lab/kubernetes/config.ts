import { isMapping, type Mapping } from "../../core/mapping.ts";
import { listAt, mappingAt, pemAt, textAt, textsOf } from "../config-values.ts";

/** What a machine's configuration says of Kubernetes. */
export interface KubernetesConfig {
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  /** Of control planes. */
  readonly api: ApiConfig | undefined;
}

export interface Taint {
  readonly key: string;
  readonly value: string;
  /** `NoSchedule` */
  readonly effect: string;
}

/** What a control plane's configuration says of its API server and of what runs in the cluster. */
export interface ApiConfig {
  /** PEM. */
  readonly ca: { readonly certificate: string; readonly key: string } | undefined;
  readonly acceptedCas: readonly string[];
  readonly certSans: readonly string[];
  /** The host of the cluster's endpoint. */
  readonly endpoint: string | undefined;
  readonly image: string | undefined;
  readonly hasProxy: boolean;
  readonly hasDns: boolean;
}

export const CONTROL_PLANE_LABEL = "node-role.kubernetes.io/control-plane";

/** Takes from a configuration what is of Kubernetes; a document of its own wins over the older fields. */
export function readKubernetesConfig(documents: readonly Mapping[], v1alpha1: Mapping): KubernetesConfig {
  const ofKind = (kind: string) => documents.find((document) => document["kind"] === kind);
  const machine = mappingAt(v1alpha1, "machine");
  const cluster = mappingAt(v1alpha1, "cluster");
  const leads = machine["type"] === "controlplane";
  const node = ofKind("KubeNodeConfig");
  const ofRole = leads && node === undefined;
  const isKept = ofRole && cluster["allowSchedulingOnControlPlanes"] !== true;
  return {
    labels: {
      ...(ofRole && { [CONTROL_PLANE_LABEL]: "" }),
      ...textEntries(node === undefined ? machine["nodeLabels"] : node["labels"]),
    },
    taints: [
      ...(isKept ? [{ key: CONTROL_PLANE_LABEL, value: "", effect: "NoSchedule" }] : []),
      ...taintsOf(textEntries(node === undefined ? machine["nodeTaints"] : node["taints"])),
    ],
    api: leads ? apiOf(cluster, ofKind) : undefined,
  };
}

function apiOf(cluster: Mapping, ofKind: (kind: string) => Mapping | undefined): ApiConfig {
  const server = ofKind("KubeAPIServerConfig");
  const older = mappingAt(cluster, "apiServer");
  const proxy = ofKind("KubeProxyConfig");
  const dns = ofKind("KubeCoreDNSConfig");
  return {
    ...authoritiesOf(cluster, ofKind("KubeAPIServerCAConfig")),
    certSans: textsOf(server === undefined ? older["certSANs"] : server["certExtraSANs"]),
    endpoint: hostOf(
      textAt(ofKind("KubeClusterConfig"), "endpoint") ??
        textAt(mappingAt(cluster, "controlPlane"), "endpoint") ??
        "",
    ),
    image: textAt(server ?? older, "image"),
    hasProxy:
      proxy === undefined ? mappingAt(cluster, "proxy")["disabled"] !== true : proxy["enabled"] !== false,
    hasDns: dns === undefined ? mappingAt(cluster, "coreDNS")["disabled"] !== true : dns["enabled"] !== false,
  };
}

/** The older fields have base64 of PEM, the document has PEM. */
function authoritiesOf(
  cluster: Mapping,
  document: Mapping | undefined,
): Pick<ApiConfig, "ca" | "acceptedCas"> {
  if (document !== undefined) {
    const issuing = mappingAt(document, "issuingCA");
    return {
      ca: pairOf(textAt(issuing, "cert"), textAt(issuing, "key")),
      acceptedCas: textsOf(document["acceptedCAs"]),
    };
  }
  const ca = mappingAt(cluster, "ca");
  return {
    ca: pairOf(pemAt(ca, "crt"), pemAt(ca, "key")),
    acceptedCas: listAt(cluster, "acceptedCAs").flatMap(
      (entry) => pemAt(isMapping(entry) ? entry : {}, "crt") ?? [],
    ),
  };
}

function pairOf(certificate: string | undefined, key: string | undefined): ApiConfig["ca"] {
  return certificate === undefined || key === undefined ? undefined : { certificate, key };
}

function hostOf(endpoint: string): string | undefined {
  try {
    return new URL(endpoint).hostname.replace(/^\[|\]$/g, "");
  } catch {
    return undefined;
  }
}

function textEntries(value: unknown): Readonly<Record<string, string>> {
  if (!isMapping(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

/** Talos writes a taint as `key: value:Effect`, or without a value. */
function taintsOf(entries: Readonly<Record<string, string>>): readonly Taint[] {
  return Object.entries(entries).map(([key, text]) => {
    const [effect = "", value = ""] = text.split(":").reverse();
    return { key, value, effect };
  });
}
