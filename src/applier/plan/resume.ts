import { isAtLeast } from "../../model/talos-impact.ts";
import type { Action, ClusterPlan, DocumentChange, MachinePlan, Plan } from "./plan.ts";
import { narrowPlan } from "./plan-fleet.ts";
import { refused } from "./safety/refusal.ts";

/**
 * What is left to do of a plan that somebody agreed to and whose run was cut off. Machines may have gone some of the
 * way; whatever they need now that was not agreed to is refused (ICH7052).
 *
 * @param agreed the plan of that run
 * @param now what is to be done now, as the machines are
 */
export function resumePlan(agreed: Plan, now: Plan): Plan {
  const before = new Map(
    agreed.clusters.flatMap((cluster) =>
      cluster.machines
        .filter(({ actions }) => actions.length > 0)
        .map((machine) => [keyOf(cluster, machine.machine), machine] as const),
    ),
  );
  const clusters = now.clusters.map((cluster) => ({
    ...cluster,
    machines: cluster.machines
      .filter(({ machine }) => before.has(keyOf(cluster, machine)))
      .map((machine) => agreedOnly(machine, before.get(keyOf(cluster, machine.machine)))),
  }));
  return narrowPlan({ ...now, clusters }, () => true);
}

function keyOf({ cluster }: ClusterPlan, machine: string): string {
  return JSON.stringify([cluster, machine]);
}

function agreedOnly(now: MachinePlan, agreed: MachinePlan | undefined): MachinePlan {
  const fresh = now.actions.filter((action) => !agreed?.actions.some((one) => includes(one, action)));
  if (fresh.length === 0) return now;
  const what = fresh.map(({ do: name }) => name).join(", ");
  const refusal = refused(
    "ICH7052",
    `"${now.machine}" needs something that the plan of the interrupted run does not have: ${what}`,
    "plan and apply anew",
  );
  return {
    ...now,
    actions: [],
    withheld: [...now.actions, ...(now.withheld ?? [])],
    refusals: [...now.refusals, refusal],
    impact: "none",
  };
}

/** Whether who agreed to the one agreed to the other. */
function includes(agreed: Action, now: Action): boolean {
  switch (now.do) {
    case "install":
      return agreed.do === "install";
    case "bootstrap":
    case "record-bootstrap":
      return agreed.do === "bootstrap" || agreed.do === "record-bootstrap";
    case "configure":
      return agreed.do === "configure" && agreed.mode === now.mode && hasAll(agreed.changes, now.changes);
    case "reboot":
    case "uncordon":
      return agreed.do === now.do || reboots(agreed);
  }
}

function reboots(action: Action): boolean {
  return action.do === "reboot" || (action.do === "configure" && isAtLeast(action.impact, "reboot"));
}

/** Whether all of these changes end as those do. Where they begin may be another place: some were made. */
function hasAll(agreed: readonly DocumentChange[], now: readonly DocumentChange[]): boolean {
  const ends = new Set(agreed.flatMap(endsOf));
  return now.flatMap(endsOf).every((end) => ends.has(end));
}

function endsOf({ document, change, paths }: DocumentChange): string[] {
  if (change === "removed") return [JSON.stringify([document])];
  return paths.map(({ path, desired }) => JSON.stringify([document, path, desired]));
}
