import { compareText } from "../../core/diagnostic.ts";
import type { Place } from "../../model/claim.ts";
import type { AllocationInput, AllocationResult, ClusterRequest, Problem } from "./allocation-model.ts";
import { fillCluster } from "./fill.ts";
import type { PinBook } from "./filling.ts";
import { mismatchesOf } from "./mismatches.ts";
import { type Records, recordsOf, type Settled, settleCluster } from "./settle.ts";
import { openStock, type Stock } from "./stock.ts";

/**
 * Decides which server holds which place. Records come first: a claim stays while its place is wanted, whatever
 * labels, selectors and pins say now. A place without a server takes the one with the highest hash of group and
 * server, in the rack with the fewest servers of the group, so that two changes made at the same time rarely
 * choose the same server and no server or cluster that is added changes what another cluster holds.
 *
 * - A cluster is filled whole or takes nothing. Clusters come by priority, then by name.
 * - Only fewer replicas, a broken server and `deleting` release, never an absence; `protect` lets only repairs pass.
 * - A server is taken only if each pool it belongs to keeps its reserve free. Pins, and places whose last server is
 *   broken, may use the reserve.
 * - What is releasing or in quarantine stays so: the wipe is proved by the applier.
 *
 * Pure; the order of servers and clusters in the input changes nothing.
 */
export function allocate(input: AllocationInput): AllocationResult {
  const stock = openStock(input);
  const records = recordsOf(stock.claims);
  const clusters = input.clusters.toSorted(byPriority);
  const settled = clusters.map((cluster) => settleCluster(stock, cluster, records));
  const mismatches = settled.flatMap(({ wants }) => mismatchesOf(stock, wants));
  const pins = bookPins(settled);
  const filled = settled.map(({ cluster, wants }) => ({ cluster, ...fillCluster(stock, pins, wants) }));
  return {
    claims: stock.claims,
    unfilled: new Set(filled.filter(({ isFilled }) => !isFilled).map(({ cluster }) => cluster)),
    problems: [
      ...goneServers(input),
      ...goneClusters(input, stock, records),
      ...settled.flatMap(({ problems }) => problems),
      ...mismatches,
      ...filled.flatMap(({ problems }) => problems),
    ],
  };
}

function byPriority(a: ClusterRequest, b: ClusterRequest): number {
  return b.priority - a.priority || compareText(a.name, b.name);
}

/** Sets pinned servers aside before anything is chosen; of two places that pin one server the first gets it. */
function bookPins(settled: readonly Settled[]): PinBook {
  const book = new Map<string, Place>();
  for (const { group, vacancies } of settled.flatMap(({ wants }) => wants)) {
    for (const { place } of vacancies) {
      const server = group.pins.get(place.index);
      if (server !== undefined && !book.has(server)) book.set(server, place);
    }
  }
  return book;
}

function goneServers(input: AllocationInput): Problem[] {
  return [...input.gone]
    .filter(([, claim]) => claim.phase !== "free")
    .map(([server, claim]) => ({ kind: "server-gone", server, claim }));
}

/** Claims of clusters that nobody describes any more: kept, since a missing file is no order to wipe. */
function goneClusters(input: AllocationInput, stock: Stock, records: Records): Problem[] {
  const known = new Set(input.clusters.map(({ name }) => name));
  return [...records].flatMap(([cluster, groups]) => {
    if (known.has(cluster) || input.unreadable.has(cluster)) return [];
    const servers = [...groups.values()]
      .flatMap((places) => places.map(({ server }) => server))
      .filter((server) => stock.claims.get(server)?.phase === "held");
    return servers.length === 0 ? [] : [{ kind: "cluster-gone", cluster, servers } as const];
  });
}
