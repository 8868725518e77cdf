import { Command } from "commander";
import { openSession, type Session } from "../src/cli/apply/session.ts";
import type { Terminal } from "../src/cli/terminal.ts";
import { createLeakGuard } from "../src/secrets/leaks/leak-guard.ts";

/** The fleet that a process of the benchmark works on. */
export interface Place {
  readonly root: string;
  /** The age identity that opens its secrets. */
  readonly key: string;
  /** URL of the lab's control server; undefined in the lab itself. */
  readonly lab: string | undefined;
}

/** Machines that are looked at a time, by both clients. */
export const PARALLEL = 64;

/** Compiles, checks and opens everything as `ichor plan` does. */
export async function openPlace({ root, key, lab }: Place): Promise<Session> {
  const program = new Command();
  program.setOptionValue("chdir", root);
  const nothing = () => undefined;
  const session = await openSession(
    {
      program,
      terminal: terminalIn(root, key),
      guard: createLeakGuard(),
      printCredential: nothing,
      finish: nothing,
    },
    { labels: [] },
    { lab, parallel: PARALLEL, outsideWindow: false },
  );
  if (session === undefined) throw new Error("the fleet of the benchmark does not compile");
  return session;
}

function terminalIn(cwd: string, key: string): Terminal {
  return {
    cwd,
    env: { SOPS_AGE_KEY: key },
    color: false,
    now: () => new Date(),
    stdin: () => Promise.resolve(undefined),
    interruption: () => new AbortController().signal,
    ask: () => Promise.resolve(undefined),
    size: () => undefined,
    stdout: () => undefined,
    stderr: (text) => {
      if (text !== "") throw new Error(text);
    },
  };
}
