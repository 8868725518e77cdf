import { defineConfig } from "vitest/config";

/** Three suites: `unit` beside the source, `whole` for the whole tool, `conformance` against real readers. */
export default defineConfig({
  test: {
    testTimeout: 120_000,
    hookTimeout: 600_000,
    projects: [
      { test: { name: "unit", include: ["src/**/*.test.ts"], pool: "threads", isolate: false } },
      { test: { name: "whole", include: ["test/*.test.ts", "bench/*.test.ts"], testTimeout: 300_000 } },
      {
        test: {
          name: "conformance",
          include: ["test/conformance/*.test.ts"],
          testTimeout: 900_000,
          hookTimeout: 900_000,
          globalSetup: "test/conformance/setup.ts",
        },
      },
    ],
  },
});
