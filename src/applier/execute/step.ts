import type { ExecuteCode } from "../../core/codes/applier/execute.ts";
import { formatTime } from "../../core/time.ts";
import type { MachineRun } from "./context.ts";
import type { Problem, StepName } from "./events.ts";
import { failureOf, mayRepeat, problem, StepFailure } from "./failure.ts";
import type { JournalEntry } from "./journal.ts";

/**
 * Does one step of a machine: only while the lease is ours, written down before and after. A step of several attempts
 * must be one that does no harm when it is done again.
 */
export async function step<T>(
  run: MachineRun,
  name: StepName,
  act: (attempt: number) => Promise<T>,
  attempts = 1,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    await checkLease(run);
    await write(run, name, "started", attempt);
    try {
      const value = await act(attempt);
      await write(run, name, "done", attempt);
      return value;
    } catch (caught) {
      const failure = failureOf(caught, run.context.redact);
      const again = attempt < attempts && mayRepeat(caught);
      await write(run, name, "failed", attempt, { problem: failure.problem, again });
      if (!again) throw failure;
    }
    await run.context.wait(run.context.limits.poll);
  }
}

/** What one look found: the end of the wait, or what is still missing. */
export type Look<T> = { readonly done: T } | { readonly waiting: string };

/**
 * A step that waits: looks again and again, for `limit` milliseconds and once more after that.
 *
 * @throws StepFailure where the time is over, with what was seen last
 */
export function waitStep<T>(
  run: MachineRun,
  name: StepName,
  limit: number,
  look: () => Promise<Look<T>>,
): Promise<T> {
  return step(run, name, async () => {
    const { context } = run;
    const end = context.now().getTime() + limit;
    let last: string | undefined;
    for (;;) {
      const isOver = context.now().getTime() >= end;
      const found = await look();
      if ("done" in found) return found.done;
      const waiting = context.redact(found.waiting);
      if (isOver) throw new StepFailure("waiting", timedOut(limit, waiting));
      if (waiting !== last) {
        last = waiting;
        tellWaiting(run, name, waiting, new Date(end));
      }
      await context.wait(context.limits.poll);
      await checkLease(run);
    }
  });
}

/** @param what without secrets */
export function tellWaiting(run: MachineRun, name: StepName, what: string, until: Date): void {
  run.context.onEvent({ event: "waiting", ...at(run), step: name, for: what, until: formatTime(until) });
}

function timedOut(limit: number, waiting: string): Problem {
  return problem("ICH8008", `timed out after ${formatDuration(limit)}: ${waiting}`);
}

/** Says of a wait that timed out what that means. */
export async function withLastWords<T>(
  code: ExecuteCode,
  meaning: string,
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act();
  } catch (caught) {
    if (!(caught instanceof StepFailure) || caught.problem.code !== "ICH8008") throw caught;
    const { outcome, problem: timeout } = caught;
    throw new StepFailure(outcome, problem(code, `${meaning}: ${timeout.message}`));
  }
}

/** `15m`, `90s`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds % 60 === 0 && seconds > 0 ? `${seconds / 60}m` : `${seconds}s`;
}

/** Before every action: two appliers must never work on one cluster. */
export async function checkLease(run: MachineRun): Promise<void> {
  let why = "another applier has it, or its time is over";
  try {
    if (await run.cluster.lease.holds()) return;
  } catch (caught) {
    why = failureOf(caught, run.context.redact).problem.message;
  }
  throw new StepFailure(
    "failed",
    problem("ICH8002", `the lease of cluster "${run.machine.cluster}" is lost: ${why}`),
  );
}

async function write(
  run: MachineRun,
  name: StepName,
  status: JournalEntry["status"],
  attempt: number,
  failed?: { readonly problem: Problem; readonly again: boolean },
): Promise<void> {
  const { context } = run;
  const place = at(run);
  const entry: JournalEntry = {
    time: place.at,
    run: context.run,
    cluster: place.cluster,
    machine: place.machine,
    step: name,
    status,
    attempt,
    ...(failed === undefined ? {} : { error: `${failed.problem.code}: ${failed.problem.message}` }),
  };
  try {
    await context.journal.append(entry);
  } catch (caught) {
    // The failure that was to be written down matters more than that it could not be.
    if (failed !== undefined) return;
    const { message } = failureOf(caught, context.redact).problem;
    throw new StepFailure("failed", problem("ICH8016", `the journal cannot be written: ${message}`));
  } finally {
    if (failed !== undefined)
      context.onEvent({ event: "step-failed", ...place, step: name, attempt, ...failed });
  }
  if (status !== "failed") context.onEvent({ event: `step-${status}`, ...place, step: name, attempt });
}

function at({ context, machine }: MachineRun): { at: string; cluster: string; machine: string } {
  return { at: formatTime(context.now()), cluster: machine.cluster, machine: machine.name };
}
