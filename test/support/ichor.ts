import { run } from "../../src/cli/run.ts";

/** What a command printed, and its exit code. */
export interface Printed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where a command runs. */
export interface Place {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly now?: Date;
  /** What is piped into it. */
  readonly stdin?: string;
  readonly interruption?: AbortSignal;
}

/** Runs a command in this process, as main.ts would. */
export async function ichor(place: string | Place, ...args: readonly string[]): Promise<Printed> {
  const {
    cwd,
    env = {},
    now,
    stdin,
    interruption,
  }: Place = typeof place === "string" ? { cwd: place } : place;
  const printed = { stdout: "", stderr: "" };
  const code = await run(args, {
    cwd,
    env,
    color: false,
    now: () => now ?? new Date(),
    stdin: () => Promise.resolve(stdin),
    interruption: () => interruption ?? new AbortController().signal,
    ask: () => Promise.resolve(undefined),
    size: () => undefined,
    stdout: (text) => {
      printed.stdout += text;
    },
    stderr: (text) => {
      printed.stderr += text;
    },
  });
  return { code, ...printed };
}
