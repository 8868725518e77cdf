import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { sampleBlueprint, sampleDoc } from "../../../../test/support/sample-blueprint.ts";
import { valueAt } from "../../../core/path.ts";
import type { AddonPlan } from "../../../model/blueprint.ts";
import type { AddonSpec } from "../../../model/kinds/addon.ts";
import { argocd } from "./argocd.ts";

const folder = "generated/clusters/hel1/hel1-vran7/argocd";

/** The documents of each file that is made for a cluster with these add-ons. */
function check(addons: readonly AddonPlan[]): Map<string, unknown[]> {
  const artifacts = [...argocd.generate(sampleBlueprint({ cluster: { addons } }))];
  return new Map(
    artifacts.map(({ path, text }) => [path, parseAllDocuments(text).map((document) => document.toJS())]),
  );
}

function addon(name: string, change: Partial<AddonSpec> = {}, values: AddonPlan["values"] = {}): AddonPlan {
  const spec: AddonSpec = {
    chart: { repository: `https://charts.example/${name}`, name },
    version: "1.0.0",
    namespace: `${name}-system`,
    ...change,
  };
  return { doc: sampleDoc("Addon", name, spec), version: "1.2.3", values };
}

describe("the projects and the root application of a cluster", () => {
  const [roots, cluster, root] =
    check([addon("metallb"), addon("cilium")]).get("generated/sites/hel1/argocd/hel1-vran7.yaml") ?? [];

  test("the root application follows the cluster's own folder in this repository", () => {
    expect(valueAt(root, ["spec", "source"])).toEqual({
      repoURL: "https://git.example/fleet.git",
      targetRevision: "refs/heads/main",
      path: folder,
    });
  });

  test("an application whose file is gone is not deleted with what it installed", () => {
    expect(valueAt(root, ["spec", "syncPolicy", "automated", "prune"])).toBe(false);
  });

  test("only the root application may make applications", () => {
    expect(valueAt(roots, ["metadata", "name"])).toBe(valueAt(root, ["spec", "project"]));
    expect(valueAt(roots, ["spec", "namespaceResourceWhitelist"])).toEqual([
      { group: "argoproj.io", kind: "Application" },
    ]);
    expect(valueAt(cluster, ["spec", "destinations"])).toEqual([{ name: "hel1-vran7", namespace: "*" }]);
  });

  test("add-ons come from the charts of the cluster's catalogue only", () => {
    expect(valueAt(cluster, ["spec", "sourceRepos"])).toEqual([
      "https://charts.example/cilium",
      "https://charts.example/metallb",
    ]);
  });
});

describe("the application of an add-on", () => {
  function application(plan: AddonPlan): unknown {
    return check([plan]).get(`${folder}/${plan.doc.name}.yaml`)?.[0];
  }

  test("installs the chart with its values on the cluster", () => {
    const metallb = application(
      addon("metallb", { podSecurity: "privileged", wave: 10 }, { a: { b: "0123" } }),
    );
    expect(metallb).toEqual({
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Application",
      metadata: {
        name: "hel1-vran7.metallb",
        namespace: "argocd",
        annotations: { "argocd.argoproj.io/sync-wave": "10" },
        finalizers: ["resources-finalizer.argocd.argoproj.io"],
      },
      spec: {
        project: "hel1-vran7",
        source: {
          repoURL: "https://charts.example/metallb",
          chart: "metallb",
          targetRevision: "1.2.3",
          helm: { releaseName: "metallb", valuesObject: { a: { b: "0123" } } },
        },
        destination: { name: "hel1-vran7", namespace: "metallb-system" },
        syncPolicy: {
          automated: { prune: true, selfHeal: true },
          syncOptions: ["CreateNamespace=true", "ServerSideApply=true"],
          managedNamespaceMetadata: { labels: { "pod-security.kubernetes.io/enforce": "privileged" } },
          retry: { limit: 5, backoff: { duration: "10s", factor: 2, maxDuration: "5m" } },
        },
      },
    });
  });

  test.each([
    [-10, false],
    [0, false],
    [5, false],
    [10, true],
    [20, true],
  ])("of wave %i takes what it installed with it: %s", (wave, removes) => {
    expect(valueAt(application(addon("x", { wave })), ["metadata", "finalizers"]) !== undefined).toBe(
      removes,
    );
  });

  test("leaves the labels of the system's own namespaces alone", () => {
    const path = ["spec", "syncPolicy", "managedNamespaceMetadata"];
    expect(valueAt(application(addon("cilium", { namespace: "kube-system" })), path)).toBeUndefined();
    expect(valueAt(application(addon("other")), [...path, "labels"])).toEqual({
      "pod-security.kubernetes.io/enforce": "baseline",
    });
  });

  test("names an OCI registry of charts as Argo CD does, without the scheme", () => {
    const chart = { repository: "oci://registry.example/charts", name: "x" };
    expect(valueAt(application(addon("x", { chart })), ["spec", "source", "repoURL"])).toBe(
      "registry.example/charts",
    );
  });
});
