import { mustGet } from "../../core/invariant.ts";
import type { Funnel } from "./allocation-model.ts";
import type { Filling, GroupFilling } from "./filling.ts";

/** Counts where the matching servers of a group are at the moment in which it cannot be filled. */
export function funnelOf(filling: Filling, group: GroupFilling): Funnel {
  const counts = {
    placed: 0,
    claimed: 0,
    releasing: 0,
    quarantine: 0,
    broken: 0,
    maintenance: 0,
    retired: 0,
    pinned: 0,
    sameCluster: 0,
    reserved: 0,
    spread: 0,
  };
  const matching = group.want.group.matching ?? new Set();
  for (const server of matching) counts[stageOf(filling, group, server)]++;
  return { needed: group.want.vacancies.length, matching: matching.size, ...counts };
}

function stageOf(
  { stock, taken, pins }: Filling,
  group: GroupFilling,
  name: string,
): Exclude<keyof Funnel, "needed" | "matching"> {
  const holder = taken.get(name);
  if (holder !== undefined) return holder.group === group ? "placed" : "sameCluster";
  const phase = stock.claims.get(name)?.phase;
  if (phase === "held") return "claimed";
  if (phase === "releasing" || phase === "quarantine") return phase;
  const server = mustGet(stock.servers, name);
  if (server.state !== "active") return server.state;
  if (pins.has(name)) return "pinned";
  return group.spread.exceededBy(server).length > 0 ? "spread" : "reserved";
}
