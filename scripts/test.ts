/**
 * `npm test`: installs what the tests need, runs every suite, and ends with the line `N passed, N failed`.
 * Arguments are handed to vitest: `npm test -- --project unit`.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import process from "node:process";
import { installTestTools } from "./install-test-tools.ts";

/** What is used here of vitest's JSON report. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly numFailedTestSuites: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

const cache = "node_modules/.cache/ichor";
const report = `${cache}/results.json`;
mkdirSync(cache, { recursive: true });
rmSync(report, { force: true });

try {
  installTestTools();
} catch (error) {
  end(error instanceof Error ? error.message : String(error));
}
const run = spawnSync(
  process.execPath,
  [
    "node_modules/vitest/vitest.mjs",
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
    ...process.argv.slice(2),
  ],
  { stdio: "inherit" },
);

let results: Report;
try {
  results = JSON.parse(readFileSync(report, "utf8")) as Report;
} catch {
  end("the tests did not run to their end");
}
// A test file that could not even be loaded has no tests to count, and is a failure all the same; so is a skipped test.
const broken = results.testResults.filter(
  (file) => file.status === "failed" && file.assertionResults.length === 0,
).length;
const failed = results.numFailedTests + broken + results.numPendingTests + results.numTodoTests;
process.stdout.write(`\n${results.numPassedTests} passed, ${failed} failed\n`);
process.exit(failed > 0 || run.status !== 0 ? 1 : 0);

/** Without a result there is still a last line that counts. */
function end(message: string): never {
  process.stdout.write(`\n${message}\n0 passed, 1 failed\n`);
  process.exit(1);
}
