import fc from "fast-check";
import { expect, test } from "vitest";
import { type Claim, comparePlaces, formatClaim, parseClaim } from "./claim.ts";

const name = fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,10}[a-z0-9])?$/);
const place = fc.record({ cluster: name, group: name, index: fc.nat(5000) });
const wipe = fc.nat(999_999_999);
const until = fc
  .date({ min: new Date("2000-01-01"), max: new Date("2099-12-31"), noInvalidDate: true })
  .map((date) => `${date.toISOString().slice(0, 16)}Z`);

const claims: fc.Arbitrary<Claim> = fc.oneof(
  fc.record({ phase: fc.constant("free" as const), wipe }),
  fc.record({ phase: fc.constant("held" as const), place, wipe }),
  fc.record({ phase: fc.constant("releasing" as const), place, wipe }),
  fc.record({ phase: fc.constant("quarantine" as const), place, wipe, until }),
);

test("I12: a claim is read as it was written", () => {
  fc.assert(
    fc.property(claims, (claim) => {
      expect(parseClaim(formatClaim(claim))).toEqual(claim);
    }),
    { numRuns: 2000 },
  );
});

test("I12: what is read as a claim is written in the same letters", () => {
  const word = fc.constantFrom(
    "free",
    "w",
    "0",
    "00",
    "7",
    " ",
    "/",
    "a",
    "b-1",
    "releasing",
    "quarantine",
    "until",
  );
  const time = fc.constantFrom("2026-11-22T03:00Z", "2026-11-22T03:00:15Z", "2026-11-22");
  fc.assert(
    fc.property(fc.array(fc.oneof(word, time), { maxLength: 14 }), (words) => {
      const text = words.join("");
      const claim = parseClaim(text);
      if (claim !== undefined) expect(formatClaim(claim)).toBe(text);
    }),
    { numRuns: 5000 },
  );
});

test.each([
  "hel1-vran7/control-plane/0 w3",
  "free w7",
  "hel1-old/general/4 releasing w8",
  "hel1-old/general/5 quarantine w2 until 2026-11-22T03:00Z",
])('"%s" is a claim', (text) => {
  const claim = parseClaim(text);
  expect(claim && formatClaim(claim)).toBe(text);
});

test.each([
  "",
  "free",
  "free w",
  "free w07",
  "free  w7",
  "a/b/0",
  "a/b/01 w1",
  "a/b w1",
  "a/b/0/1 w1",
  "A/b/0 w1",
  "a/b/0 w1 releasing",
  "a/b/0 broken w1",
  "a/b/0 w1 until 2026-11-22T03:00Z",
  "a/b/0 quarantine w1",
  "a/b/0 quarantine w1 until tomorrow",
  "free w1 until 2026-11-22T03:00Z",
])('"%s" is no claim', (text) => {
  expect(parseClaim(text)).toBeUndefined();
});

test("places are ordered by cluster, control planes first, then by group and number", () => {
  const ordered = [
    { cluster: "a", group: "control-plane", index: 2 },
    { cluster: "a", group: "control-plane", index: 10 },
    { cluster: "a", group: "bronze", index: 0 },
    { cluster: "a", group: "general", index: 0 },
    { cluster: "b", group: "control-plane", index: 0 },
  ];
  expect(ordered.toReversed().toSorted(comparePlaces)).toEqual(ordered);
});
