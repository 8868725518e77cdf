import { spawnSync } from "node:child_process";
import process from "node:process";
import { expect, test } from "vitest";
import { compile } from "../src/compiler/compile.ts";
import { readFolder } from "../src/compiler/write/read-sources.ts";
import { sha256 } from "../src/core/hash.ts";
import type { SourceTree } from "../src/model/source-tree.ts";

/** One number for everything that a repository compiles to. */
function digest(tree: SourceTree): string {
  const { artifacts, diagnostics } = compile(tree);
  return sha256(JSON.stringify([artifacts, diagnostics]));
}

const tree = readFolder(".");

test("the same repository compiles to the same bytes", () => {
  expect(digest(tree)).toBe(digest(tree));
});

test("the order of the files does not count", () => {
  const files = [...tree];
  let seed = 7;
  for (let round = 0; round < 5; round++) {
    for (let i = files.length - 1; i > 0; i--) {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      const j = seed % (i + 1);
      [files[i], files[j]] = [files[j] as (typeof files)[number], files[i] as (typeof files)[number]];
    }
    expect(digest(new Map(files))).toBe(digest(tree));
  }
});

test("neither time zone nor locale counts", () => {
  const script = `
    import { compile } from "./src/compiler/compile.ts";
    import { readFolder } from "./src/compiler/write/read-sources.ts";
    import { sha256 } from "./src/core/hash.ts";
    const { artifacts, diagnostics } = compile(readFolder("."));
    process.stdout.write(sha256(JSON.stringify([artifacts, diagnostics])));
  `;
  const run = (env: Readonly<Record<string, string>>) =>
    spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      env: { ...process.env, ...env },
      encoding: "utf8",
    }).stdout;
  const here = digest(tree);
  expect(run({ TZ: "Pacific/Kiritimati", LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8" })).toBe(here);
  expect(run({ TZ: "America/St_Johns", LANG: "C", LC_ALL: "C" })).toBe(here);
});

test("what is compiled compiles to itself: the lock files that it writes change nothing", () => {
  const first = compile(tree);
  const written = new Map(tree);
  for (const { path, text } of first.artifacts) if (path.startsWith("inventory/")) written.set(path, text);
  expect(compile(written).artifacts).toEqual(first.artifacts);
});
