import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { compile } from "../src/compiler/compile.ts";
import { readFolder } from "../src/compiler/write/read-sources.ts";
import { writeArtifacts } from "../src/compiler/write/write-artifacts.ts";
import { formatPlace } from "../src/model/claim.ts";

/** Two pull requests that were made at the same time, with real git, the way the lock files' first line says. */
const root = mkdtempSync(join(tmpdir(), "ichor-merge-"));
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

function git(...args: readonly string[]): number | null {
  return spawnSync("git", ["-C", root, "-c", "user.name=t", "-c", "user.email=t@example.org", ...args])
    .status;
}

function compileHere() {
  const compilation = compile(readFolder(root));
  expect(compilation.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  writeArtifacts(root, compilation.artifacts, { check: false, overwrite: true });
  return compilation;
}

function addCluster(name: string): void {
  const text = readFileSync(join(root, "clusters/hel1/hel1-mgmt/cluster.yaml"), "utf8")
    .replace("name: hel1-mgmt", `name: ${name}`)
    .replace("role: management", "role: customer")
    .replace(/^ {4}vip: .*/m, "    vipPool: hel1-vips")
    .replace("replicas: 3", "replicas: 1");
  mkdirSync(join(root, "clusters/hel1", name));
  writeFileSync(join(root, "clusters/hel1", name, "cluster.yaml"), text);
  compileHere();
  expect(git("add", "-A")).toBe(0);
  expect(git("commit", "-qm", name)).toBe(0);
}

test("the second of two pull requests takes main's lock files, compiles, and has servers of its own", () => {
  for (const folder of ["inventory", "clusters", "approvals", "locks", "generated"]) {
    cpSync(folder, join(root, folder), { recursive: true });
  }
  git("init", "-q", "-b", "main");
  git("add", "-A");
  git("commit", "-qm", "base");
  git("checkout", "-qb", "second");
  addCluster("hel1-second");
  git("checkout", "-q", "main");
  addCluster("hel1-first");
  git("checkout", "-q", "second");
  // Whether the text merges or not, what to do is the same.
  git("merge", "-q", "main", "-m", "merge");
  expect(git("checkout", "main", "--", "inventory/allocations")).toBe(0);
  const before = compile(readFolder(root)).blueprint?.clusters;
  const { blueprint } = compileHere();
  const held = [...(blueprint?.clusters.values() ?? [])].flatMap(({ nodes }) => nodes);
  expect(new Set(held.map(({ name }) => name)).size).toBe(held.length);
  expect(new Set(held.map(({ place }) => formatPlace(place))).size).toBe(held.length);
  const first = blueprint?.clusters.get("hel1-first")?.nodes.map(({ name }) => name);
  expect(first).toEqual(before?.get("hel1-first")?.nodes.map(({ name }) => name));
  expect(blueprint?.clusters.get("hel1-second")?.nodes).toHaveLength(1);
  const { created, changed, removed, edited } = writeArtifacts(root, compile(readFolder(root)).artifacts, {
    check: true,
    overwrite: false,
  });
  expect({ created, changed, removed, edited }).toEqual({
    created: [],
    changed: [],
    removed: [],
    edited: [],
  });
});
