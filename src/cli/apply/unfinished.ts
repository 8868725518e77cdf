import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatPlanJson, readPlan } from "../../applier/plan/file.ts";
import type { Plan } from "../../applier/plan/plan.ts";
import { UsageError } from "../terminal.ts";

/** A run that did not come to its end, with the plan that was agreed to. */
export interface UnfinishedRun {
  readonly run: string;
  readonly plan: Plan;
}

/** Of runs that nobody resumes so many are kept. */
const KEPT = 20;

/** Keeps the plan of a run until the run is done with it. */
export function keepPlan(folder: string, run: string, plan: Plan): void {
  const path = planOf(folder, run);
  mkdirSync(runsIn(folder), { recursive: true, mode: 0o700 });
  for (const old of runs(folder).slice(0, -KEPT + 1)) rmSync(planOf(folder, old), { force: true });
  writeFileSync(`${path}.part`, formatPlanJson(plan), { mode: 0o600 });
  renameSync(`${path}.part`, path);
}

/** The run came to its end: there is nothing to resume. */
export function forgetPlan(folder: string, run: string): void {
  rmSync(planOf(folder, run), { force: true });
}

/**
 * Finds the run to go on with.
 *
 * @param run undefined: the last one
 * @throws UsageError where there is none, its file cannot be read, or the repository says something else since
 */
export function findUnfinished(folder: string, root: string, run: string | undefined): UnfinishedRun {
  const known = runs(folder);
  const chosen = run ?? known.at(-1);
  if (chosen === undefined || !known.includes(chosen)) {
    const others = known.length === 0 ? "" : `: there are ${known.join(", ")}`;
    throw new UsageError(
      chosen === undefined ? "no run was cut off" : `no run "${chosen}" was cut off${others}`,
    );
  }
  const { value } = readPlan(readFileSync(planOf(folder, chosen), "utf8"), planOf(folder, chosen));
  if (value === undefined) throw new UsageError(`the plan of run ${chosen} cannot be read: apply anew`);
  if (value.commit !== undefined && !saysTheSame(root, value.commit)) {
    throw new UsageError(
      `the repository says something else than in run ${chosen}, at commit ${value.commit.slice(0, 7)}: apply anew`,
    );
  }
  return { run: chosen, plan: value };
}

/** Whether the work tree is that of a commit; what appliers record in it themselves does not count, nor do locks. */
function saysTheSame(root: string, commit: string): boolean {
  const { status } = spawnSync(
    "git",
    ["-C", root, "diff", "--quiet", commit, "--", ".", ":(exclude)inventory/allocations", ":(exclude)locks"],
    { stdio: "ignore" },
  );
  return status === 0;
}

/** Names of runs begin with their time: the last one is the newest. */
function runs(folder: string): readonly string[] {
  if (!existsSync(runsIn(folder))) return [];
  return readdirSync(runsIn(folder))
    .filter((name) => name.endsWith(".plan"))
    .map((name) => name.slice(0, -".plan".length))
    .sort();
}

function runsIn(folder: string): string {
  return join(folder, "runs");
}

function planOf(folder: string, run: string): string {
  return join(runsIn(folder), `${run}.plan`);
}
