import { globSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { clusterFolder, exampleMachines, judge, objections, programOf, root } from "./machine-configs.ts";

const clusters = globSync("generated/clusters/*/*/cluster.json", { cwd: root }).sort();
const machines = exampleMachines();

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
