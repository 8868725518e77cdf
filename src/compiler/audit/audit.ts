import { type Diagnostic, error, type SourceRef, within } from "../../core/diagnostic.ts";
import { invariant } from "../../core/invariant.ts";
import type { Artifact } from "../../model/artifact.ts";
import type { Blueprint, ClusterPlan } from "../../model/blueprint.ts";
import { findSecretShape, type SecretShapeName } from "../../secrets/leaks/shapes.ts";
import { lintIpxe } from "../render/ipxe/lint.ts";

/**
 * A second opinion on what was made, which knows nothing of how: no secret in any file, no file twice, no
 * address twice. What it finds of ichor's own making is a bug; what it finds of a user's is a diagnostic.
 */
export function audit(blueprint: Blueprint, artifacts: readonly Artifact[]): Diagnostic[] {
  auditPaths(artifacts);
  auditAddresses(blueprint);
  auditScripts(artifacts);
  return auditSecrets(blueprint, artifacts);
}

/** One diagnostic a place that brought a secret, however many files it would reach. */
function auditSecrets(blueprint: Blueprint, artifacts: readonly Artifact[]): Diagnostic[] {
  const found = artifacts.flatMap((artifact) => {
    const shape = findSecretShape(artifact.text);
    if (shape === undefined) return [];
    return [
      { what: shape.what, path: artifact.path, at: placeOfSecret(blueprint, artifact.path, shape.what) },
    ];
  });
  return [...Map.groupBy(found, ({ at }) => JSON.stringify(at)).values()].flatMap(([first, ...more]) => {
    if (first === undefined) return [];
    const files =
      more.length === 0
        ? `${first.path}, which is`
        : `${first.path} and ${more.length} more ${more.length === 1 ? "file" : "files"}, which are`;
    return [
      error("ICH5301", first.at, `a ${first.what} would stand in ${files} committed and read by everybody`, {
        hint: "put it into an encrypted file and name it by a reference: `ref+sops://FILE#/path`",
      }),
    ];
  });
}

/** The patch or the add-on's values that brought the secret; the cluster's document where neither did. */
function placeOfSecret(blueprint: Blueprint, file: string, what: SecretShapeName): SourceRef {
  const cluster = [...blueprint.clusters.values()].find(({ site, name }) =>
    file.startsWith(`generated/clusters/${site}/${name}/`),
  );
  if (cluster === undefined) return blueprint.fleet.doc.at;
  for (const { document, at } of patchesOf(cluster)) {
    const path = findShape(document, what);
    if (path !== undefined) return within(at, ...path);
  }
  return cluster.doc.at;
}

function patchesOf(cluster: ClusterPlan): { readonly document: unknown; readonly at: SourceRef }[] {
  const addons = cluster.addons.map(({ doc }) => ({
    document: doc.spec.values,
    at: within(doc.at, "spec", "values"),
  }));
  return [...cluster.nodes.flatMap((node) => node.patches), ...addons];
}

function findShape(value: unknown, what: SecretShapeName): (string | number)[] | undefined {
  if (typeof value === "string") return findSecretShape(value)?.what === what ? [] : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, part] of Object.entries(value)) {
    const path = findShape(part, what);
    if (path !== undefined) return [Array.isArray(value) ? Number(key) : key, ...path];
  }
  return undefined;
}

function auditPaths(artifacts: readonly Artifact[]): void {
  const paths = new Set<string>();
  for (const { path } of artifacts) {
    const folded = path.toLowerCase();
    invariant(!paths.has(folded), `two generators made ${path}`);
    paths.add(folded);
  }
}

function auditScripts(artifacts: readonly Artifact[]): void {
  for (const { path, text } of artifacts.filter((artifact) => artifact.path.endsWith(".ipxe"))) {
    const [problem] = lintIpxe(text);
    invariant(problem === undefined, `${path}: ${problem}`);
  }
}

function auditAddresses(blueprint: Blueprint): void {
  const owners = new Map<number, string>();
  const own = (address: number, owner: string) => {
    const before = owners.get(address);
    invariant(before === undefined, `${before} and ${owner} have one address`);
    owners.set(address, owner);
  };
  for (const site of blueprint.sites.values()) {
    for (const rack of site.racks) {
      for (const leaf of rack.leaves) own(leaf.loopback, leaf.name);
      for (const server of rack.servers) own(server.loopback, server.name);
    }
    for (const spine of site.spines) own(spine.loopback, spine.name);
  }
  for (const cluster of blueprint.clusters.values()) {
    if (cluster.vip !== undefined) own(cluster.vip, `the API of ${cluster.name}`);
  }
}
