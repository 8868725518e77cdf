import { compile } from "../../compiler/compile.ts";
import { readFolder } from "../../compiler/write/read-sources.ts";
import { type Diagnostic, error, hasErrors, within } from "../../core/diagnostic.ts";
import type { Inventory } from "../../model/inventory.ts";
import { authoritiesOf } from "../../secrets/bundle/authorities.ts";
import type { SecretsBundle } from "../../secrets/bundle/bundle.ts";
import type { CreationRule } from "../../secrets/sops/creation-rules.ts";
import { count } from "../count.ts";
import { formatFingerprints, sealBundle } from "./open-bundle.ts";
import type { NamedCluster, Workspace } from "./workspace.ts";

/**
 * Why a cluster may get no new authorities: it has a bundle (ICH9155), it had one (ICH9153), it was bootstrapped
 * (ICH9156).
 */
export function refuseNewBundle(
  { tree }: Workspace,
  inventory: Inventory,
  cluster: NamedCluster,
): Diagnostic[] {
  const { name, site, bundle, doc } = cluster;
  const at = { ...doc.at, path: ["metadata", "name"] };
  if (tree.has(bundle)) return [error("ICH9155", at, `cluster "${name}" has a secrets bundle: ${bundle}`)];
  const recorded = inventory.locks.clusters.get(site)?.get(name);
  if (recorded === undefined) return [];
  const related = [{ message: "what is recorded of the cluster", at: recorded.at }];
  if (recorded.bootstrapped !== undefined) {
    const message = `cluster "${name}" was bootstrapped on "${recorded.bootstrapped}": its machines accept no new authorities`;
    const hint = `import the bundle that it has: \`ichor secrets import ${name} FILE\``;
    return [error("ICH9156", at, message, { related, hint })];
  }
  if (Object.keys(recorded.fingerprints).length === 0) return [];
  const message = `cluster "${name}" had a secrets bundle, and there is no file ${bundle} any more`;
  const hint = `take it from git again: git log -- ${bundle}`;
  return [error("ICH9153", within(recorded.at, "fingerprints"), message, { hint })];
}

/** A bundle ready to be written. */
export interface SealedBundle {
  readonly cluster: NamedCluster;
  readonly bundle: SecretsBundle;
  readonly text: string;
  readonly rule: CreationRule | undefined;
}

/** Encrypts bundles; undefined where one cannot be, which was printed then. */
export async function sealAll(
  workspace: Workspace,
  bundles: readonly { readonly cluster: NamedCluster; readonly bundle: SecretsBundle }[],
): Promise<readonly SealedBundle[] | undefined> {
  const sealed: SealedBundle[] = [];
  for (const { cluster, bundle } of bundles) {
    const { value: text, diagnostics } = await sealBundle(workspace, cluster, bundle);
    if (workspace.report(diagnostics) || text === undefined) return undefined;
    sealed.push({ cluster, bundle, text, rule: workspace.rules.of(cluster.bundle).value });
  }
  return sealed;
}

/** Says what was written, and writes the fingerprints into the lock files where the repository compiles. */
export function announce(workspace: Workspace, sealed: readonly SealedBundle[]): void {
  const { terminal } = workspace;
  for (const { cluster, bundle, rule } of sealed) {
    const recipients = count(rule?.recipients.length ?? 0, "recipient");
    terminal.stdout(`${cluster.name}: wrote ${cluster.bundle}, encrypted to ${recipients}\n`);
    terminal.stdout(formatFingerprints(authoritiesOf(bundle)));
  }
  const locks = recordFingerprints(workspace, new Set(sealed.map(({ cluster }) => cluster.site)));
  for (const path of locks) terminal.stdout(`recorded the fingerprints in ${path}\n`);
  if (locks.length === 0) terminal.stdout("the next `ichor compile` records the fingerprints\n");
}

/** The compiler decides what a lock file says; where it finds errors it will say it another time. */
function recordFingerprints({ root, write }: Workspace, sites: ReadonlySet<string>): readonly string[] {
  const { artifacts, diagnostics } = compile(readFolder(root));
  if (hasErrors(diagnostics)) return [];
  const paths = new Set([...sites].map((site) => `inventory/allocations/${site}/clusters.yaml`));
  const locks = artifacts.filter(({ path }) => paths.has(path));
  for (const { path, text } of locks) write.replace(path, text);
  return locks.map(({ path }) => path);
}
