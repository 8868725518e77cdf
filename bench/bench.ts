import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type FleetOptions, FULL_SIZE } from "./fleet-shape.ts";
import { makeFleet, writeTree } from "./make-fleet.ts";
import { type Cost, measureNode, measureProgram } from "./measure.ts";
import { formatReport } from "./report.ts";

const CLI = fileURLToPath(new URL("../src/cli/main.ts", import.meta.url));
const COPY = "`cp -r`";
const EMPTY = "empty node";

interface Subject {
  readonly name: string;
  readonly run: (round: number) => Cost;
}

/**
 * Measures the compiler on a synthetic fleet, each run a process of its own, side by side with the least that
 * the machine can do: to copy the result. The subjects take turns, so that a busy minute of a shared machine
 * falls on all of them. Prints a table; asserts nothing.
 */
function bench(): void {
  const { rounds, fleet } = readOptions();
  const work = mkdtempSync(join(tmpdir(), "ichor-bench-"));
  try {
    const repository = join(work, "fleet");
    writeTree(repository, makeFleet(fleet));
    const subjects = subjectsIn(work, repository);
    const costs = new Map(subjects.map(({ name }) => [name, [] as Cost[]]));
    for (let round = 1; round <= rounds; round++) {
      for (const { name, run } of subjects) {
        process.stderr.write(`round ${round} of ${rounds}: ${name}\n`);
        costs.get(name)?.push(run(round));
      }
    }
    const nodes = globSync("generated/clusters/*/*/machines/*.yaml", { cwd: repository }).length;
    const rows = [...costs].map(([name, runs]) => ({ name, runs }));
    const table = formatReport(rows, { references: { copy: COPY, empty: EMPTY }, nodes });
    process.stdout.write(`${describeFleet(repository, fleet, nodes)}\n\n${table}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** In the order in which one prepares the next. */
function subjectsIn(work: string, repository: string): readonly Subject[] {
  const ichor = (command: string) => measureNode([CLI, command, "-C", repository]);
  const copy = join(work, "copy");
  return [
    { name: EMPTY, run: () => measureNode(["--eval", ""]) },
    {
      name: "compile, nothing there yet",
      run: () => {
        rmSync(join(repository, "generated"), { recursive: true, force: true });
        rmSync(join(repository, "inventory/allocations"), { recursive: true, force: true });
        return ichor("compile");
      },
    },
    {
      name: COPY,
      run: () => {
        rmSync(copy, { recursive: true, force: true });
        mkdirSync(copy);
        return measureProgram("cp", [
          "-r",
          join(repository, "generated"),
          join(repository, "inventory/allocations"),
          copy,
        ]);
      },
    },
    { name: "compile, nothing changed", run: () => ichor("compile") },
    {
      name: "compile, one line of one rack changed",
      run: (round) => {
        replaceNic(repository, round);
        return ichor("compile");
      },
    },
    { name: "validate", run: () => ichor("validate") },
  ];
}

/** Gives the first server of the first rack another MAC address: its nic was replaced. */
function replaceNic(repository: string, round: number): void {
  const [rack] = globSync("inventory/sites/*/racks/*.yaml", { cwd: repository }).sort();
  if (rack === undefined) throw new Error("the fleet has no rack");
  const file = join(repository, rack);
  const mac = `02:00:00:00:00:${round.toString(16).padStart(2, "0")}`;
  writeFileSync(file, readFileSync(file, "utf8").replace(/mac: "[^"]*", port/, `mac: "${mac}", port`));
}

function describeFleet(repository: string, fleet: FleetOptions, nodes: number): string {
  const sizes = globSync(["generated/**", "inventory/allocations/**"], { cwd: repository })
    .map((path) => statSync(join(repository, path)))
    .filter((stats) => stats.isFile())
    .map(({ size }) => size);
  const megabytes = (sizes.reduce((sum, size) => sum + size, 0) / 1e6).toFixed(0);
  return (
    `${fleet.sites} sites, ${fleet.racks} racks, ${fleet.servers} servers, ${fleet.clusters} clusters, ` +
    `${nodes} nodes; ${sizes.length} files of ${megabytes} MB made. ` +
    `Node ${process.versions.node}, ${cpus().length} processors.`
  );
}

function readOptions(): { readonly rounds: number; readonly fleet: FleetOptions } {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "3" },
      sites: { type: "string", default: String(FULL_SIZE.sites) },
      racks: { type: "string", default: String(FULL_SIZE.racks) },
      servers: { type: "string", default: String(FULL_SIZE.servers) },
      clusters: { type: "string", default: String(FULL_SIZE.clusters) },
      seed: { type: "string", default: String(FULL_SIZE.seed) },
    },
  });
  const { rounds, sites, racks, servers, clusters, seed } = values;
  return {
    rounds: Number(rounds),
    fleet: {
      sites: Number(sites),
      racks: Number(racks),
      servers: Number(servers),
      clusters: Number(clusters),
      seed: Number(seed),
    },
  };
}

bench();
