/** What a command's exit code says; the same for every command. */
export const EXIT = {
  /** Done, or nothing to do. */
  ok: 0,
  /** Wrong usage, invalid input, failure. */
  error: 1,
  /** There are changes, or files are stale: only with `--check` or `--detailed-exitcode`. */
  changes: 2,
  /** Refused by a safety rule. */
  refused: 3,
  /** Partly done: run again to go on. */
  partial: 4,
  /** Timed out waiting. */
  timeout: 5,
  /** A bug in ichor. */
  bug: 70,
  /** Interrupted by the user. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
