import { mkdirSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { openJournal } from "../../applier/drivers/journal/journal-file.ts";
import type { RunResult } from "../../applier/execute/events.ts";
import { executePlan } from "../../applier/execute/execute-plan.ts";
import { exitCodeOf } from "../../applier/execute/exit-code.ts";
import { formatPlan } from "../../applier/plan/format.ts";
import type { Plan } from "../../applier/plan/plan.ts";
import type { Registration } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { contextOf, nameRun } from "./context.ts";
import type { ExecuteOptions, RunOptions } from "./options.ts";
import { hasActions } from "./plan.ts";
import type { Session } from "./session.ts";
import { forgetPlan, keepPlan } from "./unfinished.ts";
import { openView } from "./view.ts";

/** Something that is to be done, or not any more once `signal` is aborted. */
export interface Run {
  readonly plan: Plan;
  readonly request: ExecuteOptions & Pick<RunOptions, "lab">;
  readonly signal: AbortSignal;
  /** Whether it may be gone on with where it is cut off, and which run it goes on with. */
  readonly resumable?: { readonly resumes: string | undefined };
}

/** Shows a plan, asks, and does what it says. */
export async function carryOut(registration: Registration, session: Session, run: Run): Promise<ExitCode> {
  const { terminal } = registration;
  const { plan, request, signal } = run;
  if (signal.aborted) return EXIT.interrupted;
  if (request.output !== "json") terminal.stdout(formatPlan(plan));
  if (request.dryRun || !hasActions(plan)) return refusalOf(plan);
  if (!request.yes && !(await isConfirmed(registration))) {
    terminal.stderr("nothing was done\n");
    return EXIT.error;
  }
  return await execute(registration, session, run);
}

/** Where nothing is done because of a rule, the exit code says so. */
function refusalOf({ clusters }: Plan): ExitCode {
  const refusals = clusters.flatMap((cluster) => [
    ...cluster.refusals,
    ...cluster.machines.flatMap(({ refusals: own }) => own),
  ]);
  if (refusals.some(({ kind }) => kind === "refused")) return EXIT.refused;
  if (refusals.some(({ kind }) => kind === "wait")) return EXIT.timeout;
  return refusals.some(({ kind }) => kind === "unreachable") ? EXIT.partial : EXIT.ok;
}

async function isConfirmed({ terminal }: Registration): Promise<boolean> {
  const answer = await terminal.ask("Do this? Only yes goes on: ");
  if (answer === undefined)
    terminal.stderr("there is nobody to ask: say --yes, or give a file of `ichor plan --out`\n");
  return answer === "yes";
}

async function execute(
  registration: Registration,
  session: Session,
  { plan, request, signal, resumable }: Run,
): Promise<ExitCode> {
  const { terminal } = registration;
  const folder = stateFolder(registration, session, request.state);
  const run = nameRun(terminal.now());
  if (resumable !== undefined) keepPlan(folder, run, plan);
  if (resumable?.resumes !== undefined) forgetPlan(folder, resumable.resumes);
  const journal = await openJournal(join(folder, "journal.jsonl"));
  const view = openView(terminal, request.output);
  const { lab, drain } = request;
  try {
    const parts = { run, folder, journal, signal, lab, drain, onEvent: view.onEvent };
    const result = await executePlan(plan, contextOf(terminal, session, parts));
    view.close();
    terminal.stderr(`${formatResult(result)}journal: ${join(folder, "journal.jsonl")}\n`);
    const code = exitCodeOf(result);
    if (code === EXIT.ok) forgetPlan(folder, run);
    return code;
  } finally {
    await journal.close();
  }
}

/** What was not done and why, each reason once, and the counts. */
function formatResult({ results }: RunResult): string {
  const reasons = results.flatMap(({ outcome, reasons: own }) =>
    own.map(
      ({ code, message, hint }) => `${outcome}: ${code} ${message}${hint === undefined ? "" : ` (${hint})`}`,
    ),
  );
  const once = [...new Set(reasons)].map((line) => `${line}\n`).join("");
  const counts = [...Map.groupBy(results, ({ outcome }) => outcome)].map(
    ([outcome, machines]) => `${machines.length} ${outcome}`,
  );
  return `${once}${counts.join(", ") || "nothing to do"}\n`;
}

/** Where a fleet's journal, leases and unfinished runs are; made where it is missing. */
export function stateFolder(
  { terminal }: Registration,
  { workspace }: Session,
  said: string | undefined,
): string {
  const { XDG_STATE_HOME: state = "", HOME: home = "" } = terminal.env;
  const base = state === "" ? join(home === "" ? workspace.root : home, ".local/state") : state;
  const fleet = workspace.root.replaceAll(/[^A-Za-z0-9.-]+/g, "_");
  const folder =
    said === undefined ? join(base, "ichor", fleet) : isAbsolute(said) ? said : join(terminal.cwd, said);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}
