import type { planCodes } from "../../../core/codes/applier/plan.ts";
import type { Policy } from "../../../model/spec-parts.ts";
import { isAtLeast } from "../../../model/talos-impact.ts";
import { type Draft, does, impactOf, withhold } from "../draft.ts";
import type { Refusal } from "../plan.ts";
import { refused } from "./refusal.ts";

/** How many machines may be touched in a way. */
export interface Budget {
  readonly counts: (draft: Draft) => boolean;
  readonly max: number;
  readonly refusal: (draft: Draft) => Refusal;
}

const KINDS = [
  { key: "change", code: "ICH7040", verb: "changed", counts: isChange },
  { key: "reboot", code: "ICH7041", verb: "rebooted", counts: isReboot },
  { key: "wipe", code: "ICH7042", verb: "wiped", counts: isWipe },
] as const satisfies readonly {
  key: string;
  code: keyof typeof planCodes;
  verb: string;
  counts: (draft: Draft) => boolean;
}[];

/** What a site's policy allows in one run; the site's word counts before the fleet's. */
export function siteBudgets(site: string, policies: readonly Policy[], machines: number): Budget[] {
  return KINDS.flatMap(({ key, code, verb, counts }) => {
    const said = policies.findLast(({ budgets }) => budgets?.[key] !== undefined)?.budgets?.[key];
    if (said === undefined) return [];
    const max = shareOf(said, machines);
    const refusal = ({ machine }: Draft) =>
      refused(
        code,
        `"${machine.name}" is not ${verb}: one run may have ${said} of site "${site}"'s ${machines} machines ${verb}, which is ${max}`,
        "run again when the first ones are done, or merge a change of the budget",
      );
    return [{ counts, max, refusal }];
  });
}

/** What the command line allows. */
export function runBudget(maxChange: number | undefined): Budget[] {
  if (maxChange === undefined) return [];
  const refusal = ({ machine }: Draft) =>
    refused("ICH7040", `"${machine.name}" is not changed: \`--max-change\` allows ${maxChange}`, "run again");
  return [{ counts: isChange, max: maxChange, refusal }];
}

/** A percentage is rounded down, to one at least: or a small site could never change. */
function shareOf(said: number | string, machines: number): number {
  if (typeof said === "number") return said;
  const percent = Number.parseInt(said, 10);
  return percent === 0 ? 0 : Math.max(1, Math.floor((machines * percent) / 100));
}

/** Withholds from the drafts, in their order, what no budget has room for. */
export function spend(drafts: readonly Draft[], budgets: readonly Budget[]): Draft[] {
  const spent = new Map<Budget, number>();
  return drafts.map((draft) => {
    const touched = budgets.filter(({ counts }) => counts(draft));
    const over = touched.find((budget) => (spent.get(budget) ?? 0) >= budget.max);
    if (over !== undefined) return withhold(draft, over.refusal(draft));
    for (const budget of touched) spent.set(budget, (spent.get(budget) ?? 0) + 1);
    return draft;
  });
}

/** An installation changes no machine that does anything yet. */
function isChange(draft: Draft): boolean {
  return does(draft, "configure") || does(draft, "reboot");
}

function isReboot(draft: Draft): boolean {
  return isAtLeast(impactOf(draft.actions), "reboot");
}

function isWipe(draft: Draft): boolean {
  return isAtLeast(impactOf(draft.actions), "reinstall");
}
