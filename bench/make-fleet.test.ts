import { expect, test } from "vitest";
import { compile } from "../src/compiler/compile.ts";
import type { FleetOptions } from "./fleet-shape.ts";
import { makeFleet } from "./make-fleet.ts";

const SMALL = { sites: 2, racks: 12, servers: 300, clusters: 14 };

const CASES: readonly (readonly [title: string, options: Partial<FleetOptions>])[] = [
  ["a small fleet", SMALL],
  ...[2, 3, 4, 5, 6, 7].map((seed) => [`seed ${seed}`, { ...SMALL, seed }] as const),
  ["a site of one rack", { sites: 1, racks: 1, servers: 40, clusters: 3 }],
];

test.each(CASES)("%s for the benchmark compiles without a diagnostic", (_, options) => {
  const { diagnostics, inventory } = compile(makeFleet(options));
  expect(diagnostics).toEqual([]);
  expect(inventory?.servers.size).toBe(options.servers);
});

test("the same options make the same files", () => {
  expect(makeFleet(SMALL)).toEqual(makeFleet(SMALL));
  expect(makeFleet(SMALL)).not.toEqual(makeFleet({ ...SMALL, seed: 2 }));
});
