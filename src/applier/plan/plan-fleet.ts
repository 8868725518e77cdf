import { compareText } from "../../core/diagnostic.ts";
import { isAtLeast } from "../../model/talos-impact.ts";
import type { DesiredCluster } from "../desired.ts";
import type { PlanInput } from "./input.ts";
import type { ClusterPlan, MachinePlan, Plan } from "./plan.ts";
import { type ClusterDraft, draftCluster, finishCluster } from "./plan-cluster.ts";
import { type Budget, runBudget, siteBudgets, spend } from "./safety/budget.ts";

/**
 * What it takes to make the machines as git says, in a safe order, and what is not done and why. Pure: the same input
 * gives the same plan, whatever the order of its maps. Nothing in it is a secret.
 */
export function planFleet(input: PlanInput): Plan {
  const ordered = [...input.desired.clusters.values()].toSorted(managementLast);
  const drafts = withinBudgets(
    input,
    ordered.map((cluster) => draftCluster(input, cluster)),
  );
  const plans = drafts
    .map(finishCluster)
    // Whether the others are as they should be was not asked.
    .map((plan) => (input.reboot === undefined ? plan : { ...plan, unchanged: 0 }));
  const clusters = plans.map((plan, index) => withAfter(plan, ordered, plans.slice(0, index)));
  return {
    formatVersion: "1.0",
    observed: input.live.at,
    commit: input.desired.commit,
    clusters,
    summary: summarise(clusters.flatMap(({ machines }) => machines)),
  };
}

/** Management clusters come after all others: what breaks breaks elsewhere first. */
function managementLast(a: DesiredCluster, b: DesiredCluster): number {
  const rank = ({ role }: DesiredCluster) => (role === "management" ? 1 : 0);
  return rank(a) - rank(b) || compareText(a.name, b.name);
}

function withAfter(
  plan: ClusterPlan,
  clusters: readonly DesiredCluster[],
  before: readonly ClusterPlan[],
): ClusterPlan {
  const isManagement = clusters.find(({ name }) => name === plan.cluster)?.role === "management";
  if (!isManagement || !isBusy(plan)) return plan;
  const after = before
    .filter((other) => other.site === plan.site && isBusy(other))
    .map(({ cluster }) => cluster);
  return after.length === 0 ? plan : { ...plan, after };
}

function isBusy({ machines }: ClusterPlan): boolean {
  return machines.some(({ actions }) => actions.length > 0);
}

/** Spends what each site and the run may change on its machines, in the order in which they are reached. */
function withinBudgets(input: PlanInput, clusters: readonly ClusterDraft[]): ClusterDraft[] {
  const bySite = Map.groupBy(input.desired.clusters.values(), ({ site }) => site);
  const inSites = [...bySite].flatMap(([site, members]) => {
    const names = new Set(members.map(({ name }) => name));
    const size = members.reduce((sum, { machines }) => sum + machines.length, 0);
    return siteBudgets(site, input.desired.policies.get(site) ?? [], size).map(
      (budget): Budget => ({
        ...budget,
        counts: (draft) => names.has(draft.machine.cluster) && budget.counts(draft),
      }),
    );
  });
  const drafts = clusters.flatMap((cluster) => cluster.drafts);
  const spent = spend(drafts, [...inSites, ...runBudget(input.limits.maxChange)]);
  let start = 0;
  return clusters.map((cluster) => {
    const from = start;
    start += cluster.drafts.length;
    return { ...cluster, drafts: spent.slice(from, start) };
  });
}

/**
 * The plan for some of its machines alone. What the others would have done first is not done: whoever carries the plan
 * out finds that they are not ready.
 */
export function narrowPlan(plan: Plan, isMeant: (machine: string) => boolean): Plan {
  const clusters = plan.clusters.map((cluster) => ({
    ...cluster,
    machines: cluster.machines.filter(({ machine }) => isMeant(machine)),
  }));
  return { ...plan, clusters, summary: summarise(clusters.flatMap(({ machines }) => machines)) };
}

function summarise(machines: readonly MachinePlan[]): Plan["summary"] {
  const kinds = machines.map(kindOf);
  const count = (kind: ReturnType<typeof kindOf>) => kinds.filter((one) => one === kind).length;
  return { add: count("add"), change: count("change"), destroy: count("destroy") };
}

function kindOf({ actions, impact }: MachinePlan): "add" | "change" | "destroy" | undefined {
  if (isAtLeast(impact, "reinstall")) return "destroy";
  if (actions.some((action) => action.do === "install")) return "add";
  return actions.some((action) => action.do === "configure" || action.do === "reboot") ? "change" : undefined;
}
