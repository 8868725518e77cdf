import { type Diagnostic, error, keyOf, type SourceRef, warning, within } from "../../../core/diagnostic.ts";
import { bundlePath } from "../../../model/homes.ts";
import type { BundleFile, Doc, Inventory, RecordedCluster } from "../../../model/inventory.ts";

/**
 * Every cluster has a secrets bundle, without which its machines cannot be installed (ICH3420), and it keeps the one
 * that was recorded for it (ICH9151, ICH9153, ICH9154), which no other cluster has (ICH9152).
 */
export function secretsBundles(inventory: Inventory): readonly Diagnostic[] {
  const found = [...inventory.clusters.values()].flatMap((cluster) => {
    const bundle = inventory.bundles.get(cluster.name);
    const recorded = inventory.locks.clusters.get(cluster.spec.site)?.get(cluster.name);
    return bundle === undefined ? withoutBundle(cluster, recorded) : compare(cluster, bundle, recorded);
  });
  return [...found, ...sharedAuthorities(inventory.bundles)];
}

function withoutBundle(cluster: Doc<"Cluster">, recorded: RecordedCluster | undefined): Diagnostic[] {
  const { name } = cluster;
  const file = bundlePath({ site: cluster.spec.site, cluster: name });
  const at = { ...cluster.at, path: ["metadata", "name"] };
  if (recorded !== undefined && Object.keys(recorded.fingerprints).length > 0) {
    const message = `cluster "${name}" had a secrets bundle, and there is no file ${file} any more`;
    const related = [
      { message: "the fingerprints of its authorities", at: within(recorded.at, "fingerprints") },
    ];
    return [error("ICH9153", at, message, { related, hint: `take it from git again: git log -- ${file}` })];
  }
  const message = `cluster "${name}" has no secrets bundle: there is no file ${file}`;
  const hint = `make one with \`ichor secrets init ${name}\`, or bring the one it has with \`ichor secrets import ${name} FILE\``;
  return [warning("ICH3420", at, message, { hint })];
}

function compare(
  { name }: Doc<"Cluster">,
  { fingerprints, at }: BundleFile,
  recorded: RecordedCluster | undefined,
): Diagnostic[] {
  if (fingerprints === undefined || recorded === undefined) return [];
  const place = within(recorded.at, "fingerprints");
  if (Object.keys(recorded.fingerprints).length === 0) {
    if (recorded.bootstrapped === undefined) return [];
    const message = `cluster "${name}" was bootstrapped and the fingerprints of its authorities are not recorded`;
    return [error("ICH9154", place, message, { hint: "take the lock file from git again" })];
  }
  const names = new Set([...Object.keys(recorded.fingerprints), ...Object.keys(fingerprints)]);
  const others = [...names].filter((ca) => recorded.fingerprints[ca] !== fingerprints[ca]).sort();
  if (others.length === 0) return [];
  const list = others.map((ca) => `"${ca}"`).join(", ");
  const message = `the secrets bundle of cluster "${name}" has other authorities than those recorded: ${list}`;
  const related = [{ message: "the recorded fingerprints", at: place }];
  const hint = `take the bundle from git again: git log -p -- ${at.file}`;
  return [error("ICH9151", crtOf(at, others[0] ?? ""), message, { related, hint })];
}

/** An authority of a bundle, by the name under which it is recorded: `os`, `os.accepted`. */
function crtOf(bundle: SourceRef, name: string): SourceRef {
  const [base = name, accepted] = name.split(".");
  return keyOf(bundle, accepted === undefined ? "certs" : "rotation", base, "crt");
}

function sharedAuthorities(bundles: Inventory["bundles"]): Diagnostic[] {
  const owners = new Map<string, { readonly cluster: string; readonly at: SourceRef }>();
  const reported = new Set<string>();
  return [...bundles].flatMap(([cluster, { fingerprints = {}, at }]) =>
    Object.entries(fingerprints).flatMap(([name, hash]) => {
      const owner = owners.get(hash);
      if (owner === undefined) owners.set(hash, { cluster, at: crtOf(at, name) });
      if (owner === undefined || owner.cluster === cluster || reported.has(cluster)) return [];
      reported.add(cluster);
      const message = `clusters "${owner.cluster}" and "${cluster}" have the same authority "${name}"`;
      const related = [{ message: `the authority of "${owner.cluster}"`, at: owner.at }];
      return [
        error("ICH9152", crtOf(at, name), message, {
          related,
          hint: "give each cluster a bundle of its own",
        }),
      ];
    }),
  );
}
