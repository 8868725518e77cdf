import { type Diagnostic, error } from "../../core/diagnostic.ts";
import { lastAddress, parseIpv4Prefix } from "../../core/ip.ts";
import { formatPlace } from "../../model/claim.ts";
import type { RecordedAddress, RecordedClaim } from "../../model/inventory.ts";

const MERGE_HINT =
  "take main's files under inventory/allocations/ and run `ichor compile`, which chooses again for your change";

/** Places that two servers hold (ICH4033): each side of a merge gave the place to another server. */
export function findDoublePlaces(claims: ReadonlyMap<string, RecordedClaim>): Diagnostic[] {
  const holders = new Map<string, { readonly server: string; readonly record: RecordedClaim }>();
  const diagnostics: Diagnostic[] = [];
  for (const [server, record] of claims) {
    if (record.claim.phase !== "held") continue;
    const place = formatPlace(record.claim.place);
    const first = holders.get(place);
    if (first === undefined) {
      holders.set(place, { server, record });
      continue;
    }
    const message = `place ${place} is given to server "${server}" as well as to server "${first.server}"`;
    const related = [{ message: `the line of "${first.server}"`, at: first.record.at }];
    diagnostics.push(error("ICH4033", record.at, message, { hint: MERGE_HINT, related }));
  }
  return diagnostics;
}

/** Blocks with an address in common (ICH4036), and a second block for one cluster and use (ICH4037). */
export function findDoubleBlocks(blocks: readonly RecordedAddress[]): Diagnostic[] {
  return [...overlapping(blocks), ...repeated(blocks)];
}

function overlapping(blocks: readonly RecordedAddress[]): Diagnostic[] {
  const sorted = blocks
    .flatMap((block) => {
      const prefix = parseIpv4Prefix(block.prefix);
      return prefix === undefined ? [] : [{ block, first: prefix.address, last: lastAddress(prefix) }];
    })
    .toSorted((a, b) => a.first - b.first || b.last - a.last);
  const diagnostics: Diagnostic[] = [];
  // The earlier block that reaches furthest: whatever starts before its end overlaps it.
  let reach = sorted[0];
  for (const range of sorted.slice(1)) {
    if (reach !== undefined && range.first <= reach.last) {
      const message = `${range.block.prefix} of ${range.block.claim} overlaps ${reach.block.prefix} of ${reach.block.claim}`;
      const related = [{ message: `the block of ${reach.block.claim}`, at: reach.block.at }];
      diagnostics.push(error("ICH4036", range.block.at, message, { hint: MERGE_HINT, related }));
    }
    if (reach === undefined || range.last > reach.last) reach = range;
  }
  return diagnostics;
}

function repeated(blocks: readonly RecordedAddress[]): Diagnostic[] {
  const first = new Map<string, RecordedAddress>();
  const diagnostics: Diagnostic[] = [];
  for (const block of blocks) {
    const known = first.get(block.claim);
    if (known === undefined) {
      first.set(block.claim, block);
      continue;
    }
    const message = `${block.claim} is given ${block.prefix} as well as ${known.prefix}`;
    const related = [{ message: "its other block", at: known.at }];
    diagnostics.push(error("ICH4037", block.at, message, { hint: MERGE_HINT, related }));
  }
  return diagnostics;
}
