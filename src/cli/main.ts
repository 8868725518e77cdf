#!/usr/bin/env node
import process from "node:process";
import { createInterface } from "node:readline/promises";
import { text } from "node:stream/consumers";
import { run } from "./run.ts";

const color =
  process.stdout.isTTY === true && (process.env["NO_COLOR"] ?? "") === "" && process.env["TERM"] !== "dumb";

// A reader that has enough, such as head, is no failure of ours.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit();
  });
}

process.exitCode = await run(process.argv.slice(2), {
  cwd: process.cwd(),
  env: process.env,
  color,
  now: () => new Date(),
  interruption,
  ask,
  size: () =>
    process.stderr.isTTY && process.env["TERM"] !== "dumb"
      ? { columns: process.stderr.columns, rows: process.stderr.rows }
      : undefined,
  stdin: async () => (process.stdin.isTTY ? undefined : text(process.stdin)),
  stdout: (output) => process.stdout.write(output),
  stderr: (output) => process.stderr.write(output),
});

/** From now on the first request to end is a wish, the second one an order. */
function interruption(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(130);
      stop.abort();
    });
  }
  return stop.signal;
}

async function ask(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}
