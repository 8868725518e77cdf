import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { buildGo } from "./go.ts";

/** The program in `talosd/`: one machine, made of what Talos publishes, on this machine's loopback. */
export interface Talosd {
  readonly address: string;
  /** Of its key since it last started. */
  readonly fingerprint: () => string;
  /** @throws Error with the program's own words where it does not obey */
  readonly obey: (command: Readonly<Record<string, unknown>>) => Promise<TalosdAnswer>;
  readonly stop: () => Promise<void>;
}

export interface TalosdAnswer {
  readonly problem: string;
  readonly address?: string;
  readonly fingerprint?: string;
  readonly calls?: readonly { readonly method: string; readonly request: unknown }[];
}

/** How long the program may take for anything. */
const LIMIT = 30_000;

/**
 * Starts a machine; `setup` is that of `talosd/node.go`. It ends by {@link Talosd.stop}, and with this process, whose
 * pipe it reads.
 *
 * @throws Error with the program's own words where it ends before it serves
 */
export async function startTalosd(setup: Readonly<Record<string, unknown>>): Promise<Talosd> {
  const child = spawn(buildGo("talosd"), { stdio: ["pipe", "pipe", "pipe"] });
  const ask = conversationWith(child);
  const ready = await ask(setup);
  let fingerprint = ready.fingerprint ?? "";
  return {
    address: ready.address ?? "",
    fingerprint: () => fingerprint,
    obey: async (command) => {
      const answer = await ask(command);
      fingerprint = answer.fingerprint ?? fingerprint;
      return answer;
    },
    stop: async () => {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.stdin.end();
      child.kill();
      await ended;
    },
  };
}

function conversationWith(child: ChildProcessWithoutNullStreams): (line: unknown) => Promise<TalosdAnswer> {
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint += text;
  });
  // A process that is gone says so by its last line, not by its pipe.
  child.stdin.on("error", () => undefined);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return async (line) => {
    const timer = setTimeout(() => child.kill(), LIMIT);
    try {
      child.stdin.write(`${JSON.stringify(line)}\n`);
      const heard = await lines.next();
      if (heard.done === true) throw new Error(`talosd ended: ${complaint}`);
      const answer = JSON.parse(heard.value) as TalosdAnswer;
      if (answer.problem !== "") throw new Error(`talosd: ${answer.problem}`);
      return answer;
    } finally {
      clearTimeout(timer);
    }
  };
}
