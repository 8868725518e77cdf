import fc from "fast-check";
import { expect, it } from "vitest";
import { maskIpv4, overlaps } from "../../core/ip.ts";
import { rangeFinder, type SiteRange } from "./site-ranges.ts";

/** Prefixes of a small space, so that they often nest. */
const prefix = fc
  .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 24, max: 32 }))
  .map(([address, length]) => ({
    address: maskIpv4(address, length),
    length,
  }));

it("the finder finds a range that overlaps exactly where there is one", () => {
  fc.assert(
    fc.property(fc.array(prefix, { maxLength: 12 }), prefix, (prefixes, wanted) => {
      const sorted = prefixes.toSorted((a, b) => a.address - b.address || a.length - b.length);
      const ranges = sorted.map(
        (one): SiteRange => ({
          use: "lb",
          site: "hel1",
          pool: "p",
          reserve: 0,
          prefix: one,
          at: { file: "x.yaml", document: 0, path: [] },
        }),
      );
      const found = rangeFinder(ranges)(wanted);
      expect(found !== undefined).toBe(sorted.some((one) => overlaps(one, wanted)));
      expect(found === undefined || overlaps(found.prefix, wanted)).toBe(true);
    }),
  );
});
