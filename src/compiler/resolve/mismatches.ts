import type { Problem } from "./allocation-model.ts";
import type { GroupWant } from "./settle.ts";
import { createSpread } from "./spread.ts";
import type { Stock } from "./stock.ts";

/** Where recorded servers no longer are what a cluster's groups ask for. They stay; this is for people to know. */
export function mismatchesOf(stock: Stock, wants: readonly GroupWant[]): Problem[] {
  return wants.flatMap((want) => [...unmatched(stock, want), ...overfull(stock, want)]);
}

function unmatched(stock: Stock, { cluster, group, kept }: GroupWant): Problem[] {
  const { matching, name } = group;
  if (matching === undefined) return [];
  const servers = kept.filter((server) => stock.servers.has(server) && !matching.has(server));
  return servers.length === 0 ? [] : [{ kind: "mismatch", cluster, group: name, servers }];
}

function overfull(stock: Stock, { cluster, group, kept }: GroupWant): Problem[] {
  const spread = createSpread(group.spread);
  for (const name of kept) {
    const server = stock.servers.get(name);
    if (server !== undefined) spread.add(server, 1);
  }
  return spread
    .overfull()
    .map((found) => ({ kind: "spread-exceeded", cluster, group: group.name, ...found }));
}
