import { defineConfig } from "vitest/config";

const setupFiles = ["./test/support/seed.ts"];

/** Three suites: `unit` beside the source, `whole` for the whole tool, `conformance` against real readers. */
export default defineConfig({
  test: {
    testTimeout: 120_000,
    hookTimeout: 600_000,
    // Much of what the whole tool does in a test is to wait for simulated machines.
    maxWorkers: 2,
    projects: [
      { test: { name: "unit", setupFiles, include: ["src/**/*.test.ts"], pool: "threads", isolate: false } },
      {
        test: {
          name: "whole",
          setupFiles,
          include: ["test/*.test.ts", "bench/*.test.ts"],
          testTimeout: 300_000,
        },
      },
      {
        test: {
          name: "conformance",
          setupFiles,
          include: ["test/conformance/*.test.ts"],
          testTimeout: 900_000,
          hookTimeout: 900_000,
          globalSetup: "test/conformance/setup.ts",
        },
      },
    ],
  },
});
