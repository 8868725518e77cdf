import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Lab } from "../src/lab/lab.ts";
import { shapeFleet } from "./fleet-shape.ts";
import { clientRequest, labOf } from "./plan-machines.ts";
import { formatPlanReport } from "./plan-report.ts";
import { fleetOf, makePlanRepository } from "./plan-repository.ts";
import { planPlace, type Ways } from "./plan-run.ts";
import { openPlace } from "./plan-session.ts";

/** Puts loopbacks and boot ports where neither the benchmark nor another test has machines. */
const elsewhere = (text: string) =>
  text.replaceAll(/\b10\.1\./g, "10.233.").replaceAll(/\b10\.102\./g, "10.234.");

test.each([50, 1000, 4000, 11_000])("a fleet of %d machines has that many, or a few more", (machines) => {
  const clusters = shapeFleet(fleetOf(machines)).flatMap((site) => site.clusters);
  const sizes = clusters.map(({ controlPlanes, workers, gpus }) => controlPlanes + workers + gpus);
  const all = sizes.reduce((sum, size) => sum + size, 0);
  expect(all).toBeGreaterThanOrEqual(machines);
  expect(all).toBeLessThan(machines * 1.02 + 5);
});

test("a plan over the machines of the benchmark has no changes", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ichor-bench-test-"));
  let lab: Lab | undefined;
  try {
    const made = await makePlanRepository(join(folder, "fleet"), fleetOf(50), elsewhere);
    const { root, key, machines, clusters } = made;
    const session = await openPlace({ root, key, lab: undefined });
    lab = labOf(session);
    session.close();
    await lab.start();
    const run = (ways: Ways) => planPlace({ root, key, lab: "http://127.0.0.1:1" }, ways);
    const [relayed, dialled] = [await run("relayed"), await run("dialled")];
    for (const { plan, text, calls } of [relayed, dialled]) {
      expect(text.trim()).toBe("No changes.");
      expect(plan.clusters.reduce((sum, { unchanged }) => sum + unchanged, 0)).toBe(machines);
      expect(calls).toMatchObject({ Version: machines, ServiceList: machines, nodes: clusters });
    }
    expect(dialled.calls["dial"]).toBe(machines);
    expect(relayed.calls["dial"]).toBeLessThan(machines);
    expect(clientRequest(session)).toMatchObject({ machines: { length: machines } });
  } finally {
    await lab?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});

test("the report compares the least of each client's runs", () => {
  const run = (ms: number) => ({ wallMs: 2 * ms, cpuMs: ms, peakMiB: ms / 10, labCpuMs: ms });
  const phases = [{ name: "observe", wallMs: 600, cpuMs: 500 }] as const;
  const table = formatPlanReport("10 machines", [
    { name: "ichor", beside: "Go", machines: 10, runs: [run(3000), { ...run(1000), phases }] },
    { name: "Go", beside: "Go", machines: 10, runs: [run(500), run(800)] },
  ]);
  expect(table.split("\n").slice(4)).toEqual([
    "| ichor | 2.0 | 1.0 | 100.00 | 100 | 2.00 | 2.00 | 1.0 |",
    "| … look at the machines | 0.6 | 0.5 | 50.00 |  | 0.60 | 1.00 |  |",
    "| Go | 1.0 | 0.5 | 50.00 | 50 | 1.00 | 1.00 | 0.5 |",
    "",
  ]);
});
