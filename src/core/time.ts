/** A time as RFC 3339 in whole seconds of UTC, `2026-11-21T08:00:00Z`: parts of a second are dropped. */
export function formatTime(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, "Z");
}
