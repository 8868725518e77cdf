import type { Candidate, SpreadLimit } from "./allocation-model.ts";

/** How many servers of a group stand in each rack and under each value of a limited label. */
export interface Spread {
  readonly limits: readonly SpreadLimit[];
  readonly add: (server: Candidate, change: 1 | -1) => void;
  readonly inRack: (rack: string) => number;
  /** The limits that one more server would exceed. */
  readonly exceededBy: (server: Candidate) => SpreadLimit[];
  /** Values with more servers than their limit allows, in order. */
  readonly overfull: () => { readonly limit: SpreadLimit; readonly value: string; readonly count: number }[];
}

/** An empty count for a group with these limits. */
export function createSpread(limits: readonly SpreadLimit[]): Spread {
  const racks = new Map<string, number>();
  const counts = limits.map((limit) => ({ limit, byValue: new Map<string, number>() }));
  const bump = (map: Map<string, number>, key: string, change: number) =>
    map.set(key, (map.get(key) ?? 0) + change);
  return {
    limits,
    add: (server, change) => {
      bump(racks, server.rack, change);
      for (const { limit, byValue } of counts) bump(byValue, spreadValue(server, limit), change);
    },
    inRack: (rack) => racks.get(rack) ?? 0,
    exceededBy: (server) =>
      counts
        .filter(({ limit, byValue }) => (byValue.get(spreadValue(server, limit)) ?? 0) >= limit.max)
        .map(({ limit }) => limit),
    overfull: () =>
      counts.flatMap(({ limit, byValue }) =>
        [...byValue]
          .filter(([, count]) => count > limit.max)
          .map(([value, count]) => ({ limit, value, count }))
          .toSorted((a, b) => (a.value < b.value ? -1 : 1)),
      ),
  };
}

/** The rack of a server, or its value of a label; "" where it does not have the label. */
export function spreadValue(server: Candidate, limit: SpreadLimit): string {
  return limit.by === "rack" ? server.rack : (server.labels[limit.by] ?? "");
}
