import { spawnSync } from "node:child_process";
import process from "node:process";
import { expect, test } from "vitest";

/** Lint and types are tests, so that nothing is checked in CI alone. */
test.each([
  ["the types agree", ["node_modules/typescript/bin/tsc", "--noEmit", "-p", "tsconfig.json"]],
  ["biome has nothing to say", ["node_modules/@biomejs/biome/bin/biome", "check", "."]],
  ["oxlint has nothing to say", ["node_modules/oxlint/bin/oxlint", "--type-aware"]],
])("%s", (_, args) => {
  const run = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect(`${run.stdout}${run.stderr}`.trim() && run.status !== 0 ? `${run.stdout}${run.stderr}` : "").toBe(
    "",
  );
  expect(run.status).toBe(0);
});
