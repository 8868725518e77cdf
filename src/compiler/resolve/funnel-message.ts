import type { Funnel } from "./allocation-model.ts";

/**
 * Says why a group cannot be filled, in numbers that add up:
 * `needs 5 more servers and finds 2; of 40 servers that match pool "general": 2 found a place, 30 in use, ...`
 *
 * @param source what the servers match: `pool "general"`
 */
export function funnelMessage(source: string, limits: string, funnel: Funnel): string {
  const { needed, placed, matching } = funnel;
  const head = `needs ${needed} more ${servers(needed)} and finds ${placed === 0 ? "none" : placed}`;
  if (matching === 0) return `${head}: no server matches ${source}`;
  const parts: readonly (readonly [number, string])[] = [
    [placed, "found a place"],
    [funnel.sameCluster, "went to other groups of this cluster"],
    [funnel.claimed, "in use"],
    [funnel.releasing, "being released"],
    [funnel.quarantine, "in quarantine"],
    [funnel.broken, "broken"],
    [funnel.maintenance, "in maintenance"],
    [funnel.retired, "retired"],
    [funnel.pinned, "pinned to a place"],
    [funnel.reserved, "free but kept for repair"],
    [funnel.spread, `free but beyond the spread limit (${limits})`],
  ];
  const counts = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return `${head}; of ${matching} ${servers(matching)} that match${matching === 1 ? "es" : ""} ${source}: ${counts.join(", ")}`;
}

/** What would help, from where the servers are. */
export function funnelHint(funnel: Funnel): string {
  const { needed, placed } = funnel;
  const missing = needed - placed;
  const advice = [
    funnel.spread > 0 ? "raise the spread limit" : "",
    funnel.reserved > 0 ? "lower the reserve of the pool" : "",
    funnel.quarantine + funnel.releasing > 0 ? "wait for those that are being released or in quarantine" : "",
    funnel.broken + funnel.maintenance > 0 ? "bring back those that are broken or in maintenance" : "",
    funnel.pinned > 0 ? "remove a pin" : "",
    `add ${missing} ${servers(missing)} that match${missing === 1 ? "es" : ""}`,
    "ask for fewer replicas",
  ].filter((one) => one !== "");
  return `${advice.slice(0, -1).join(", ")}, or ${advice.at(-1)}`;
}

function servers(count: number): string {
  return count === 1 ? "server" : "servers";
}
