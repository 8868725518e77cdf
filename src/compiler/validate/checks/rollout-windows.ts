import { type Diagnostic, error, within } from "../../../core/diagnostic.ts";
import { didYouMean } from "../../../core/suggest.ts";
import type { Inventory } from "../../../model/inventory.ts";

/** The first part of the names of the IANA time zone database that are kept up; others are aliases. */
const AREAS = [
  "Africa",
  "America",
  "Antarctica",
  "Arctic",
  "Asia",
  "Atlantic",
  "Australia",
  "Etc",
  "Europe",
  "Indian",
  "Pacific",
];

/** A rollout window has times of the day (ICH3416) and a time zone with the form of one (ICH3417). */
export function rolloutWindows(inventory: Inventory): readonly Diagnostic[] {
  return [...inventory.clusters.values()].flatMap((cluster) => {
    const window = cluster.spec.rollout?.window;
    if (window === undefined) return [];
    const at = within(cluster.at, "spec", "rollout", "window");
    const times = whyNoTimes(window);
    const zone = whyNoZone(window.slice(window.lastIndexOf(" ") + 1));
    const hint = 'days, times and time zone, such as "Sat 01:00-05:00 Europe/Helsinki"';
    return [
      ...(times === undefined
        ? []
        : [error("ICH3416", at, `the window "${window}" has no length of time: ${times}`, { hint })]),
      ...(zone === undefined
        ? []
        : [error("ICH3417", at, `the window "${window}" has no time zone: ${zone}`, { hint })]),
    ];
  });
}

function whyNoTimes(window: string): string | undefined {
  const [from = "", to = ""] = /\d{2}:\d{2}-\d{2}:\d{2}/.exec(window)?.[0].split("-") ?? [];
  for (const time of [from, to]) {
    if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(time)) return `${time} is no time of the day`;
  }
  return from === to ? `it ends when it begins, at ${from}` : undefined;
}

/** Judges the form alone: which zones exist is known to the machine that waits for the window, not to the compiler. */
function whyNoZone(zone: string): string | undefined {
  if (zone === "UTC") return undefined;
  const [area = "", ...places] = zone.split("/");
  if (!AREAS.includes(area))
    return `"${zone}" is neither UTC nor of the form Area/City${didYouMean(area, AREAS)}`;
  return places.length > 0 && places.every((place) => /^[A-Z]/.test(place))
    ? undefined
    : `"${zone}" names no city, as in Europe/Helsinki`;
}
