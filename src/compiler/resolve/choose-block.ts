import { hash53 } from "../../core/hash.ts";
import { type Ipv4Prefix, lastAddress, overlaps, prefixSize } from "../../core/ip.ts";

/** Where a block may come from. */
export interface BlockSource {
  readonly pool: Ipv4Prefix;
  /** So many first addresses are for people to pin. */
  readonly reserve: number;
  /** Prefix length of the block: 32 for a single address. */
  readonly length: number;
}

/** Among more free blocks than this no further ones are looked at: two changes hardly choose the same one anyway. */
const CONSIDERED_MAX = 1024;

/** How many aligned blocks a pool has outside its reserve, held or not. */
export function countBlocks(source: BlockSource): number {
  const { first, size } = gridOf(source);
  return Math.max(0, Math.floor((lastAddress(source.pool) + 1 - first) / size));
}

/**
 * The free block with the highest hash of `key` and block, by rendezvous hashing: which block a cluster gets
 * depends on no other cluster, as long as the block is free.
 *
 * @param occupied what is held already, in any order
 * @returns undefined where no aligned block is free outside the reserve
 */
export function chooseBlock(
  source: BlockSource,
  occupied: readonly Ipv4Prefix[],
  key: string,
): Ipv4Prefix | undefined {
  let best: Ipv4Prefix | undefined;
  let bestWeight = -1;
  for (const block of freeBlocks(source, occupied)) {
    const weight = hash53(`${key}|${block.address}`);
    if (weight <= bestWeight) continue;
    best = block;
    bestWeight = weight;
  }
  return best;
}

function* freeBlocks(source: BlockSource, occupied: readonly Ipv4Prefix[]): Generator<Ipv4Prefix> {
  const { first, size } = gridOf(source);
  const near = occupied
    .filter((held) => overlaps(held, source.pool))
    .toSorted((a, b) => a.address - b.address);
  const total = countBlocks(source);
  let next = 0;
  let found = 0;
  for (let index = 0; index < total && found < CONSIDERED_MAX; index++) {
    const block = { address: first + index * size, length: source.length };
    let held = near[next];
    while (held !== undefined && lastAddress(held) < block.address) held = near[++next];
    if (held !== undefined && overlaps(held, block)) continue;
    found++;
    yield block;
  }
}

/** Blocks start at multiples of their size, the first one at or after the end of the reserve. */
function gridOf({ pool, reserve, length }: BlockSource): { readonly first: number; readonly size: number } {
  const size = prefixSize(length);
  return { first: Math.ceil((pool.address + reserve) / size) * size, size };
}
