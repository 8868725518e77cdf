import { compareText, type Diagnostic, error, keyOf, type Outcome } from "../../core/diagnostic.ts";
import type { Locks, RecordedAddress, RecordedClaim, RecordedCluster } from "../../model/inventory.ts";
import type { LoadedFile } from "../load/source-document.ts";
import { findDoubleBlocks, findDoublePlaces } from "./double-records.ts";
import { readAddressBlocks, readClusterRecords, readRackClaims } from "./lock-shapes.ts";

const LOCK_FILE = /^inventory\/allocations\/([^/]+)\/([^/]+)\.yaml$/;

/**
 * What the lock files under inventory/allocations/ say. A line that cannot be read is left out and reported, and
 * so is what contradicts itself: a place with two servers, blocks of addresses that overlap. Then nothing may be
 * chosen: which line counts is for people to say.
 *
 * @returns the records; reports ICH4031 to ICH4037
 */
export function readLocks(files: readonly LoadedFile[]): Outcome<Locks> {
  const diagnostics: Diagnostic[] = [];
  const claims = new Map<string, RecordedClaim>();
  const addresses = new Map<string, ReadonlyMap<string, RecordedAddress>>();
  const clusters = new Map<string, ReadonlyMap<string, RecordedCluster>>();
  const racks = new Set<string>();
  const collect = <T>(outcome: Outcome<T>): T => {
    diagnostics.push(...outcome.diagnostics);
    return outcome.value;
  };
  const locks = files.filter(({ role }) => role === "lock");
  for (const file of locks.toSorted((a, b) => compareText(a.file, b.file))) {
    const [, site, name] = LOCK_FILE.exec(file.file) ?? [];
    if (site === undefined || name === undefined) diagnostics.push(misplaced(file.file));
    else if (name === "addresses") addresses.set(site, collect(readAddressBlocks(file)));
    else if (name === "clusters") clusters.set(site, collect(readClusterRecords(file)));
    else {
      racks.add(`${site}/${name}`);
      for (const [server, record] of collect(readRackClaims(file))) {
        const first = claims.get(server);
        if (first === undefined) claims.set(server, record);
        else diagnostics.push(doubleServer(server, first, record));
      }
    }
  }
  const blocks = [...addresses.values()].flatMap((site) => [...site.values()]);
  diagnostics.push(...findDoublePlaces(claims), ...findDoubleBlocks(blocks));
  return { value: { claims, addresses, clusters, racks }, diagnostics };
}

function misplaced(file: string): Diagnostic {
  const message = `"${file}" is no lock file: those are inventory/allocations/<site>/<rack>.yaml, addresses.yaml and clusters.yaml`;
  return error("ICH4031", { file, document: 0, path: [] }, message, { hint: "move or remove the file" });
}

function doubleServer(server: string, first: RecordedClaim, second: RecordedClaim): Diagnostic {
  const message = `server "${server}" stands in ${second.at.file} as well as in ${first.at.file}`;
  return error("ICH4034", keyOf({ ...second.at, path: [server] }), message, {
    hint: "keep the line of the rack that the server is in, with the higher wipe number, and remove the other",
    related: [{ message: "its other line", at: keyOf({ ...first.at, path: [server] }) }],
  });
}
