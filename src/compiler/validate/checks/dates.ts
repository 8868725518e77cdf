import { type Diagnostic, error, type SourceRef, within } from "../../../core/diagnostic.ts";
import type { Inventory } from "../../../model/inventory.ts";
import type { Policy } from "../../../model/spec-parts.ts";

/** Dates exist in the calendar (ICH3418), and a freeze ends after it begins (ICH3419). */
export function dates(inventory: Inventory): readonly Diagnostic[] {
  return [
    ...freezes(inventory.fleet.spec.policy, within(inventory.fleet.at, "spec", "policy")),
    ...[...inventory.sites.values()].flatMap((site) =>
      freezes(site.spec.policy, within(site.at, "spec", "policy")),
    ),
    ...[...inventory.approvals.values()].flatMap((approval) =>
      judgeDate(approval.spec.expires, within(approval.at, "spec", "expires")),
    ),
    ...[...inventory.nodeLocks.values()].flatMap(({ spec, at }) =>
      spec.until === undefined ? [] : judgeDate(spec.until, within(at, "spec", "until")),
    ),
  ];
}

function freezes(policy: Policy | undefined, at: SourceRef): Diagnostic[] {
  return (policy?.freeze ?? []).flatMap(({ from, until }, index) => {
    const start = within(at, "freeze", index, "from");
    const end = within(at, "freeze", index, "until");
    const wrong = [...judgeDate(from, start), ...judgeDate(until, end)];
    // ISO dates sort as text.
    if (wrong.length > 0 || from <= until) return wrong;
    const message = `the freeze begins on ${from} and ends before that, on ${until}`;
    return [error("ICH3419", end, message, { hint: "`until` is the last day of the freeze" })];
  });
}

function judgeDate(text: string, at: SourceRef): Diagnostic[] {
  const why = whyNoDate(text);
  return why === undefined
    ? []
    : [error("ICH3418", at, `there is no date ${text}: ${why}`, { hint: "write YEAR-MONTH-DAY" })];
}

function whyNoDate(text: string): string | undefined {
  const [year = 0, month = 0, day = 0] = text.split("-").map(Number);
  if (month < 1 || month > 12) return "months run from 01 to 12";
  const days = daysOf(year, month);
  return day < 1 || day > days ? `days of that month run from 01 to ${days}` : undefined;
}

/** Days of a month of the Gregorian calendar; the month from 1. */
function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}
