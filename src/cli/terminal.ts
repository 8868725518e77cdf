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
  /**
   * Ends when somebody asks the process to end (Ctrl-C, SIGTERM), who is then to be obeyed in good order; whoever asks
   * twice ends it at once. A command that never calls this ends the first time.
   */
  readonly interruption: () => AbortSignal;
  /** Asks a person; undefined where there is none. */
  readonly ask: (question: string) => Promise<string | undefined>;
  /** The size of the terminal that shows stderr; undefined where it is none. */
  readonly size: () => { readonly columns: number; readonly rows: number } | undefined;
  /** The result. */
  readonly stdout: (text: string) => void;
  /** Progress, warnings, questions. */
  readonly stderr: (text: string) => void;
}

/** A mistake in how a command was called; printed as one line, exit code 1. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
