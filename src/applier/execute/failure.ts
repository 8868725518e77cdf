import type { ExecuteCode } from "../../core/codes/applier/execute.ts";
import { InternalError } from "../../core/invariant.ts";
import { PowerError } from "../power.ts";
import { TalosError } from "../talos-api.ts";
import type { Outcome, Problem } from "./events.ts";

/** Ends the work on a machine: what becomes of the machine, why, and whether the cluster goes on. */
export class StepFailure extends Error {
  override readonly name = "StepFailure";
  readonly outcome: Outcome;
  readonly problem: Problem;
  /** Nothing new is started in the cluster. */
  readonly stops: boolean;

  constructor(outcome: Outcome, problem: Problem, options: { readonly stops: boolean } = { stops: true }) {
    super(problem.message);
    this.outcome = outcome;
    this.problem = problem;
    this.stops = options.stops;
  }
}

export function problem(code: ExecuteCode, message: string, hint?: string): Problem {
  return hint === undefined ? { code, message } : { code, message, hint };
}

/**
 * What was thrown, as a failure of the machine.
 *
 * @throws InternalError as it is: a bug is no failure of a machine
 */
export function failureOf(caught: unknown, redact: (text: string) => string): StepFailure {
  if (caught instanceof StepFailure) return caught;
  if (caught instanceof InternalError) throw caught;
  if (caught instanceof TalosError) {
    const { operation, code, details } = caught;
    return new StepFailure(
      "failed",
      problem("ICH8012", `${operation} failed (${code}): ${oneLine(redact(details))}`),
    );
  }
  const words = caught instanceof Error ? caught.message : String(caught);
  return new StepFailure("failed", problem("ICH8012", oneLine(redact(words))));
}

/** Whether the same call may be made again without harm. */
export function mayRepeat(caught: unknown): boolean {
  return caught instanceof PowerError || (caught instanceof TalosError && caught.mayRepeat);
}

/** Whether nobody knows if the call was carried out. */
export function isUnknown(caught: unknown): boolean {
  return caught instanceof TalosError && ["unavailable", "deadline", "cancelled"].includes(caught.code);
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length <= 500 ? line : `${line.slice(0, 500)} …`;
}
