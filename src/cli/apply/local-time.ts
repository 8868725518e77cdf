import { type LocalTime, WEEKDAYS } from "../../applier/plan/input.ts";

/** Reads the wall clock of a time zone; undefined where there is none of the name. */
export function localTime(now: Date, zone: string): LocalTime | undefined {
  try {
    const parts = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    }).formatToParts(now);
    const part = (type: string) => parts.find((one) => one.type === type)?.value ?? "";
    const weekday = WEEKDAYS.find((day) => day === part("weekday"));
    return weekday === undefined
      ? undefined
      : { weekday, minute: Number(part("hour")) * 60 + Number(part("minute")) };
  } catch {
    return undefined;
  }
}
