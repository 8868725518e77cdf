import fc from "fast-check";
import { expect, test } from "vitest";
import { asnAt, bootstrapAt, loopbackAt, type Position, positionKey, spineAsn } from "./numbers.ts";

const SITES = { address: 0x0a650000, length: 16 };
const BASE = 4200000000;

const positions: fc.Arbitrary<Position> = fc.record({
  siteIndex: fc.integer({ min: 1, max: 948 }),
  rackIndex: fc.integer({ min: 1, max: 999 }),
  slot: fc.integer({ min: 1, max: 63 }),
});
/** Two positions that are often neighbours. */
const pairs = fc
  .tuple(positions, positions, fc.boolean(), fc.boolean())
  .map(
    ([a, b, isNear, isSameRack]) =>
      [
        a,
        isNear ? { ...neighbour(a), slot: b.slot, ...(isSameRack ? { rackIndex: a.rackIndex } : {}) } : b,
      ] as const,
  );

/** The next rack, in the next site. */
function neighbour(position: Position): Position {
  return {
    ...position,
    siteIndex: Math.min(948, position.siteIndex + (position.slot % 2)),
    rackIndex: Math.min(999, position.rackIndex + 1),
  };
}

function check(property: (a: Position, b: Position) => void): void {
  fc.assert(
    fc.property(pairs, ([a, b]) => {
      property(a, b);
    }),
    { numRuns: 2000 },
  );
}

const isSame = (a: Position, b: Position) =>
  a.siteIndex === b.siteIndex && a.rackIndex === b.rackIndex && a.slot === b.slot;

test("I11: two positions of a fleet never share an ASN", () => {
  check((a, b) => expect(asnAt(BASE, a) === asnAt(BASE, b)).toBe(isSame(a, b)));
});

test("I11: two positions of a site share neither loopback nor an address of the boot port", () => {
  check((a, b) => {
    const isPlace = a.rackIndex === b.rackIndex && a.slot === b.slot;
    expect(loopbackAt(SITES, a) === loopbackAt(SITES, b)).toBe(isPlace);
    const [left, right] = [bootstrapAt(SITES, a), bootstrapAt(SITES, b)];
    const addresses = new Set([left.leaf, left.server, right.leaf, right.server]);
    expect(addresses.size).toBe(isPlace ? 2 : 4);
  });
});

test("I11: the numbers depend on the indices and the slot alone", () => {
  check((a) => {
    const other = { ...a, name: "other", u: 99 };
    expect(asnAt(BASE, other)).toBe(BASE + 100000 * a.siteIndex + 100 * a.rackIndex + a.slot);
    expect(loopbackAt(SITES, other)).toBe(SITES.address + 64 * a.rackIndex + a.slot);
    expect(loopbackAt(SITES, { ...a, siteIndex: 1 })).toBe(loopbackAt(SITES, a));
    expect(bootstrapAt(SITES, other)).toEqual(bootstrapAt(SITES, a));
  });
});

test("I11: the leaf has the even end of a boot port's /31", () => {
  check((a) => {
    const { leaf, server } = bootstrapAt(SITES, a);
    expect(leaf % 2).toBe(0);
    expect(server).toBe(leaf + 1);
  });
});

test("I11: the ASN of a site's spines is that of no rack member, and all ASNs are private", () => {
  check((a, b) => {
    expect(asnAt(BASE, a)).not.toBe(spineAsn(BASE, b.siteIndex));
    expect(asnAt(BASE, a)).toBeLessThanOrEqual(4294967294);
  });
});

test("positions of servers stay clear of the offsets that spines use", () => {
  check((a) => expect(positionKey(a)).toBeGreaterThan(64));
});
