#!/usr/bin/env node
import process from "node:process";
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
  stdin: async () => (process.stdin.isTTY ? undefined : text(process.stdin)),
  stdout: (output) => process.stdout.write(output),
  stderr: (output) => process.stderr.write(output),
});
