/** Where a command reads its surroundings and writes its result; the real one is made in main.ts, tests make their own. */
export interface Terminal {
  /** The folder in which the command was started. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether the result goes to a terminal that shows colours. */
  readonly color: boolean;
  /** The time. */
  readonly now: () => Date;
  /** What was piped into the command, to its end; undefined where a person would have to type it. */
  readonly stdin: () => Promise<string | undefined>;
  /** The result. */
  readonly stdout: (text: string) => void;
  /** Progress, warnings, questions. */
  readonly stderr: (text: string) => void;
}

/** A mistake in how a command was called; printed as one line, exit code 1. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
