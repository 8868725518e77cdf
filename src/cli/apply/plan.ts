import { writeFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { formatPlanJson } from "../../applier/plan/file.ts";
import { formatPlan, formatPlanMarkdown } from "../../applier/plan/format.ts";
import type { Mode } from "../../applier/plan/input.ts";
import type { ClusterPlan, Plan } from "../../applier/plan/plan.ts";
import { narrowPlan, planFleet } from "../../applier/plan/plan-fleet.ts";
import type { Registration } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Selector } from "../selector.ts";
import type { RunOptions } from "./options.ts";
import { machinesOf, observeSession, openSession, planInput, type Session } from "./session.ts";

/** What a plan is made with. */
export interface PlanRequest extends RunOptions {
  readonly selector: Selector;
  readonly mode: Mode;
  readonly maxParallel: number | undefined;
  readonly maxChange: number | undefined;
  /** Whether nodes are drained before reboots. */
  readonly drain: boolean;
}

/** `ichor plan`: what apply would do now. */
export async function makePlan(
  registration: Registration,
  request: PlanRequest & {
    readonly output: string;
    readonly out: string | undefined;
    readonly detailed: boolean;
  },
): Promise<ExitCode> {
  const { terminal } = registration;
  const signal = terminal.interruption();
  const session = await openSession(registration, request.selector, request);
  if (session === undefined) return EXIT.error;
  const plan = await planSession(session, request, signal).finally(session.close);
  if (signal.aborted) return EXIT.interrupted;
  if (request.out !== undefined) {
    const path = isAbsolute(request.out) ? request.out : join(terminal.cwd, request.out);
    writeFileSync(path, formatPlanJson(plan), { mode: 0o600 });
  }
  terminal.stdout(formatAs(plan, request.output));
  const hasChanges = hasActions(plan) || plan.clusters.some(isOutOfSync);
  return request.detailed && hasChanges ? EXIT.changes : EXIT.ok;
}

/** Looks at the machines of a session and plans. */
export async function planSession(
  session: Session,
  request: PlanRequest,
  signal: AbortSignal,
): Promise<Plan> {
  const live = await observeSession(session, { parallel: request.parallel, signal });
  const { maxParallel, maxChange, mode, drain: drains } = request;
  const limits = {
    ...(maxParallel === undefined ? {} : { maxParallel }),
    ...(maxChange === undefined ? {} : { maxChange }),
  };
  const plan = planFleet(planInput(session, live, { mode, limits, drains }));
  const { nodes, rack } = request.selector;
  if (nodes === undefined && rack === undefined) return plan;
  const racks = new Map(machinesOf(session.desired).map((machine) => [machine.name, machine.rack]));
  return narrowPlan(
    plan,
    (name) => (nodes?.test(name) ?? true) && (rack === undefined || racks.get(name) === rack),
  );
}

export function hasActions({ clusters }: Plan): boolean {
  return clusters.some(({ machines }) => machines.some(({ actions }) => actions.length > 0));
}

/**
 * Whether a machine of the cluster is not as git says, whatever holds back what would be done about it. Git does not say
 * which nodes are schedulable.
 */
export function isOutOfSync({ machines }: ClusterPlan): boolean {
  return machines.some(({ actions, withheld = [] }) =>
    [...actions, ...withheld].some((action) => action.do !== "uncordon"),
  );
}

function formatAs(plan: Plan, output: string): string {
  if (output === "json") return formatPlanJson(plan);
  return output === "markdown" ? formatPlanMarkdown(plan) : formatPlan(plan);
}
