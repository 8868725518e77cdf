import { InternalError } from "../../core/invariant.ts";
import { formatTime } from "../../core/time.ts";
import type { ClusterPlan, MachinePlan, Refusal } from "../plan/plan.ts";
import type { ClusterRun, ExecuteContext } from "./context.ts";
import type { MachineResult, Outcome, Problem } from "./events.ts";
import { executeMachine, outcomeOfRefusal, withoutKind } from "./execute-machine.ts";
import { failureOf, problem } from "./failure.ts";
import { inParallel } from "./in-parallel.ts";
import type { Acquired } from "./lease.ts";

/** Why the run as a whole starts nothing new, asked before each machine. */
export type MayStart = () => Problem | undefined;

/** Does what the plan says of one cluster, wave by wave, under its lease. */
export async function executeCluster(
  context: ExecuteContext,
  plan: ClusterPlan,
  mayStart: MayStart,
): Promise<readonly MachineResult[]> {
  const settled = plan.machines.map((machine) => settledResult(plan, machine));
  const toDo = plan.machines.filter((_, index) => settled[index] === undefined);
  const ofCluster = plan.refusals.map((refusal) => refusedResult(plan.cluster, undefined, [refusal]));
  const done = new Map<string, MachineResult>();
  if (toDo.length > 0) {
    const at = { cluster: plan.cluster, at: formatTime(context.now()) };
    context.onEvent({ event: "cluster-started", site: plan.site, machines: toDo.length, ...at });
    for (const result of await executeMachines(context, plan, toDo, mayStart)) {
      if (result.machine !== undefined) done.set(result.machine, result);
    }
    const failed = [...done.values()].some(isFailure);
    context.onEvent({ event: "cluster-done", ...at, at: formatTime(context.now()), failed });
  }
  const machines = plan.machines.map(
    ({ machine }, index) =>
      settled[index] ??
      done.get(machine) ?? { cluster: plan.cluster, machine, outcome: "not-started" as const, reasons: [] },
  );
  return [...ofCluster, ...machines];
}

/** Whether a result tells of a failure, its own or one before it. */
export function isFailure({ outcome, reasons }: MachineResult): boolean {
  return outcome === "failed" || outcome === "waiting" || reasons.some(({ code }) => code === "ICH8013");
}

/** The result of a machine that the plan itself has decided. */
function settledResult(plan: ClusterPlan, machine: MachinePlan): MachineResult | undefined {
  const refusals = [...plan.refusals, ...machine.refusals];
  if (refusals.length > 0) return refusedResult(plan.cluster, machine.machine, refusals);
  if (machine.actions.length > 0) return undefined;
  return { cluster: plan.cluster, machine: machine.machine, outcome: "unchanged", reasons: [] };
}

function refusedResult(
  cluster: string,
  machine: string | undefined,
  refusals: readonly Refusal[],
): MachineResult {
  const order: readonly Outcome[] = ["refused", "waiting", "not-started"];
  const outcomes = refusals.map(outcomeOfRefusal);
  const outcome = order.find((one) => outcomes.includes(one)) ?? "refused";
  return { cluster, machine, outcome, reasons: refusals.map(withoutKind) };
}

async function executeMachines(
  context: ExecuteContext,
  plan: ClusterPlan,
  machines: readonly MachinePlan[],
  mayStart: MayStart,
): Promise<readonly MachineResult[]> {
  const all = (outcome: Outcome, why: Problem) =>
    machines.map((machine) => resultOf(plan, machine, outcome, why));
  const early = mayStart();
  if (early !== undefined) return all("not-started", early);
  const desired = context.desired.clusters.get(plan.cluster);
  if (desired === undefined) {
    return all("refused", problem("ICH8015", `the repository has no cluster "${plan.cluster}"`));
  }
  const acquired = await acquire(context, plan.cluster);
  if ("failed" in acquired) return all("failed", acquired.failed);
  if ("heldBy" in acquired) {
    const { host, pid, run, expires } = acquired.heldBy;
    const message = `cluster "${plan.cluster}" is held by run ${run}, process ${pid} on "${host}", until ${expires}`;
    return all("refused", problem("ICH8001", message));
  }
  const { lease } = acquired;
  const { bootstrapped } = desired;
  const run: ClusterRun = { context, desired, plan, lease, bootstrapped, stopped: undefined };
  try {
    return await executeWaves(run, machines, mayStart);
  } finally {
    // What cannot be given back ends by its time.
    await lease.release().catch(() => undefined);
  }
}

async function acquire(
  context: ExecuteContext,
  cluster: string,
): Promise<Acquired | { readonly failed: Problem }> {
  try {
    return await context.leases.acquire(cluster);
  } catch (caught) {
    if (caught instanceof InternalError) throw caught;
    const { message } = failureOf(caught, context.redact).problem;
    return { failed: problem("ICH8012", `the lease of cluster "${cluster}" cannot be taken: ${message}`) };
  }
}

async function executeWaves(
  run: ClusterRun,
  machines: readonly MachinePlan[],
  mayStart: MayStart,
): Promise<readonly MachineResult[]> {
  const start = async (machine: MachinePlan): Promise<MachineResult> => {
    const why = run.stopped ?? mayStart();
    return why === undefined
      ? await executeMachine(run, machine)
      : resultOf(run.plan, machine, "not-started", why);
  };
  const results: MachineResult[] = [];
  for (const wave of [...new Set(machines.map((machine) => machine.wave))].sort((a, b) => a - b)) {
    const members = machines.filter((machine) => machine.wave === wave);
    // Whatever the plan says, control planes go one after another and with nothing beside them.
    for (const machine of members) if (machine.type === "controlplane") results.push(await start(machine));
    const workers = members.filter(({ type }) => type === "worker");
    const calm = workers.filter((worker) => !isDisruptive(worker));
    const disruptive = workers.filter(isDisruptive);
    results.push(...(await inParallel(calm, run.desired.maxParallel, start)));
    results.push(...(await inParallel(disruptive, roomFor(run), start)));
  }
  return results;
}

function isDisruptive({ impact }: MachinePlan): boolean {
  return impact === "service-restart" || impact === "reboot";
}

/**
 * How many workers may go away at a time, those that are away already included. One always may: where there is no room
 * for it, the plan has held it back, unless it is one of those that are away.
 */
function roomFor({ desired, plan }: ClusterRun): number {
  const away = plan.machines.filter(
    ({ type, refusals }) => type === "worker" && refusals.some(({ kind }) => kind === "unreachable"),
  ).length;
  return Math.max(1, Math.min(desired.maxParallel, desired.maxUnavailable - away));
}

function resultOf(
  { cluster }: ClusterPlan,
  { machine }: MachinePlan,
  outcome: Outcome,
  why: Problem,
): MachineResult {
  return { cluster, machine, outcome, reasons: [why] };
}
