import fc from "fast-check";
import { expect, test } from "vitest";
import { containsAddress, type Ipv4Prefix, lastAddress, overlaps, parseIpv4Prefix } from "../../core/ip.ts";
import { type BlockSource, chooseBlock, countBlocks } from "./choose-block.ts";

const POOL_START = 0x0a65fa00;

const sources: fc.Arbitrary<BlockSource> = fc
  .record({ pool: fc.integer({ min: 22, max: 28 }), reserve: fc.nat(40), size: fc.nat(6) })
  .map(({ pool, reserve, size }) => ({
    pool: { address: POOL_START - (POOL_START % 2 ** (32 - pool)), length: pool },
    reserve,
    length: Math.min(32, pool + size),
  }));

/** Takes blocks for one key after the other until the pool is full, or so many were taken. */
function fill(source: BlockSource, keys: readonly string[]): Ipv4Prefix[] {
  const held: Ipv4Prefix[] = [];
  for (const key of keys) {
    const block = chooseBlock(source, held, key);
    if (block !== undefined) held.push(block);
  }
  return held;
}

const keys = (count: number) => Array.from({ length: count }, (_, index) => `cluster-${index}/vip`);

function check(property: (source: BlockSource, count: number) => void): void {
  fc.assert(fc.property(sources, fc.nat(80), property), { numRuns: 600 });
}

test("blocks are aligned, inside the pool, outside its reserve, and never overlap", () => {
  check((source, count) => {
    const held = fill(source, keys(count));
    for (const [index, block] of held.entries()) {
      expect(block.address % 2 ** (32 - source.length)).toBe(0);
      expect(block.address).toBeGreaterThanOrEqual(source.pool.address + source.reserve);
      expect(containsAddress(source.pool, lastAddress(block))).toBe(true);
      expect(held.slice(0, index).some((other) => overlaps(other, block))).toBe(false);
    }
  });
});

test("a pool gives out exactly as many blocks as it counts", () => {
  check((source, count) => {
    expect(fill(source, keys(count)).length).toBe(Math.min(count, countBlocks(source)));
  });
});

test("a block of any size that is held elsewhere in the pool is kept clear of", () => {
  fc.assert(
    fc.property(sources, fc.nat(1023), fc.integer({ min: 24, max: 32 }), (source, offset, length) => {
      const address = POOL_START + offset;
      const held = { address: address - (address % 2 ** (32 - length)), length };
      const block = chooseBlock(source, [held], "a/lb");
      if (block !== undefined) expect(overlaps(block, held)).toBe(false);
    }),
    { numRuns: 1000 },
  );
});

test("which block a key gets does not depend on what others hold, while it is free", () => {
  check((source, count) => {
    const alone = chooseBlock(source, [], "mine/vip");
    const others = fill(source, keys(count));
    const beside = chooseBlock(source, others, "mine/vip");
    if (alone !== undefined && !others.some((other) => overlaps(other, alone))) expect(beside).toEqual(alone);
  });
});

test("two keys rarely choose the same of many blocks", () => {
  const pool = parseIpv4Prefix("10.101.250.0/24");
  if (pool === undefined) throw new Error("no prefix");
  const source = { pool, reserve: 0, length: 32 };
  const chosen = keys(256).map((key) => chooseBlock(source, [], key)?.address);
  // 256 balls in 256 bins fill 162 of them on average; first fit would fill one.
  expect(new Set(chosen).size).toBeGreaterThan(140);
});
