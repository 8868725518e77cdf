import { describe, expect, test } from "vitest";
import { InternalError } from "../../core/invariant.ts";
import type { MachineResult, Outcome } from "./events.ts";
import { exitCodeOf } from "./exit-code.ts";
import { inParallel } from "./in-parallel.ts";
import { plainLine } from "./plain.ts";

function results(...outcomes: readonly Outcome[]): MachineResult[] {
  return outcomes.map((outcome, index) => ({ cluster: "a", machine: `m${index}`, outcome, reasons: [] }));
}

test.each<[number, boolean, readonly Outcome[]]>([
  [0, false, []],
  [0, false, ["done", "unchanged"]],
  [1, false, ["failed", "not-started", "unchanged"]],
  [4, false, ["done", "failed"]],
  [3, false, ["refused", "waiting"]],
  [4, false, ["done", "refused"]],
  [5, false, ["done", "waiting", "not-started"]],
  [4, false, ["unchanged", "not-started"]],
  [130, true, ["done", "not-started"]],
])("exit code %i, interrupted: %s, %j", (code, interrupted, outcomes) => {
  expect(exitCodeOf({ results: results(...outcomes), interrupted })).toBe(code);
});

describe("lines", () => {
  const at = "2026-11-21T08:00:00Z";
  test("say what became of a machine and why", () => {
    const problem = { code: "ICH8003", message: "it changed", hint: "plan again" };
    const [result] = results("refused");
    if (result === undefined) throw new Error("none");
    expect(plainLine({ event: "machine-done", at, ...result, reasons: [problem] })).toBe(
      "2026-11-21T08:00:00Z a/m0: refused: ICH8003 it changed (plan again)",
    );
  });

  test("count the results at the end", () => {
    const run = { run: "r1", results: results("done", "done", "failed"), interrupted: false };
    expect(plainLine({ event: "run-done", at, exitCode: 4, ...run })).toBe(
      "2026-11-21T08:00:00Z run r1: 2 done, 1 failed",
    );
  });

  test("leave out the first attempt of a step", () => {
    const step = { event: "step-started", at, cluster: "a", machine: "m0", step: "apply" } as const;
    expect(plainLine({ ...step, attempt: 1 })).toBeUndefined();
    expect(plainLine({ ...step, attempt: 2 })).toBe("2026-11-21T08:00:00Z a/m0: apply, attempt 2");
  });
});

test("a bug ends what is in parallel only after all that had begun has ended", async () => {
  const ended: number[] = [];
  const work = inParallel([1, 2, 3, 4], 2, async (item) => {
    if (item === 1) throw new InternalError("bug");
    await new Promise((resolve) => setImmediate(resolve));
    ended.push(item);
  });
  await expect(work).rejects.toThrow("bug");
  expect(ended).toEqual([2]);
});
