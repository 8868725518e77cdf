import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { expect, test } from "vitest";
import type { GoProgram } from "./go.ts";
import { judge, type Verdict } from "./machine-configs.ts";

const root = join(import.meta.dirname, "../..");
const clusters = globSync("generated/clusters/*/*/cluster.json", { cwd: root }).sort();
const machines = globSync("generated/clusters/*/*/machines/*.yaml", { cwd: root }).sort();

test("the repository has generated machine configurations, each below a cluster.json", () => {
  expect(machines).not.toEqual([]);
  const orphans = machines.filter((path) => !clusters.includes(join(clusterFolder(path), "cluster.json")));
  expect(orphans).toEqual([]);
});

test.each(["v1.13", "v1.14"] as const)(
  "Talos %s accepts every machine configuration of its clusters",
  (program) => {
    const paths = machines.filter((path) => programOf(path) === program);
    const verdicts = judge(
      program,
      paths.map((name) => ({ name, path: join(root, name) })),
    );
    expect(verdicts.flatMap(objections)).toEqual([]);
    expect(verdicts.map(({ name }) => name)).toEqual(paths);
  },
);

test("every machine configuration runs on a Talos version that has a program here", () => {
  expect(machines.filter((path) => programOf(path) === undefined)).toEqual([]);
});

/** One line for each error, and for a configuration that is no machine's. */
function objections({ name, errors, machineType }: Verdict): readonly string[] {
  const none = machineType === "" && errors.length === 0 ? ["it has no machine type"] : [];
  return [...errors, ...none].map((error) => `${name}: ${error}`);
}

/** The program whose Talos the machine's cluster runs; 1.12 has none of its own and 1.13 reads its contract. */
function programOf(machine: string): GoProgram | undefined {
  const path = join(root, clusterFolder(machine), "cluster.json");
  const cluster: unknown = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
  const talos = (cluster as { readonly talos?: string }).talos ?? "";
  if (/^v?1\.1[23]\./.test(talos)) return "v1.13";
  return /^v?1\.14\./.test(talos) ? "v1.14" : undefined;
}

function clusterFolder(machine: string): string {
  const folder = dirname(machine);
  return basename(folder) === "machines" ? dirname(folder) : folder;
}
