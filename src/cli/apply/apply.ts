import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { isAbsolute, join } from "node:path";
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import type { DesiredMachine } from "../../applier/desired.ts";
import { openJournal } from "../../applier/drivers/journal/journal-file.ts";
import { createLeaseFiles } from "../../applier/drivers/journal/lease-file.ts";
import { DEFAULT_LIMITS, type ExecuteContext, type Limits } from "../../applier/execute/context.ts";
import type { RunResult } from "../../applier/execute/events.ts";
import { executePlan } from "../../applier/execute/execute-plan.ts";
import { exitCodeOf } from "../../applier/execute/exit-code.ts";
import { observeMachine, readHardware } from "../../applier/observe/observe.ts";
import { isSameConfiguration } from "../../applier/plan/documents.ts";
import { readPlan } from "../../applier/plan/file.ts";
import { formatPlan } from "../../applier/plan/format.ts";
import type { Plan } from "../../applier/plan/plan.ts";
import { checkFreeze, checkPaused, checkWindow } from "../../applier/plan/safety/policy.ts";
import { seenOf } from "../../applier/plan/seen.ts";
import { invariant, mustGet } from "../../core/invariant.ts";
import { emitYamlDocuments } from "../../core/yaml-emit.ts";
import type { Registration } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { hasActions, type PlanRequest, planSession } from "./plan.ts";
import { recordBootstrapped } from "./record.ts";
import { localTime, openSession, type Session } from "./session.ts";
import { openView } from "./view.ts";

export interface ApplyRequest extends PlanRequest {
  readonly output: string;
  /** A plan of `ichor plan --out`; undefined: what is to be done now. */
  readonly file: string | undefined;
  readonly dryRun: boolean;
  /** Without asking. */
  readonly yes: boolean;
  /** Where journal and leases are; undefined: in the user's folder. */
  readonly state: string | undefined;
}

/** `ichor apply`: makes the machines as git says. */
export async function applyPlan(registration: Registration, request: ApplyRequest): Promise<ExitCode> {
  const { terminal } = registration;
  const signal = terminal.interruption();
  const session = await openSession(registration, request.selector, request);
  if (session === undefined) return EXIT.error;
  const plan =
    request.file === undefined
      ? await planSession(session, request, signal)
      : readFile(registration, session, request.file);
  if (plan === undefined) return EXIT.error;
  if (signal.aborted) return EXIT.interrupted;
  if (request.output !== "json") terminal.stdout(formatPlan(plan));
  if (request.dryRun || !hasActions(plan)) return refusalOf(plan);
  if (!request.yes && !(await isConfirmed(registration))) {
    terminal.stderr("nothing was done\n");
    return EXIT.error;
  }
  return await execute(registration, session, { plan, request, signal });
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

function readFile({ terminal }: Registration, { workspace }: Session, file: string): Plan | undefined {
  const path = isAbsolute(file) ? file : join(terminal.cwd, file);
  const { value, diagnostics } = readPlan(readFileSync(path, "utf8"), file);
  workspace.report(diagnostics);
  return value;
}

async function isConfirmed({ terminal }: Registration): Promise<boolean> {
  const answer = await terminal.ask("Do this? Only yes goes on: ");
  if (answer === undefined)
    terminal.stderr("there is nobody to ask: say --yes, or give a file of `ichor plan --out`\n");
  return answer === "yes";
}

interface Run {
  readonly plan: Plan;
  readonly request: ApplyRequest;
  readonly signal: AbortSignal;
}

async function execute(registration: Registration, session: Session, run: Run): Promise<ExitCode> {
  const { terminal } = registration;
  const folder = stateFolder(registration, session, run.request.state);
  const journal = await openJournal(join(folder, "journal.jsonl"));
  const view = openView(terminal, run.request.output);
  try {
    const context = contextOf(registration, session, { ...run, folder, journal, onEvent: view.onEvent });
    const result = await executePlan(run.plan, context);
    view.close();
    terminal.stderr(`${formatResult(result)}journal: ${join(folder, "journal.jsonl")}\n`);
    return exitCodeOf(result);
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

/** How long a lease lasts without being renewed: longer than any call, shorter than a coffee. */
const LEASE_MS = 120_000;

/** In the lab hours are minutes: it is asked more often. */
const LAB_LIMITS: Limits = { ...DEFAULT_LIMITS, poll: 100 };

function contextOf(
  { terminal }: Registration,
  session: Session,
  run: Run & Pick<ExecuteContext, "journal" | "onEvent"> & { readonly folder: string },
): ExecuteContext {
  const { desired, resolved, secrets, observer, talos, power, workspace } = session;
  const id = `${terminal
    .now()
    .toISOString()
    .replaceAll(/[-:]|\.\d+/g, "")}-${randomBytes(3).toString("hex")}`;
  const wanted = (machine: DesiredMachine) => mustGet(resolved, machine.name);
  const lease = {
    directory: join(run.folder, "leases"),
    run: id,
    host: hostname(),
    pid: process.pid,
    lasts: LEASE_MS,
  };
  return {
    run: id,
    desired,
    configuration: (machine) => Promise.resolve(emitYamlDocuments(wanted(machine))),
    talos,
    power,
    kubernetes: () => undefined,
    credentials: (cluster) => mustGet(secrets.credentials, cluster),
    observe: (machine) => observeMachine(observer, machine),
    hardware: (api, machine) => readHardware(api, machine, observer.parseYaml),
    seenOf: (machine, live) => Promise.resolve(seenOf(live, resolved.get(machine.name))),
    inSync: (machine, live, which) => Promise.resolve(isSameConfiguration(wanted(machine), live[which])),
    record: {
      bootstrapped: (cluster, server) => {
        const site = desired.clusters.get(cluster)?.site;
        invariant(site !== undefined, `the run has no cluster ${cluster}`);
        recordBootstrapped(workspace.root, { site, cluster, server });
        return Promise.resolve();
      },
    },
    leases: createLeaseFiles({ ...lease, now: terminal.now }),
    journal: run.journal,
    hold: (machine) => Promise.resolve(heldBack(session, machine, terminal.now())),
    redact: (text) =>
      workspace.guard.check(text) === undefined ? text : "(withheld: it would have held a secret)",
    now: terminal.now,
    wait: (milliseconds) => setTimeout(milliseconds),
    signal: run.signal,
    limits: run.request.lab === undefined ? DEFAULT_LIMITS : LAB_LIMITS,
    onEvent: run.onEvent,
  };
}

/** A freeze may begin and a window may end while a run goes on. */
function heldBack({ desired }: Session, { cluster }: DesiredMachine, now: Date) {
  const desiredCluster = mustGet(desired.clusters, cluster);
  const policies = desired.policies.get(desiredCluster.site) ?? [];
  return (
    checkPaused(desiredCluster.site, policies) ??
    checkFreeze(desiredCluster.site, policies, now) ??
    checkWindow(desiredCluster, { now, localTime })
  );
}

function stateFolder({ terminal }: Registration, { workspace }: Session, said: string | undefined): string {
  const { XDG_STATE_HOME: state = "", HOME: home = "" } = terminal.env;
  const base = state === "" ? join(home === "" ? workspace.root : home, ".local/state") : state;
  const fleet = workspace.root.replaceAll(/[^A-Za-z0-9.-]+/g, "_");
  const folder =
    said === undefined ? join(base, "ichor", fleet) : isAbsolute(said) ? said : join(terminal.cwd, said);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}
