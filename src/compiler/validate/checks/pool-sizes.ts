import { type Diagnostic, error, within } from "../../../core/diagnostic.ts";
import { parseIpv4Prefix, prefixSize } from "../../../core/ip.ts";
import type { Inventory } from "../../../model/inventory.ts";

/** A pool has more addresses than it keeps back (ICH3220), and holds a whole range of each cluster that uses it (ICH3221). */
export function poolSizes(inventory: Inventory): readonly Diagnostic[] {
  return [...reserves(inventory), ...ranges(inventory)];
}

function reserves(inventory: Inventory): Diagnostic[] {
  return [...inventory.addressPools.values()].flatMap((pool) => {
    const prefix = parseIpv4Prefix(pool.spec.prefix);
    const { reserve = 0 } = pool.spec;
    if (prefix === undefined || reserve < prefixSize(prefix.length)) return [];
    const message = `the address pool "${pool.name}" keeps ${reserve} addresses for people to pin, but ${pool.spec.prefix} has only ${prefixSize(prefix.length)}`;
    return [
      error("ICH3220", within(pool.at, "spec", "reserve"), message, {
        hint: "lower `reserve`, or widen the prefix",
      }),
    ];
  });
}

function ranges(inventory: Inventory): Diagnostic[] {
  return [...inventory.clusters.values()].flatMap((cluster) => {
    const { lbPool = "", lbSize } = cluster.spec.network;
    const pool = inventory.addressPools.get(lbPool);
    const prefix = pool === undefined ? undefined : parseIpv4Prefix(pool.spec.prefix);
    if (pool === undefined || prefix === undefined || lbSize === undefined) return [];
    if (Number(lbSize.slice(1)) >= prefix.length) return [];
    const message = `cluster "${cluster.name}" wants a range of ${lbSize} from the address pool "${pool.name}", which is only ${pool.spec.prefix}`;
    return [
      error("ICH3221", within(cluster.at, "spec", "network", "lbSize"), message, {
        hint: `ask for /${prefix.length} or a smaller range, or widen the pool`,
      }),
    ];
  });
}
