import { error, type Outcome, warning } from "../../core/diagnostic.ts";
import { emitYaml } from "../../core/yaml-emit.ts";
import { type Authorities, authoritiesOf, fingerprintsOf } from "../../secrets/bundle/authorities.ts";
import type { SecretsBundle } from "../../secrets/bundle/bundle.ts";
import { readBundle } from "../../secrets/bundle/read-bundle.ts";
import { decryptSops } from "../../secrets/sops/decrypt.ts";
import { encryptSops } from "../../secrets/sops/encrypt.ts";
import { findIdentities } from "./identities.ts";
import type { NamedCluster, Workspace } from "./workspace.ts";

/** A bundle that was opened and is whole. */
export interface OpenBundle {
  readonly bundle: SecretsBundle;
  readonly authorities: Authorities;
}

/** Opens a cluster's bundle with the identities at hand; its secrets are known to the leak guard from then on. */
export async function openBundle(
  workspace: Workspace,
  path: string,
): Promise<Outcome<OpenBundle | undefined>> {
  const text = workspace.tree.get(path);
  const at = { file: path, document: 0, path: [] };
  if (typeof text !== "string") {
    const hint =
      "`ichor secrets init` makes one for a new cluster, `ichor secrets import` brings that of an old one";
    return {
      value: undefined,
      diagnostics: [error("ICH9158", at, `there is no secrets bundle ${path}`, { hint })],
    };
  }
  const identities = findIdentities(workspace.terminal);
  if (identities.value.length === 0) return { ...identities, value: undefined };
  const opened = await decryptSops(path, text, identities.value);
  if (opened.value === undefined) return { value: undefined, diagnostics: opened.diagnostics };
  workspace.guard.learnTree(opened.value.value, path);
  const { value: bundle, diagnostics } = readBundle(opened.value.value, at);
  if (bundle === undefined) return { value: undefined, diagnostics };
  return { value: { bundle, authorities: authoritiesOf(bundle) }, diagnostics };
}

/**
 * A bundle as the text of the cluster's file, encrypted by its rule. Refuses a rule that would leave a secret of it
 * readable (ICH9157), and warns of one that hides the certificates (ICH9150).
 */
export async function sealBundle(
  workspace: Workspace,
  cluster: NamedCluster,
  bundle: SecretsBundle,
): Promise<Outcome<string | undefined>> {
  const { rules, guard, terminal } = workspace;
  const rule = rules.of(cluster.bundle);
  if (rule.value === undefined) return { ...rule, value: undefined };
  guard.learnTree(bundle, cluster.bundle);
  const request = { file: cluster.bundle, text: emitYaml(bundle), rule: rule.value, now: terminal.now() };
  const sealed = await encryptSops(request);
  if (sealed.value === undefined) return sealed;
  const leak = guard.check(sealed.value);
  if (leak !== undefined) {
    const message = `by this rule ${leak.from?.split("#")[1] ?? "a secret"} of the bundle would stand in the clear`;
    return { value: undefined, diagnostics: [error("ICH9157", rule.value.at, message)] };
  }
  const isHidden = !sealed.value.includes(bundle.certs.os.crt);
  const hidden = warning(
    "ICH9150",
    rule.value.at,
    `the rule encrypts the certificates of ${cluster.bundle} too`,
  );
  return { value: sealed.value, diagnostics: isHidden ? [hidden] : [] };
}

/** The fingerprints of a bundle's authorities, for people to compare. */
export function formatFingerprints(authorities: Authorities): string {
  return Object.entries(fingerprintsOf(authorities))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, hash]) => `  ${name.padEnd(14)} ${hash}\n`)
    .join("");
}
