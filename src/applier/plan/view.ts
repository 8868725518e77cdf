import { compareText } from "../../core/diagnostic.ts";
import { formatPath } from "../../core/path.ts";
import { canonicalText } from "./documents.ts";
import type { Action, ClusterPlan, DocumentChange, MachinePlan, Plan, Refusal } from "./plan.ts";

/** A plan in the order in which people read it; text and Markdown are made of it. */
export interface PlanView {
  /** What is the same on several machines stands here once. */
  readonly groups: readonly ActionGroup[];
  readonly clusters: readonly ClusterView[];
  /** `Plan: 3 to add, 12 to change, 1 to destroy`, or `No changes.` */
  readonly summary: string;
}

export interface ActionGroup {
  /** `+` for a machine that joins, `~` for one that changes, `-` for one that loses what it has, `!` for nothing done. */
  readonly mark: "+" | "~" | "-" | "!";
  /** `configure, mode try, impact service-restart` */
  readonly title: string;
  readonly reasons: readonly string[];
  readonly changes: readonly DocumentChange[];
  readonly byCluster: readonly { readonly cluster: string; readonly machines: readonly string[] }[];
}

export interface ClusterView {
  readonly cluster: string;
  readonly site: string;
  readonly after: readonly string[];
  readonly refusals: readonly Refusal[];
  /** Names of machines, by the steps in which they are reached. */
  readonly steps: readonly (readonly string[])[];
  /** Machines with something against them, by what it is. */
  readonly against: readonly { readonly code: string; readonly refusals: readonly Refusal[] }[];
  readonly notes: readonly { readonly note: string; readonly machines: readonly string[] }[];
  readonly unchanged: number;
}

export function viewPlan(plan: Plan): PlanView {
  return {
    groups: groupActions(plan),
    clusters: plan.clusters.filter(hasSomething).map(viewCluster),
    summary: summaryOf(plan),
  };
}

function hasSomething({ refusals, machines }: ClusterPlan): boolean {
  return refusals.length + machines.length > 0;
}

/** Nothing to do and nothing against it; what could not be looked at may well have changed. */
function summaryOf({ clusters, summary: { add, change, destroy } }: Plan): string {
  const isQuiet = clusters.every(
    ({ refusals, machines }) =>
      refusals.length === 0 &&
      machines.every((machine) => machine.actions.length + machine.refusals.length === 0),
  );
  return isQuiet ? "No changes." : `Plan: ${add} to add, ${change} to change, ${destroy} to destroy`;
}

function groupActions({ clusters }: Plan): ActionGroup[] {
  const entries = clusters.flatMap(({ cluster, machines }) =>
    machines.flatMap((machine) => {
      const actions = machine.actions.length > 0 ? machine.actions : (machine.withheld ?? []);
      return actions.length === 0
        ? []
        : [{ cluster, machine, actions, isHeld: machine.actions.length === 0 }];
    }),
  );
  const groups = Map.groupBy(entries, ({ machine, actions, isHeld }) =>
    canonicalText({ actions, isHeld, drain: machine.drain ?? false }),
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const byCluster = Map.groupBy(group, ({ cluster }) => cluster);
    return {
      mark: first.isHeld ? "!" : markOf(first.machine),
      title: `${first.isHeld ? "held back: " : ""}${titlesOf(first).join(", then ")}`,
      reasons: first.actions.flatMap(reasonsOf),
      changes: first.actions.flatMap((action) => (action.do === "configure" ? action.changes : [])),
      byCluster: [...byCluster].map(([cluster, members]) => ({
        cluster,
        machines: members.map(({ machine }) => machine.machine),
      })),
    };
  });
}

function markOf({ actions, impact }: MachinePlan): ActionGroup["mark"] {
  if (impact === "reinstall" || impact === "wipe") return "-";
  return actions.some((action) => action.do === "install") ? "+" : "~";
}

function titlesOf({ machine, actions }: { machine: MachinePlan; actions: readonly Action[] }): string[] {
  return actions.map((action) => titleOf(action, machine.drain === true));
}

function titleOf(action: Action, drains: boolean): string {
  switch (action.do) {
    case "install":
      return action.contact === "power"
        ? "install, first contact by a power cycle"
        : `install, first contact by Approval "${action.approval ?? ""}"`;
    case "configure":
      return [
        `configure, mode ${action.mode}, impact ${action.impact}`,
        ...(drains && action.impact === "reboot" ? ["drained first"] : []),
      ].join(", ");
    case "bootstrap":
      return "bootstrap etcd";
    case "record-bootstrap":
      return "record in git that etcd was bootstrapped";
    case "reboot":
      return drains ? "drain and reboot" : "reboot";
    case "uncordon":
      return "make the node schedulable again";
  }
}

function reasonsOf(action: Action): readonly string[] {
  if (action.do === "configure") return action.reasons;
  return action.do === "reboot" ? [`reboot: ${action.reason}`] : [];
}

function viewCluster({ cluster, site, after = [], refusals, machines, unchanged }: ClusterPlan): ClusterView {
  const busy = machines.filter(({ actions }) => actions.length > 0);
  const against = Map.groupBy(
    machines.flatMap((machine) => machine.refusals),
    ({ code }) => code,
  );
  const notes = Map.groupBy(
    machines.flatMap(({ machine, notes: said = [] }) => said.map((note) => ({ machine, note }))),
    ({ note }) => note,
  );
  return {
    cluster,
    site,
    after,
    refusals,
    steps: [...Map.groupBy(busy, ({ wave }) => wave)]
      .toSorted(([a], [b]) => a - b)
      .map(([, wave]) => wave.map(({ machine }) => machine)),
    against: [...against]
      .toSorted(([a], [b]) => compareText(a, b))
      .map(([code, list]) => ({ code, refusals: list })),
    notes: [...notes].map(([note, list]) => ({ note, machines: list.map(({ machine }) => machine) })),
    unchanged,
  };
}

/** `v1alpha1: machine.kubelet.image`, or the document alone. */
export function placeOf(document: string, path: DocumentChange["paths"][number]["path"]): string {
  return path.length === 0 ? document : `${document}: ${formatPath(path)}`;
}
