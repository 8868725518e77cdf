import { compareText, type Diagnostic, error, type Outcome, warning } from "../../core/diagnostic.ts";
import { mustGet } from "../../core/invariant.ts";
import { type Artifact, sortArtifacts } from "../../model/artifact.ts";
import type { Claim, Claims } from "../../model/claim.ts";
import type { BundleFile, Inventory, RecordedCluster, Server } from "../../model/inventory.ts";
import type { HeldBlock } from "./addresses.ts";
import { formatAddressLock, formatClusterLock, formatRackLock } from "./lock-files.ts";

const FOLDER = "inventory/allocations";
/** Lock files of a site that are not of a rack. */
const SITE_FILES = ["addresses", "clusters"];

/**
 * All lock files: one for each rack, two for each site. Lines of servers that are gone stay in the file that had
 * them. Reports racks whose lock file would be one of the site's (ICH4014), and lock files of racks that are gone
 * (ICH4013), which are left alone.
 */
export function lockArtifacts(
  inventory: Inventory,
  claims: Claims,
  blocks: readonly HeldBlock[],
): Outcome<readonly Artifact[]> {
  const racks = rackLocks(inventory, claims);
  const sites = new Set([
    ...inventory.sites.keys(),
    ...[...inventory.clusters.values()].map(({ spec }) => spec.site),
    ...inventory.locks.clusters.keys(),
    ...blocks.map(({ site }) => site),
  ]);
  const blocksBySite = Map.groupBy(blocks, ({ site }) => site);
  const artifacts = [...sites].flatMap((site): Artifact[] => [
    { path: `${FOLDER}/${site}/addresses.yaml`, text: formatAddressLock(blocksBySite.get(site) ?? []) },
    { path: `${FOLDER}/${site}/clusters.yaml`, text: formatClusterLock(clusterRecords(inventory, site)) },
  ]);
  return {
    value: sortArtifacts([...racks, ...artifacts]),
    diagnostics: [...reservedNames(inventory), ...orphans(inventory, new Set(racks.map(({ path }) => path)))],
  };
}

interface Line {
  readonly name: string;
  readonly claim: Claim;
}

function rackLocks(inventory: Inventory, claims: Claims): Artifact[] {
  const servers = Map.groupBy(inventory.servers.values(), ({ rack }) => rack);
  const gone = goneLines(inventory, claims);
  const paths = new Map<string, Line[]>();
  for (const rack of inventory.racks.values()) {
    const members = (servers.get(rack.name) ?? []).toSorted(bySlot);
    const lines = members.map(({ name }): Line => ({ name, claim: mustGet(claims, name) }));
    paths.set(`${FOLDER}/${rack.spec.site}/${rack.name}.yaml`, lines);
  }
  for (const [path, lines] of gone) paths.set(path, [...(paths.get(path) ?? []), ...lines]);
  return [...paths].map(([path, lines]) => ({ path, text: formatRackLock(lines) }));
}

function bySlot(a: Server, b: Server): number {
  return a.slot - b.slot || compareText(a.name, b.name);
}

/** Lines of servers that the inventory does not have, by the file they were read from, sorted by name. */
function goneLines(inventory: Inventory, claims: Claims): ReadonlyMap<string, Line[]> {
  const lines = [...claims]
    .filter(([name]) => !inventory.servers.has(name))
    .map(([name, claim]) => ({ name, claim, file: inventory.locks.claims.get(name)?.at.file ?? "" }))
    .toSorted((a, b) => compareText(a.name, b.name));
  return Map.groupBy(lines, ({ file }) => file);
}

/**
 * Every cluster of the site with what is known of it. A cluster that is gone keeps its line while it was
 * bootstrapped: only the applier knows when its end has come.
 */
function clusterRecords(
  inventory: Inventory,
  site: string,
): ReadonlyMap<string, Pick<RecordedCluster, "bootstrapped" | "fingerprints">> {
  const records = new Map<string, Pick<RecordedCluster, "bootstrapped" | "fingerprints">>();
  for (const [name, record] of inventory.locks.clusters.get(site) ?? []) {
    const isInvalid = inventory.invalid.has(`Cluster/${name}`);
    if (isInvalid || record.bootstrapped !== undefined) records.set(name, record);
  }
  for (const { name, spec } of inventory.clusters.values()) {
    if (spec.site !== site) continue;
    const known = inventory.locks.clusters.get(site)?.get(name);
    records.set(name, {
      bootstrapped: known?.bootstrapped,
      fingerprints: fingerprintsOf(inventory.bundles.get(name), known),
    });
  }
  return records;
}

/** The first bundle of a cluster decides its fingerprints; from then on they only say whether it is still the one. */
function fingerprintsOf(
  bundle: BundleFile | undefined,
  known: RecordedCluster | undefined,
): RecordedCluster["fingerprints"] {
  const isRecorded = known !== undefined && Object.keys(known.fingerprints).length > 0;
  return (isRecorded ? known.fingerprints : bundle?.fingerprints) ?? {};
}

function reservedNames(inventory: Inventory): Diagnostic[] {
  return [...inventory.racks.values()]
    .filter(({ name }) => SITE_FILES.includes(name))
    .map(({ name, spec, at }) => {
      const path = `${FOLDER}/${spec.site}/${name}.yaml`;
      const message = `rack "${name}" cannot be called so: its lock file would be ${path}, which is the site's own`;
      return error("ICH4014", { ...at, path: ["metadata", "name"] }, message, {
        hint: "give the rack and its file another name",
      });
    });
}

/** Lock files in which nothing is held and whose rack is gone: nobody needs them, but ichor removes no lock. */
function orphans(inventory: Inventory, written: ReadonlySet<string>): Diagnostic[] {
  return [...inventory.locks.racks].flatMap((rack) => {
    const file = `${FOLDER}/${rack}.yaml`;
    const isInvalid = inventory.invalid.has(`Rack/${rack.slice(rack.indexOf("/") + 1)}`);
    if (isInvalid || written.has(file)) return [];
    const message = `${file} is the lock file of a rack that the repository does not have; none of its servers holds anything`;
    return [warning("ICH4013", { file, document: 0, path: [] }, message, { hint: `remove ${file}` })];
  });
}
