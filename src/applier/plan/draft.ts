import { greatestImpact, type Impact } from "../../model/talos-impact.ts";
import type { DesiredMachine } from "../desired.ts";
import type { LiveMachine } from "../live.ts";
import type { Action, MachinePlan, Refusal } from "./plan.ts";
import { seenOf } from "./seen.ts";

/** What is to be done to a machine, before it is known when. */
export interface Draft {
  readonly machine: DesiredMachine;
  readonly live: LiveMachine;
  /** What it is to have, with its secrets; undefined where that is not known. */
  readonly wanted: readonly unknown[] | undefined;
  readonly actions: readonly Action[];
  readonly withheld: readonly Action[];
  readonly refusals: readonly Refusal[];
  readonly notes: readonly string[];
  /** Ways to it may change: it goes alone. */
  readonly isFabric: boolean;
}

/** The same with nothing to do, and why. */
export function withhold(draft: Draft, ...refusals: readonly Refusal[]): Draft {
  return {
    ...draft,
    actions: [],
    withheld: [...draft.withheld, ...draft.actions],
    refusals: [...draft.refusals, ...refusals],
  };
}

/** Withholds where there is something to do and a reason against it. */
export function unless(refusal: Refusal | undefined, draft: Draft): Draft {
  return refusal === undefined || draft.actions.length === 0 ? draft : withhold(draft, refusal);
}

export function impactOf(actions: readonly Action[]): Impact {
  return greatestImpact(actions.map(impactOfAction));
}

function impactOfAction(action: Action): Impact {
  switch (action.do) {
    case "configure":
      return action.impact;
    case "reboot":
      return "reboot";
    case "install":
    case "bootstrap":
    case "record-bootstrap":
    case "uncordon":
      return "none";
  }
}

/** Whether the machine goes away and comes back. */
export function reboots(actions: readonly Action[]): boolean {
  return actions.some((one) => one.do === "reboot" || (one.do === "configure" && one.impact === "reboot"));
}

export function does(draft: Draft, what: Action["do"]): boolean {
  return draft.actions.some((action) => action.do === what);
}

/** @param drains whether nodes are drained before reboots */
export function toMachinePlan(draft: Draft, wave: number, drains: boolean): MachinePlan {
  const { machine, live, wanted, actions, withheld, refusals, notes } = draft;
  return {
    machine: machine.name,
    type: machine.type,
    actions,
    ...(withheld.length === 0 ? {} : { withheld }),
    refusals,
    ...(notes.length === 0 ? {} : { notes }),
    impact: impactOf(actions),
    ...(drains && reboots([...actions, ...withheld]) ? { drain: true } : {}),
    wave,
    seen: seenOf(live, wanted),
  };
}
