import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import type { SourceTree } from "../src/model/source-tree.ts";
import { catalogueFiles } from "./fleet-catalogue.ts";
import { clusterFiles } from "./fleet-clusters.ts";
import { inventoryFiles } from "./fleet-inventory.ts";
import { type FleetOptions, FULL_SIZE, shapeFleet } from "./fleet-shape.ts";

/**
 * A synthetic fleet in ichor's own formats, without lock files: by default 7 sites, 350 racks, 11,000 servers
 * of 5 models and 320 clusters that use nine tenths of them. The same options give the same bytes.
 */
export function makeFleet(options: Partial<FleetOptions> = {}): SourceTree {
  const all = { ...FULL_SIZE, ...options };
  const sites = shapeFleet(all);
  const racks = Math.max(...sites.map((site) => site.racks.length));
  return new Map([
    ...catalogueFiles(2 * racks),
    ...inventoryFiles(sites, all.seed),
    ...clusterFiles(sites, all.seed),
  ]);
}

/** Writes the files of a tree below a folder. */
export function writeTree(folder: string, tree: SourceTree): void {
  for (const [path, text] of tree) {
    if (typeof text !== "string") continue;
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      sites: { type: "string" },
      racks: { type: "string" },
      servers: { type: "string" },
      clusters: { type: "string" },
      seed: { type: "string" },
    },
  });
  const [folder] = positionals;
  if (folder === undefined) throw new Error("usage: node bench/make-fleet.ts FOLDER [--servers 11000 …]");
  const given = Object.entries(values).map(([name, value]) => [name, Number(value)] as const);
  const tree = makeFleet(Object.fromEntries(given));
  writeTree(folder, tree);
  process.stderr.write(`${tree.size} files below ${folder}\n`);
}
