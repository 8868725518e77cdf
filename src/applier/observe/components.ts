import { isMapping, type Mapping } from "../../core/mapping.ts";

/** What Talos runs of Kubernetes on control planes: where configurations say that it is not wanted. */
const SWITCHES = {
  "kube-apiserver": undefined,
  "kube-controller-manager": { document: "KubeControllerManagerConfig", path: "controllerManager" },
  "kube-scheduler": { document: "KubeSchedulerConfig", path: "scheduler" },
  "kube-proxy": { document: "KubeProxyConfig", path: "proxy" },
  coredns: { document: "KubeCoreDNSConfig", path: "coreDNS" },
} as const;

/** A part of Kubernetes that Talos runs. */
export type Component = keyof typeof SWITCHES;

const STATIC = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const;

/** The static pods that a control plane with this configuration is to run. */
export function controlPlaneComponents(documents: readonly unknown[]): readonly Component[] {
  return STATIC.filter((component) => isWanted(component, documents));
}

/**
 * Whether a control plane's configuration asks for a part of Kubernetes; all are wanted where nothing is said. From
 * 1.14 on a document of its own says it, before that the first document does; where both are there, the former counts.
 */
export function isWanted(component: Component, documents: readonly unknown[]): boolean {
  const found = SWITCHES[component];
  if (found === undefined) return true;
  const mappings = documents.filter(isMapping);
  const own = mappings.find(({ kind }) => kind === found.document);
  if (own !== undefined) return own["enabled"] !== false;
  const main = mappings.find(({ cluster }) => isMapping(cluster));
  return partOf(partOf(main, "cluster"), found.path)["disabled"] !== true;
}

function partOf(mapping: Mapping | undefined, key: string): Mapping {
  const value = mapping?.[key];
  return isMapping(value) ? value : {};
}
