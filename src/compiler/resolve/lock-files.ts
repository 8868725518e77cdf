import { compareText } from "../../core/diagnostic.ts";
import { formatIpv4, formatPrefix, type Ipv4Prefix } from "../../core/ip.ts";
import { type Claim, formatClaim } from "../../model/claim.ts";
import type { RecordedCluster } from "../../model/inventory.ts";

const HEADER =
  "# Written by ichor and reviewed by people. After a merge conflict: git checkout main -- inventory/allocations && ichor compile\n";

/**
 * The text of `inventory/allocations/<site>/<rack>.yaml`: two lines a server, of which only the second ever
 * changes, so that git finds a conflict exactly where two changes take the same server.
 *
 * @param servers every server of the rack, in the order of their slots
 */
export function formatRackLock(servers: readonly { readonly name: string; readonly claim: Claim }[]): string {
  return mapping(servers.map(({ name, claim }) => `${scalar(name)}:\n  claim: ${formatClaim(claim)}\n`));
}

/** The text of `inventory/allocations/<site>/addresses.yaml`: held blocks by their first address. */
export function formatAddressLock(
  blocks: readonly { readonly prefix: Ipv4Prefix; readonly cluster: string; readonly use: string }[],
): string {
  const sorted = blocks.toSorted((a, b) => a.prefix.address - b.prefix.address);
  return mapping(
    sorted.map(
      ({ prefix, cluster, use }) =>
        `${formatIpv4(prefix.address)}:\n  prefix: ${formatPrefix(prefix)}\n  claim: ${cluster}/${use}\n`,
    ),
  );
}

/** The text of `inventory/allocations/<site>/clusters.yaml`: what is known of each cluster, by name. */
export function formatClusterLock(
  clusters: ReadonlyMap<string, Pick<RecordedCluster, "bootstrapped" | "fingerprints">>,
): string {
  const sorted = [...clusters].toSorted(([a], [b]) => compareText(a, b));
  return mapping(
    sorted.map(([name, { bootstrapped, fingerprints }]) => {
      const server = bootstrapped === undefined ? "~" : scalar(bootstrapped);
      return `${scalar(name)}:\n  bootstrapped: ${server}\n  fingerprints:${formatFingerprints(fingerprints)}`;
    }),
  );
}

function formatFingerprints(fingerprints: Readonly<Record<string, string>>): string {
  const entries = Object.entries(fingerprints).toSorted(([a], [b]) => compareText(a, b));
  if (entries.length === 0) return " {}\n";
  return `\n${entries.map(([name, hash]) => `    ${scalar(name)}: ${scalar(hash)}\n`).join("")}`;
}

/** An empty mapping is said, not left out: an empty file could have lost its content. */
function mapping(entries: readonly string[]): string {
  return HEADER + (entries.length === 0 ? "{}\n" : entries.join(""));
}

const PLAIN = /^[a-z][a-z0-9.-]*$/;
const RESERVED = new Set(["null", "true", "false", "yes", "no", "on", "off", "y", "n"]);

/** A name as YAML text: quoted where some reader would take it for a number, a date or a truth value. */
function scalar(name: string): string {
  return PLAIN.test(name) && !RESERVED.has(name) ? name : JSON.stringify(name);
}
