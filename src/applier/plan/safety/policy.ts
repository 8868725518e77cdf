import { formatTime } from "../../../core/time.ts";
import type { Policy } from "../../../model/spec-parts.ts";
import type { DesiredCluster } from "../../desired.ts";
import { type LocalTime, type PlanInput, WEEKDAYS, type Weekday } from "../input.ts";
import type { Refusal } from "../plan.ts";
import { refused, wait } from "./refusal.ts";

/** Nothing is changed where the fleet or the site is paused (ICH7022). */
export function checkPaused(site: string, policies: readonly Policy[]): Refusal | undefined {
  if (!policies.some(({ paused }) => paused === true)) return undefined;
  return refused(
    "ICH7022",
    `changes of site "${site}" are paused`,
    "the policy of the fleet or of the site says `paused: true`; merge its removal to go on",
  );
}

/** Nothing is changed on the days of a freeze, both ends included, by the calendar of UTC (ICH7023). */
export function checkFreeze(site: string, policies: readonly Policy[], now: Date): Refusal | undefined {
  const today = formatTime(now).slice(0, 10);
  const freeze = policies
    .flatMap(({ freeze: days = [] }) => days)
    .find(({ from, until }) => from <= today && today <= until);
  if (freeze === undefined) return undefined;
  return refused(
    "ICH7023",
    `site "${site}" is frozen from ${freeze.from} until ${freeze.until}: ${freeze.reason}`,
    `wait until ${freeze.until} is over, or merge a change of the freeze`,
  );
}

/** Machines of a cluster with a window are changed inside it only (ICH7024, ICH7025). */
export function checkWindow(
  { name, window }: DesiredCluster,
  { now, localTime }: Pick<PlanInput, "now" | "localTime">,
): Refusal | undefined {
  if (window === undefined) return undefined;
  const parsed = parseWindow(window);
  const local = parsed === undefined ? undefined : localTime(now, parsed.zone);
  if (parsed === undefined || local === undefined) {
    return refused(
      "ICH7025",
      `the window "${window}" of cluster "${name}" cannot be told: ${parsed === undefined ? "it has another form" : `"${parsed.zone}" is no time zone here`}`,
      'write days, times and a time zone, such as "Sat 01:00-05:00 Europe/Helsinki"',
    );
  }
  if (isInside(parsed, local)) return undefined;
  return wait("ICH7024", `cluster "${name}" is changed in its window only: ${window}`, "run again then");
}

interface Window {
  readonly days: ReadonlySet<Weekday>;
  readonly from: number;
  readonly to: number;
  readonly zone: string;
}

const DAY = WEEKDAYS.join("|");
const WINDOW = new RegExp(`^(?:(${DAY})(?:-(${DAY}))? )?(\\d\\d):(\\d\\d)-(\\d\\d):(\\d\\d) (\\S+)$`);

function parseWindow(text: string): Window | undefined {
  const match = WINDOW.exec(text);
  if (match === null) return undefined;
  const [, first, last = first, fromHour, fromMinute, toHour, toMinute, zone = ""] = match;
  const days =
    first === undefined ? new Set(WEEKDAYS) : daysBetween(first as Weekday, (last ?? first) as Weekday);
  const from = Number(fromHour) * 60 + Number(fromMinute);
  return { days, from, to: Number(toHour) * 60 + Number(toMinute), zone };
}

/** Days from one to another, over the end of the week too. */
function daysBetween(first: Weekday, last: Weekday): ReadonlySet<Weekday> {
  const start = WEEKDAYS.indexOf(first);
  const length = ((WEEKDAYS.indexOf(last) - start + 7) % 7) + 1;
  return new Set(WEEKDAYS.filter((_, day) => (day - start + 7) % 7 < length));
}

/** A window that runs over midnight belongs to the day on which it starts. */
function isInside({ days, from, to }: Window, { weekday, minute }: LocalTime): boolean {
  const yesterday = WEEKDAYS[(WEEKDAYS.indexOf(weekday) + 6) % 7] ?? weekday;
  if (from < to) return days.has(weekday) && from <= minute && minute < to;
  return (days.has(weekday) && minute >= from) || (days.has(yesterday) && minute < to);
}
