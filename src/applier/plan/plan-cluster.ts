import { isAtLeast } from "../../model/talos-impact.ts";
import { createLeakGuard } from "../../secrets/leaks/leak-guard.ts";
import type { DesiredCluster } from "../desired.ts";
import { type Draft, does, impactOf, toMachinePlan, unless, withhold } from "./draft.ts";
import type { PlanInput } from "./input.ts";
import type { Action, ClusterPlan, Refusal } from "./plan.ts";
import { draftMachine } from "./plan-machine.ts";
import { bootstrapping } from "./safety/bootstrap.ts";
import { checkBundle } from "./safety/bundle.ts";
import { checkOneEtcd, checkQuorum, type EtcdView, etcdView } from "./safety/etcd.ts";
import { checkLock } from "./safety/machine.ts";
import { checkFreeze, checkPaused, checkWindow } from "./safety/policy.ts";
import { wait } from "./safety/refusal.ts";
import { withUncordon } from "./uncordon.ts";
import { addsDisturbed, inTurn, isControlPlane, type Width, wavesOf, widthOf } from "./waves.ts";

/** What is to be done to a cluster, before the budgets of its site. */
export interface ClusterDraft {
  readonly cluster: DesiredCluster;
  readonly refusals: readonly Refusal[];
  /** Machines that were looked at, in the order in which they are reached. */
  readonly drafts: readonly Draft[];
  readonly width: Width;
  /** Its nodes are drained before reboots. */
  readonly drains: boolean;
}

/** Applies every rule that is about one cluster alone. */
export function draftCluster(input: PlanInput, cluster: DesiredCluster): ClusterDraft {
  const bundle = checkBundle(cluster, input.bundles.get(cluster.name));
  const nobody: Width = { maxParallel: 1, maxDisturbed: 0 };
  if (bundle !== undefined) return { cluster, refusals: [bundle], drafts: [], width: nobody, drains: false };
  // Its machines have most of their secrets in common.
  const guard = createLeakGuard();
  const seen = cluster.machines.flatMap((machine) => draftMachine(input, cluster, machine, guard) ?? []);
  const view = etcdView(cluster, input.live);
  // Before there is etcd there is no Kubernetes.
  const drains = input.drains && (cluster.bootstrapped !== undefined || view.holders.length > 0);
  const joined = input.reboot === undefined ? completed(input, cluster, view, seen) : seen;
  const isBusy = joined.some(({ actions }) => actions.length > 0);
  const stops = [checkOneEtcd(cluster, view), ...(isBusy ? policyStops(input, cluster) : [])];
  const refusals = stops.filter((refusal) => refusal !== undefined);
  const width = widthOf(
    cluster,
    joined.filter((draft) => !isControlPlane(draft)),
    input.limits.maxParallel,
  );
  if (refusals.length > 0) {
    return { cluster, refusals, drafts: joined.map((draft) => withhold(draft)), width, drains };
  }
  const drafts = joined.map((draft) =>
    guardAvailability(cluster, width, guardQuorum(input, cluster, view, draft)),
  );
  // What waits for others spends nothing of what the site may do.
  return { cluster, refusals, drafts: inSequence(inTurn(drafts)), width, drains };
}

function policyStops(input: PlanInput, cluster: DesiredCluster): (Refusal | undefined)[] {
  const policies = input.desired.policies.get(cluster.site) ?? [];
  return [
    checkPaused(cluster.site, policies),
    checkFreeze(cluster.site, policies, input.now),
    checkWindow(cluster, input),
  ];
}

/** Adds what makes a cluster whole beside the changes of its machines. */
function completed(
  input: PlanInput,
  cluster: DesiredCluster,
  view: EtcdView,
  drafts: readonly Draft[],
): Draft[] {
  return joinControlPlane(input, cluster, view, drafts).map((draft) => withUncordon(input, cluster, draft));
}

/** Puts the bootstrapping of etcd where it belongs; without it nothing joins the cluster. */
function joinControlPlane(
  { live, locked }: PlanInput,
  cluster: DesiredCluster,
  view: EtcdView,
  drafts: readonly Draft[],
): Draft[] {
  if (cluster.bootstrapped !== undefined) return [...drafts];
  // A machine that is as it should be has nothing that its lock could hold back until now.
  const against = ({ machine, refusals }: Draft) =>
    refusals.length > 0 ? refusals : [checkLock(machine, locked.get(machine.name)) ?? []].flat();
  const ready = drafts.filter((draft) => isControlPlane(draft) && against(draft).length === 0);
  const step = bootstrapping(
    cluster,
    live,
    view,
    ready.map(({ machine }) => machine),
  );
  if (step.next === "wait") {
    return drafts.map((draft) =>
      unless(does(draft, "install") || awaitsEtcd(draft) ? step.refusal : undefined, draft),
    );
  }
  return drafts.map((draft): Draft => {
    if (draft.machine.name !== step.on) return draft;
    if (step.next === "bootstrap") return { ...draft, actions: [...draft.actions, { do: "bootstrap" }] };
    const record: Action = { do: "record-bootstrap" };
    const refusals = against(draft);
    if (refusals.length > 0) return { ...draft, withheld: [...draft.withheld, record], refusals };
    // Alone: a change that etcd does not allow yet would hold the record back, and with it all who are to join.
    return { ...draft, actions: [record], isFabric: false };
  });
}

function awaitsEtcd(draft: Draft): boolean {
  return isControlPlane(draft) && isChanged(draft);
}

/** Whatever a change does to a control plane, it is made while etcd is whole: so it is carried out as well. */
function isChanged(draft: Draft): boolean {
  return does(draft, "configure") || does(draft, "reboot");
}

/** It boots, or tries out what may cut it off from the others. */
function mayBeAway({ actions }: Draft): boolean {
  if (isAtLeast(impactOf(actions), "reboot")) return true;
  return actions.some((action) => action.do === "configure" && action.mode === "try");
}

/** Asks etcd before a control plane joins or is disturbed. In a cluster without etcd there is nobody to ask. */
function guardQuorum(input: PlanInput, cluster: DesiredCluster, view: EtcdView, draft: Draft): Draft {
  if (!isControlPlane(draft)) return draft;
  if (cluster.bootstrapped === undefined && view.holders.length === 0) return draft;
  const joins = does(draft, "install");
  if (!joins && !isChanged(draft)) return draft;
  const disturbance = { machine: draft.machine, joins, mayBeAway: mayBeAway(draft) };
  return unless(checkQuorum(cluster, input.live, view, disturbance), draft);
}

/** Not so many workers are away at a time that too few are left. */
function guardAvailability(cluster: DesiredCluster, { maxDisturbed }: Width, draft: Draft): Draft {
  if (isControlPlane(draft) || !addsDisturbed(draft) || maxDisturbed > 0) return draft;
  return unless(
    wait(
      "ICH7043",
      `"${draft.machine.name}" is not disturbed: as many workers of cluster "${cluster.name}" are away as may be, which is ${cluster.maxUnavailable}`,
      "bring those back, or merge another `rollout.maxUnavailable`",
    ),
    draft,
  );
}

/** Rules that hold a control plane back for a while, so that its workers wait as well. */
const HOLDING: ReadonlySet<string> = new Set([
  "ICH7030",
  "ICH7031",
  "ICH7033",
  "ICH7034",
  "ICH7035",
  "ICH7040",
  "ICH7041",
]);

/** Holds back what comes after something that was held back: whatever joins after etcd, workers after control planes. */
function inSequence(drafts: readonly Draft[]): readonly Draft[] {
  const isHeld = ({ withheld, refusals }: Draft) =>
    beginsEtcd(withheld) || (withheld.length > 0 && refusals.some(({ code }) => HOLDING.has(code)));
  const first = drafts.find((draft) => isControlPlane(draft) && isHeld(draft));
  if (first === undefined) return drafts;
  const { name } = first.machine;
  const noEtcd = beginsEtcd(first.withheld);
  return drafts.map((draft) => {
    if (noEtcd && does(draft, "install")) {
      return withhold(
        draft,
        wait("ICH7036", `"${draft.machine.name}" joins when etcd is bootstrapped on "${name}"`),
      );
    }
    if (isControlPlane(draft) || !(does(draft, "configure") || does(draft, "reboot"))) return draft;
    return withhold(
      draft,
      wait(
        "ICH7037",
        `"${draft.machine.name}" waits for the control planes of its cluster, such as "${name}"`,
      ),
    );
  });
}

function beginsEtcd(actions: readonly Action[]): boolean {
  return actions.some((action) => action.do === "bootstrap" || action.do === "record-bootstrap");
}

/** Puts machines into waves, when all rules have spoken. */
export function finishCluster({ cluster, refusals, width, drains, ...draft }: ClusterDraft): ClusterPlan {
  const drafts = inSequence(draft.drafts);
  const waves = wavesOf(drafts, width);
  const places = new Map(cluster.machines.map(({ name }, place) => [name, place]));
  const idle = drafts
    .toSorted((a, b) => placeIn(places, a) - placeIn(places, b))
    .filter(
      ({ actions, withheld, refusals: against, notes }) =>
        actions.length === 0 && withheld.length + against.length + notes.length > 0,
    );
  return {
    cluster: cluster.name,
    site: cluster.site,
    refusals,
    machines: [
      ...waves.flatMap((wave, index) => wave.map((draft) => toMachinePlan(draft, index, drains))),
      ...idle.map((draft) => toMachinePlan(draft, waves.length, drains)),
    ],
    unchanged: drafts.length - waves.flat().length - idle.length,
  };
}

function placeIn(places: ReadonlyMap<string, number>, { machine }: Draft): number {
  return places.get(machine.name) ?? 0;
}
