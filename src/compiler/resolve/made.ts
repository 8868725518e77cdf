import type { ServerPlan } from "../../model/blueprint.ts";
import type { Place } from "../../model/claim.ts";
import type { Inventory } from "../../model/inventory.ts";
import type { Allocation } from "./allocation.ts";
import type { createImages } from "./images.ts";

/** What the plan of a cluster is made from. */
export interface Made {
  readonly inventory: Inventory;
  readonly allocation: Allocation;
  readonly images: ReturnType<typeof createImages>;
  /** The servers that hold a place, by cluster. */
  readonly holders: ReadonlyMap<string, readonly Holder[]>;
}

/** A server and the place that it holds. */
export interface Holder {
  readonly place: Place;
  readonly server: ServerPlan;
}

/** The servers that hold a place, by cluster; those that are being released hold none. */
export function holdersByCluster(
  servers: ReadonlyMap<string, ServerPlan>,
): ReadonlyMap<string, readonly Holder[]> {
  const holders = [...servers.values()].flatMap((server) =>
    server.claim.phase === "held" ? [{ place: server.claim.place, server }] : [],
  );
  return Map.groupBy(holders, ({ place }) => place.cluster);
}
