import type { Outcome, RunResult } from "./events.ts";

export type ExitCode = 0 | 1 | 3 | 4 | 5 | 130;

/**
 * What a run's results come to. An interruption counts before all else, a failure before a refusal, a refusal before
 * what was waited for in vain: each asks for more of a person than the next.
 */
export function exitCodeOf({ results, interrupted }: Omit<RunResult, "run">): ExitCode {
  if (interrupted) return 130;
  const has = (outcome: Outcome) => results.some((result) => result.outcome === outcome);
  if (has("failed")) return has("done") ? 4 : 1;
  if (has("refused")) return has("done") ? 4 : 3;
  if (has("waiting")) return 5;
  // A machine that does not answer: the rest is done.
  return has("not-started") ? 4 : 0;
}
