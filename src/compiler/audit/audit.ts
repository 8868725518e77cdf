import { type Diagnostic, error, type SourceRef, within } from "../../core/diagnostic.ts";
import { invariant } from "../../core/invariant.ts";
import type { Artifact } from "../../model/artifact.ts";
import type { Blueprint, ClusterPlan } from "../../model/blueprint.ts";
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

/** Forms that only secrets have: private keys in PEM, the same in base64 at each of its three alignments, age's keys. */
const SECRET =
  /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----|LS0tLS1CRUdJTi[A-Za-z0-9+/]{0,24}(?:UFJJVkFURSBLRVk|BSSVZBVEUgS0VZ|QUklWQVRFIEtFW)|AGE-SECRET-KEY-1[A-Z0-9]+/;

/** One diagnostic a place that brought a secret, however many files it would reach. */
function auditSecrets(blueprint: Blueprint, artifacts: readonly Artifact[]): Diagnostic[] {
  const found = artifacts.flatMap((artifact) => {
    const secret = SECRET.exec(artifact.text);
    return secret === null
      ? []
      : [{ path: artifact.path, at: placeOfSecret(blueprint, artifact, secret[0]) }];
  });
  return [...Map.groupBy(found, ({ at }) => JSON.stringify(at)).values()].flatMap(([first, ...more]) => {
    if (first === undefined) return [];
    const files =
      more.length === 0
        ? `${first.path}, which is`
        : `${first.path} and ${more.length} more ${more.length === 1 ? "file" : "files"}, which are`;
    return [
      error("ICH5301", first.at, `a private key would stand in ${files} committed and read by everybody`, {
        hint: "put it into an encrypted file and name it by a reference: `ref+sops://FILE#/path`",
      }),
    ];
  });
}

/** The patch or the add-on's values that brought the secret; the cluster's document where neither did. */
function placeOfSecret(blueprint: Blueprint, artifact: Artifact, text: string): SourceRef {
  const cluster = [...blueprint.clusters.values()].find(({ site, name }) =>
    artifact.path.startsWith(`generated/clusters/${site}/${name}/`),
  );
  if (cluster === undefined) return blueprint.fleet.doc.at;
  for (const { document, at } of patchesOf(cluster)) {
    const path = findText(document, text);
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

function findText(value: unknown, text: string): (string | number)[] | undefined {
  if (typeof value === "string") return value.includes(text) ? [] : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, part] of Object.entries(value)) {
    const path = findText(part, text);
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
