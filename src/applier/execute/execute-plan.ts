import { formatTime } from "../../core/time.ts";
import type { ClusterPlan, Plan } from "../plan/plan.ts";
import type { ExecuteContext } from "./context.ts";
import type { MachineResult, Problem, RunResult } from "./events.ts";
import { executeCluster, isFailure } from "./execute-cluster.ts";
import { exitCodeOf } from "./exit-code.ts";
import { problem } from "./failure.ts";
import { inParallel } from "./in-parallel.ts";

/**
 * Does what a plan says and nothing else. Sites go side by side; in a site so many clusters at a time, those that
 * manage others last and alone. What machines, BMCs and networks do becomes results; only a bug is thrown.
 */
export async function executePlan(plan: Plan, context: ExecuteContext): Promise<RunResult> {
  const { run, onEvent } = context;
  const toDo = plan.clusters.map(countToDo).filter((count) => count > 0);
  onEvent({
    event: "run-started",
    at: formatTime(context.now()),
    run,
    clusters: toDo.length,
    machines: toDo.reduce((sum, count) => sum + count, 0),
  });
  const sites = Map.groupBy(plan.clusters, ({ site }) => site);
  const bySite = await inParallel([...sites.values()], sites.size, (clusters) =>
    executeSite(context, clusters),
  );
  const byCluster = new Map(bySite.flat().map(({ cluster, results }) => [cluster, results]));
  const results = plan.clusters.flatMap(({ cluster }) => byCluster.get(cluster) ?? []);
  const interrupted = results.some(({ reasons }) => reasons.some(({ code }) => code === "ICH8014"));
  const result: RunResult = { run, results, interrupted };
  onEvent({ event: "run-done", at: formatTime(context.now()), exitCode: exitCodeOf(result), ...result });
  return result;
}

/** Machines of a cluster that are reached. */
function countToDo({ refusals, machines }: ClusterPlan): number {
  if (refusals.length > 0) return 0;
  return machines.filter((one) => one.actions.length > 0 && one.refusals.length === 0).length;
}

interface ClusterResults {
  readonly cluster: ClusterPlan["cluster"];
  readonly results: readonly MachineResult[];
}

async function executeSite(
  context: ExecuteContext,
  clusters: readonly ClusterPlan[],
): Promise<ClusterResults[]> {
  let failed = 0;
  const { failedClusters } = context.limits;
  const mayStart = (): Problem | undefined => {
    if (context.signal.aborted) return problem("ICH8014", "the run was interrupted");
    if (failed < failedClusters) return undefined;
    return problem("ICH8013", `${failed} clusters of the site have failed`);
  };
  const execute = async (plan: ClusterPlan): Promise<ClusterResults> => {
    const results = await executeCluster(context, plan, mayStart);
    if (results.some((result) => isFailure(result) && !isPlanned(plan, result))) failed++;
    return { cluster: plan.cluster, results };
  };
  const manages = ({ cluster, after = [] }: ClusterPlan) =>
    after.length > 0 || context.desired.clusters.get(cluster)?.role === "management";
  const ordinary = clusters.filter((plan) => !manages(plan));
  const done = await inParallel(ordinary, context.limits.clusters, execute);
  return [...done, ...(await inParallel(clusters.filter(manages), 1, execute))];
}

/** What the plan already said is no failure of the run. */
function isPlanned(plan: ClusterPlan, { machine }: MachineResult): boolean {
  if (machine === undefined || plan.refusals.length > 0) return true;
  return plan.machines.some((one) => one.machine === machine && one.refusals.length > 0);
}
