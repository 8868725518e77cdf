import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compile } from "../src/compiler/compile.ts";
import { readFolder } from "../src/compiler/write/read-sources.ts";
import { writeArtifacts } from "../src/compiler/write/write-artifacts.ts";

const compilation = compile(readFolder("."));
const generated = readdirSync("generated", { recursive: true, encoding: "utf8", withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name));

test("the example has no errors", () => {
  expect(compilation.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
});

test("generated/ and the lock files are what the example compiles to, file for file", () => {
  const { created, changed, removed, edited } = writeArtifacts(".", compilation.artifacts, {
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

test("every file in generated/ is one that the compiler made", () => {
  const made = new Set(compilation.artifacts.map(({ path }) => path));
  expect(generated.filter((path) => !made.has(path) && !path.endsWith("/manifest.json"))).toEqual([]);
});

test("no file in generated/ holds a secret: keys, tokens and the cluster's identity are references", () => {
  const secret =
    /PRIVATE KEY|UFJJVkFURSBLRVk|BSSVZBVEUgS0VZ|QUklWQVRFIEtFW|AGE-SECRET-KEY|\b[a-z0-9]{6}\.[a-z0-9]{16}\b/;
  expect(generated.filter((path) => secret.test(readFileSync(path, "utf8")))).toEqual([]);
  for (const { path, text } of compilation.artifacts.filter(({ path: file }) =>
    file.includes("/machines/"),
  )) {
    const lines = text
      .split("\n")
      .filter((line) =>
        /^\s*(?:token|secret|secretboxEncryptionSecret|clusterSecret|privateKey|key): ./.test(line),
      );
    expect(
      lines.filter((line) => !/: (?:ref\+sops:\/\/\S+|"")$/.test(line)),
      path,
    ).toEqual([]);
  }
});

test("no file in generated/ collects things of two sites or clusters", () => {
  const clusters = [...(compilation.blueprint?.clusters.values() ?? [])];
  for (const cluster of clusters) {
    const folder = `generated/clusters/${cluster.site}/${cluster.name}/`;
    const others = clusters
      .filter((other) => other !== cluster)
      .flatMap((other) => other.nodes.map((node) => node.name));
    for (const { path, text } of compilation.artifacts.filter((artifact) =>
      artifact.path.startsWith(folder),
    )) {
      expect(
        others.filter((name) => text.includes(name)),
        path,
      ).toEqual([]);
    }
  }
});
