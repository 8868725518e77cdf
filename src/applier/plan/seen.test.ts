import { expect, test } from "vitest";
import { PlannedFleet } from "../../../test/support/planned-fleet.ts";
import type { RunningMachine } from "../live.ts";
import { seenOf } from "./seen.ts";

const fleet = new PlannedFleet();
const wanted = fleet.machine("w0").documents;
const live = fleet.running(fleet.machine("w0"));
const seen = (changes: Partial<RunningMachine>) => seenOf({ ...live, ...changes }, wanted);

test.each([
  ["another serial number", { hardware: { ...live.hardware, serial: "x" } }],
  ["another version of Talos", { talos: "v1.14.1" }],
  ["another running configuration", { active: [] }],
  ["another configuration for the next boot", { persistent: [] }],
] as const)("a machine with %s is not as it was seen", (_, changes) => {
  expect(seen(changes)).not.toBe(seen({}));
});

test.each([
  ["was booted", { bootId: "other" }],
  ["is not ready for a moment", { ready: false, stage: "booting", unmet: ["x"] }],
  ["has another order of documents", { active: live.active.toReversed() }],
] as const)("a machine that %s is as it was seen", (_, changes) => {
  expect(seen(changes)).toBe(seen({}));
});

test("a machine that is to have something else is planned anew", () => {
  expect(seenOf(live, [...wanted, { kind: "HostnameConfig" }])).not.toBe(seen({}));
  expect(seenOf({ state: "unreachable", why: "a" }, wanted)).toBe(
    seenOf({ state: "unreachable", why: "b" }, wanted),
  );
});
