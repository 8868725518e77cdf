import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { buildGo, type GoProgram } from "./go.ts";

/** A Go program at work beside the test: its lines of JSON one after the other, as they come. */
export interface RunningGo {
  /** @throws Error with the program's own words where it ended without another line */
  readonly next: () => Promise<unknown>;
}

/** Starts a sub-command that talks over the network while the test does. It ends by itself: its waits are bounded. */
export function startGo(program: GoProgram, command: string, request: unknown): RunningGo {
  const child = spawn(buildGo(program), [command], { stdio: ["pipe", "pipe", "pipe"], timeout: 60_000 });
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint += text;
  });
  child.stdin.end(JSON.stringify(request));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    next: async () => {
      const line = await lines.next();
      if (line.done === true) throw new Error(`${program} ${command} ended: ${complaint}`);
      return JSON.parse(line.value);
    },
  };
}
