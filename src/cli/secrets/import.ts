import { readFileSync } from "node:fs";
import { isAbsolute, join, relative } from "node:path";
import { locate } from "../../compiler/load/locate.ts";
import { readSecretYaml } from "../../compiler/load/read-secret-yaml.ts";
import { type Diagnostic, error, hasErrors } from "../../core/diagnostic.ts";
import { isMapping } from "../../core/mapping.ts";
import type { Inventory } from "../../model/inventory.ts";
import { authoritiesOf, checkExpiry, fingerprintsOf } from "../../secrets/bundle/authorities.ts";
import { importBundle } from "../../secrets/bundle/import-bundle.ts";
import { decryptSops } from "../../secrets/sops/decrypt.ts";
import { colorOf, type Registration, rootOf } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { formatText } from "../format-diagnostics.ts";
import { gitFolderOf } from "./git-folder.ts";
import { findIdentities } from "./identities.ts";
import { announce, sealAll } from "./new-bundle.ts";
import { clusterOf, inventoryOf, type NamedCluster, openWorkspace, type Workspace } from "./workspace.ts";

/** Takes over the secrets of a cluster from a file of another tool or the configuration of a control plane. */
export async function importSecrets(
  registration: Registration,
  request: { readonly cluster: string; readonly file: string; readonly replace: boolean },
): Promise<ExitCode> {
  const workspace = openWorkspace(registration);
  const inventory = inventoryOf(workspace);
  if (inventory === undefined) return EXIT.error;
  const cluster = clusterOf(inventory, request.cluster);
  const path = isAbsolute(request.file) ? request.file : join(registration.terminal.cwd, request.file);
  const text = readFileSync(path, "utf8");
  const { value: bundle, diagnostics } = await readSource(workspace, request.file, text);
  const print = (found: readonly Diagnostic[]) => {
    const located = locate(new Map([...workspace.tree, [request.file, text]]), found);
    registration.terminal.stderr(formatText(located, { color: colorOf(registration) }));
    return hasErrors(located);
  };
  if (print(diagnostics) || bundle === undefined) return EXIT.error;
  const authorities = authoritiesOf(bundle);
  const fingerprints = fingerprintsOf(authorities);
  const dates = checkExpiry(
    authorities,
    { file: request.file, document: 0, path: [] },
    registration.terminal.now(),
  );
  const refused = refuseImport(inventory, cluster, { ...request, fingerprints });
  if (print([...dates, ...refused])) return EXIT.error;
  const sealed = await sealAll(workspace, [{ cluster, bundle }]);
  if (sealed === undefined) return EXIT.error;
  for (const { text: encrypted } of sealed) {
    if (inventory.bundles.has(cluster.name)) workspace.write.replace(cluster.bundle, encrypted);
    else workspace.write.create(cluster.bundle, encrypted);
  }
  announce(workspace, sealed);
  warnOfSource(registration, path, text);
  return EXIT.ok;
}

/** The bundle of a file; one that sops encrypted is opened first. */
async function readSource(
  { terminal, guard }: Workspace,
  file: string,
  text: string,
): ReturnType<typeof readPlain> {
  const read = readSecretYaml(file, text);
  if (read.diagnostics.length > 0) return { value: undefined, diagnostics: read.diagnostics };
  const [first] = read.value;
  if (!isMapping(first) || first["sops"] === undefined) return readPlain(read.value, file);
  const identities = findIdentities(terminal);
  if (identities.value.length === 0) return { ...identities, value: undefined };
  const opened = await decryptSops(file, text, identities.value);
  if (opened.value === undefined) return { value: undefined, diagnostics: opened.diagnostics };
  guard.learnTree(opened.value.value, file);
  return readPlain([opened.value.value], file);
}

async function readPlain(documents: readonly unknown[], file: string) {
  return importBundle(documents, { file, document: 0, path: [] });
}

/** A bundle may come to a cluster that has none, and, where asked, to one whose machines cannot run with another. */
function refuseImport(
  inventory: Inventory,
  { name, site, bundle, doc }: NamedCluster,
  request: { readonly replace: boolean; readonly fingerprints: Readonly<Record<string, string>> },
): readonly Diagnostic[] {
  const at = { ...doc.at, path: ["metadata", "name"] };
  const hashes = new Set(Object.values(request.fingerprints));
  for (const [other, { fingerprints = {}, at: place }] of inventory.bundles) {
    if (other === name || !Object.values(fingerprints).some((hash) => hashes.has(hash))) continue;
    const related = [{ message: "the bundle of that cluster", at: place }];
    return [error("ICH9152", at, `these are the authorities of cluster "${other}"`, { related })];
  }
  const recorded = inventory.locks.clusters.get(site)?.get(name);
  const before = recorded?.fingerprints ?? {};
  const isSame =
    Object.keys(before).length > 0 &&
    Object.entries(before).every(([ca, hash]) => request.fingerprints[ca] === hash);
  if (isSame && !inventory.bundles.has(name)) return [];
  if (inventory.bundles.has(name) && !request.replace) {
    const hint = "--replace overwrites the bundle of a cluster without machines";
    return [error("ICH9155", at, `cluster "${name}" has a secrets bundle: ${bundle}`, { hint })];
  }
  const isReplacing = inventory.bundles.has(name) || Object.keys(before).length > 0;
  if (!isReplacing || isSame) return [];
  const claimed = [...inventory.locks.claims.values()].find(
    ({ claim }) => "place" in claim && claim.place.cluster === name,
  );
  if (claimed === undefined && recorded?.bootstrapped === undefined) return [];
  const related = claimed === undefined ? [] : [{ message: "one of its machines", at: claimed.at }];
  return [
    error("ICH9156", at, `cluster "${name}" has machines, which accept no other authorities`, { related }),
  ];
}

/** A plain file of secrets in a work tree is one `git add` away from being everybody's. */
function warnOfSource(registration: Registration, path: string, text: string): void {
  const folder = gitFolderOf(path);
  if (folder === undefined || text.includes("ENC[AES256_GCM,")) return;
  const shown = relative(rootOf(registration), path);
  registration.terminal.stderr(
    `${shown} holds the secrets in the clear inside a git work tree: remove it, and where it was ever committed replace the secrets\n`,
  );
}
