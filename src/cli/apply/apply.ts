import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { readPlan } from "../../applier/plan/file.ts";
import type { Plan } from "../../applier/plan/plan.ts";
import { resumePlan } from "../../applier/plan/resume.ts";
import type { Registration } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { UsageError } from "../terminal.ts";
import { carryOut, stateFolder } from "./carry-out.ts";
import type { ExecuteOptions } from "./options.ts";
import { type PlanRequest, planSession } from "./plan.ts";
import { openSession, type Session } from "./session.ts";
import { findUnfinished, forgetPlan } from "./unfinished.ts";

export interface ApplyRequest extends PlanRequest, ExecuteOptions {
  /** A plan of `ichor plan --out`; undefined: what is to be done now. */
  readonly file: string | undefined;
  /** A run that was cut off and is gone on with; true: the last one. */
  readonly resume: string | true | undefined;
}

/** `ichor apply`: makes the machines as git says. */
export async function applyPlan(registration: Registration, request: ApplyRequest): Promise<ExitCode> {
  if (request.file !== undefined && request.resume !== undefined) {
    throw new UsageError("--resume goes on with the plan of a run: it takes no file");
  }
  if (request.file !== undefined && (request.maxParallel ?? request.maxChange) !== undefined) {
    throw new UsageError(
      "--max-parallel and --max-change belong to `ichor plan`: a plan file is carried out as it is",
    );
  }
  const signal = registration.terminal.interruption();
  const session = await openSession(registration, request.selector, request);
  if (session === undefined) return EXIT.error;
  try {
    if (request.resume !== undefined) return await resume(registration, session, { request, signal });
    const plan =
      request.file === undefined
        ? await planSession(session, request, signal)
        : readFile(registration, session, request.file);
    if (plan === undefined) return EXIT.error;
    return await carryOut(registration, session, {
      plan,
      request,
      signal,
      resumable: { resumes: undefined },
    });
  } finally {
    session.close();
  }
}

/** Does what is left of a run that was cut off. Nobody is asked: its plan was agreed to. */
async function resume(
  registration: Registration,
  session: Session,
  { request, signal }: { readonly request: ApplyRequest; readonly signal: AbortSignal },
): Promise<ExitCode> {
  const { terminal } = registration;
  const folder = stateFolder(registration, session, request.state);
  const asked = request.resume === true ? undefined : request.resume;
  const { run, plan: agreed } = findUnfinished(folder, session.workspace.root, asked);
  terminal.stderr(`going on with run ${run}\n`);
  const plan = resumePlan(agreed, await planSession(session, request, signal));
  const code = await carryOut(registration, session, {
    plan,
    request: { ...request, yes: true },
    signal,
    resumable: { resumes: run },
  });
  if (code === EXIT.ok && !request.dryRun) forgetPlan(folder, run);
  return code;
}

function readFile({ terminal }: Registration, { workspace }: Session, file: string): Plan | undefined {
  const path = isAbsolute(file) ? file : join(terminal.cwd, file);
  const { value, diagnostics } = readPlan(readFileSync(path, "utf8"), file);
  workspace.report(diagnostics);
  return value;
}
