import type { Diagnostic, Outcome } from "../../core/diagnostic.ts";
import { isMapping } from "../../core/mapping.ts";
import { bundlePath } from "../../model/homes.ts";
import type { BundleFile, Inventory } from "../../model/inventory.ts";
import { fingerprintsOf, readAuthorities } from "../../secrets/bundle/authorities.ts";
import type { LoadedFile, SourceDocument } from "../load/source-document.ts";

/**
 * What can be seen of the clusters' bundles without a key: the certificates of their authorities, unless the team
 * encrypts those too (ICH9150). Reports certificates that cannot be those of the cluster (ICH91xx). A bundle that is
 * not encrypted at all is not looked into: that is reported for every file.
 */
export function readBundles(
  files: readonly LoadedFile[],
  clusters: Inventory["clusters"],
): Outcome<ReadonlyMap<string, BundleFile>> {
  const secrets = new Map(files.filter(({ role }) => role === "secrets").map((file) => [file.file, file]));
  const value = new Map<string, BundleFile>();
  const diagnostics: Diagnostic[] = [];
  for (const { name, spec } of clusters.values()) {
    const loaded = secrets.get(bundlePath({ site: spec.site, cluster: name }));
    if (loaded === undefined) continue;
    const read = readBundle(loaded.documents[0]);
    diagnostics.push(...read.diagnostics);
    value.set(name, { fingerprints: read.value, at: { file: loaded.file, document: 0, path: [] } });
  }
  return { value, diagnostics };
}

function readBundle(document: SourceDocument | undefined): Outcome<BundleFile["fingerprints"]> {
  if (document === undefined || !isMapping(document.value) || document.value["sops"] === undefined) {
    return { value: undefined, diagnostics: [] };
  }
  const { value: authorities, diagnostics } = readAuthorities(document.value, document.at);
  const isHidden = diagnostics.length > 0 && diagnostics.every(({ code }) => code === "ICH9119");
  const [first] = diagnostics;
  if (!isHidden || first === undefined) {
    return { value: authorities === undefined ? undefined : fingerprintsOf(authorities), diagnostics };
  }
  // A team that encrypts everything loses a check, not its clusters.
  return { value: undefined, diagnostics: [{ ...first, code: "ICH9150", severity: "warning" }] };
}
