import { expect, test } from "vitest";
import type { ExecutionEvent } from "../../applier/execute/events.ts";
import { advance, formatProgress, formatSeconds, NO_PROGRESS } from "./progress.ts";

const at = "2026-11-21T08:00:00Z";
const SIZE = { columns: 80, rows: 24 };

function after(...events: readonly ExecutionEvent[]) {
  return events.reduce(advance, NO_PROGRESS);
}

const STARTED: readonly ExecutionEvent[] = [
  { event: "run-started", at, run: "r", clusters: 2, machines: 5 },
  { event: "cluster-started", at, cluster: "hel1-mgmt", site: "hel1", machines: 3 },
  { event: "cluster-started", at, cluster: "osl2-a", site: "osl2", machines: 2 },
  { event: "machine-started", at, cluster: "hel1-mgmt", machine: "hel1-r001-u01", actions: ["install"] },
];

test("a run shows what it does to whom, and how long that may still take", () => {
  const progress = after(...STARTED, {
    event: "waiting",
    at,
    cluster: "hel1-mgmt",
    machine: "hel1-r001-u01",
    step: "install",
    for: "it is installing",
    until: "2026-11-21T08:30:00Z",
  });
  expect(formatProgress(progress, new Date("2026-11-21T08:01:05Z"), SIZE)).toEqual([
    "0 of 2 clusters, 0 of 5 machines, 1m05s",
    "hel1-mgmt  [....................] 0/3",
    "  hel1-r001-u01  install, at most 28m55s more: it is installing",
    "osl2-a     [....................] 0/2",
  ]);
});

test("machines and clusters that are done count and go", () => {
  const done = { event: "machine-done", at, cluster: "hel1-mgmt", reasons: [] } as const;
  const progress = after(
    ...STARTED,
    { ...done, machine: "hel1-r001-u01", outcome: "done" },
    { ...done, machine: "hel1-r001-u02", outcome: "failed" },
    { event: "cluster-done", at, cluster: "osl2-a", failed: false },
  );
  expect(formatProgress(progress, new Date("2026-11-21T08:01:00Z"), SIZE)).toEqual([
    "1 of 2 clusters, 2 of 5 machines, 1m00s, about 1m30s left",
    "hel1-mgmt  [#############.......] 2/3, 1 not done",
  ]);
});

test("a small terminal gets no line too many and none too long", () => {
  const many = Array.from({ length: 40 }, (_, index): ExecutionEvent[] => [
    { event: "cluster-started", at, cluster: `cluster-with-a-long-name-${index}`, site: "s", machines: 9 },
    ...Array.from(
      { length: 5 },
      (_, machine): ExecutionEvent => ({
        event: "machine-started",
        at,
        cluster: `cluster-with-a-long-name-${index}`,
        machine: `machine-${machine}`,
        actions: ["configure"],
      }),
    ),
  ]).flat();
  const lines = formatProgress(after(...many), new Date(at), { columns: 30, rows: 10 });
  expect(lines.length).toBeLessThan(10);
  expect(lines.every((line) => line.length <= 30)).toBe(true);
});

test("times are short", () => {
  expect([0, 59.6, 185, 3725, -5].map(formatSeconds)).toEqual(["0s", "1m00s", "3m05s", "1h02m", "0s"]);
});
