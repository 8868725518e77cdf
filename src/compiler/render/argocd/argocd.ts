import { compareText } from "../../../core/diagnostic.ts";
import { emitYaml, emitYamlDocuments } from "../../../core/yaml-emit.ts";
import type { Artifact } from "../../../model/artifact.ts";
import type { AddonPlan, Blueprint, ClusterPlan, FleetPlan } from "../../../model/blueprint.ts";
import type { Generator } from "../generator.ts";

const API_VERSION = "argoproj.io/v1alpha1";

/** Where Argo CD lives on the management cluster, and how it names that cluster itself. */
const HUB = { namespace: "argocd", server: "https://kubernetes.default.svc" } as const;

/**
 * Add-ons of earlier waves carry others: the network, storage, definitions of resources. When such an
 * Application is deleted, what it installed stays.
 */
const FIRST_REMOVABLE_WAVE = 10;

/** Talos and Kubernetes own these namespaces and their labels. */
const SYSTEM_NAMESPACES = ["default", "kube-node-lease", "kube-public", "kube-system"];

/**
 * What the Argo CD of a site's hub gets: for each cluster the projects and the root Application, and in the
 * cluster's own folder, which the root Application watches, an Application for each add-on.
 */
export const argocd: Generator = {
  name: "argocd",
  *generate(blueprint) {
    for (const cluster of blueprint.clusters.values()) yield* clusterArtifacts(blueprint, cluster);
  },
};

function* clusterArtifacts(blueprint: Blueprint, cluster: ClusterPlan): Iterable<Artifact> {
  yield {
    path: `generated/sites/${cluster.site}/argocd/${cluster.name}.yaml`,
    text: emitYamlDocuments([
      rootProject(blueprint.fleet, cluster),
      project(cluster),
      rootApplication(blueprint.fleet, cluster),
    ]),
  };
  for (const addon of cluster.addons) {
    const path = `${applicationsFolder(cluster)}/${addon.doc.name}.yaml`;
    yield { path, text: emitYaml(application(cluster, addon)) };
  }
}

function applicationsFolder(cluster: ClusterPlan): string {
  return `generated/clusters/${cluster.site}/${cluster.name}/argocd`;
}

/**
 * The project of the root Application. Who may write Applications on the hub may do anything there, so it is
 * apart from the project of the add-ons: it takes this repository only and makes Applications only.
 */
function rootProject(fleet: FleetPlan, cluster: ClusterPlan) {
  return {
    apiVersion: API_VERSION,
    kind: "AppProject",
    metadata: { name: rootProjectName(cluster), namespace: HUB.namespace },
    spec: {
      description: `The list of what runs on cluster ${cluster.name}`,
      sourceRepos: [fleet.repository.url],
      destinations: [{ server: HUB.server, namespace: HUB.namespace }],
      clusterResourceWhitelist: [],
      namespaceResourceWhitelist: [{ group: "argoproj.io", kind: "Application" }],
    },
  };
}

/** The project of the add-ons: their charts, and this cluster only. */
function project(cluster: ClusterPlan) {
  const repositories = new Set(cluster.addons.map((addon) => chartRepository(addon)));
  return {
    apiVersion: API_VERSION,
    kind: "AppProject",
    metadata: { name: cluster.name, namespace: HUB.namespace },
    spec: {
      description: `What runs on cluster ${cluster.name}`,
      sourceRepos: [...repositories].sort(compareText),
      destinations: [{ name: cluster.name, namespace: "*" }],
      clusterResourceWhitelist: [{ group: "*", kind: "*" }],
      namespaceResourceWhitelist: [{ group: "*", kind: "*" }],
    },
  };
}

/** Never prunes: an Application whose file is gone is deleted by a person, who sees what goes with it. */
function rootApplication(fleet: FleetPlan, cluster: ClusterPlan) {
  return {
    apiVersion: API_VERSION,
    kind: "Application",
    metadata: {
      name: cluster.name,
      namespace: HUB.namespace,
      annotations: { "argocd.argoproj.io/manifest-generate-paths": "." },
    },
    spec: {
      project: rootProjectName(cluster),
      source: {
        repoURL: fleet.repository.url,
        targetRevision: fleet.repository.revision,
        path: applicationsFolder(cluster),
      },
      destination: { server: HUB.server, namespace: HUB.namespace },
      syncPolicy: {
        automated: { prune: false, selfHeal: true },
        syncOptions: ["ServerSideApply=true"],
        retry: RETRY,
      },
    },
  };
}

function application(cluster: ClusterPlan, addon: AddonPlan) {
  const { doc, version, values } = addon;
  const { chart, namespace, wave = 0 } = doc.spec;
  return {
    apiVersion: API_VERSION,
    kind: "Application",
    metadata: {
      name: `${cluster.name}.${doc.name}`,
      namespace: HUB.namespace,
      annotations: { "argocd.argoproj.io/sync-wave": String(wave) },
      ...(wave < FIRST_REMOVABLE_WAVE ? {} : { finalizers: ["resources-finalizer.argocd.argoproj.io"] }),
    },
    spec: {
      project: cluster.name,
      source: {
        repoURL: chartRepository(addon),
        chart: chart.name,
        targetRevision: version,
        helm: {
          releaseName: doc.name,
          ...(Object.keys(values).length === 0 ? {} : { valuesObject: values }),
        },
      },
      destination: { name: cluster.name, namespace },
      syncPolicy: {
        automated: { prune: true, selfHeal: true },
        syncOptions: ["CreateNamespace=true", "ServerSideApply=true"],
        ...managedNamespace(addon),
        retry: RETRY,
      },
    },
  };
}

const RETRY = { limit: 5, backoff: { duration: "10s", factor: 2, maxDuration: "5m" } } as const;

function managedNamespace({ doc }: AddonPlan) {
  if (SYSTEM_NAMESPACES.includes(doc.spec.namespace)) return {};
  const level = doc.spec.podSecurity ?? "baseline";
  return { managedNamespaceMetadata: { labels: { "pod-security.kubernetes.io/enforce": level } } };
}

/** Argo CD writes OCI registries of charts without the scheme. */
function chartRepository(addon: AddonPlan): string {
  return addon.doc.spec.chart.repository.replace(/^oci:\/\//, "");
}

/** With a dot, as the names of Applications: clusters and add-ons are seldom named with dots, often with dashes. */
function rootProjectName(cluster: ClusterPlan): string {
  return `${cluster.name}.applications`;
}
