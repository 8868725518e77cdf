import type { Candidate } from "./allocation-model.ts";
import { type Filling, type GroupFilling, giveBack, isAllowed, type Taken, take } from "./filling.ts";
import type { Vacancy } from "./settle.ts";
import { spreadValue } from "./spread.ts";

/** So many moves may be tried in one search: a shortage has to be reported in bounded time. */
const MOVES_MAX = 128;

/**
 * Fills a vacancy by moving places that were filled in this run: an augmenting path as in bipartite matching.
 * One step gives a place's server to another group of the cluster, or replaces it by one of the same rack or label.
 * Nothing changes where no path is found. Where each group has one limit, or a single group has two, a path is found if
 * there is one, as long as {@link MOVES_MAX} moves are enough to find it; beyond that an assignment may be missed.
 */
export function exchange(filling: Filling, group: GroupFilling, vacancy: Vacancy): boolean {
  return search({ filling, moved: new Set(), left: MOVES_MAX }, { group, vacancy });
}

interface Search {
  readonly filling: Filling;
  /** Servers that were moved to another place: what their last places could not find then, they cannot find now. */
  readonly moved: Set<Candidate>;
  /** Moves that may still be tried. */
  left: number;
}

type Seeker = Pick<Taken, "group" | "vacancy">;

function search(state: Search, seeker: Seeker): boolean {
  const { filling, moved } = state;
  const { candidates } = seeker.group;
  const direct = candidates.find(({ server }) => isAllowed(filling, seeker, server));
  if (direct !== undefined) {
    take(filling, { ...seeker, server: direct.server, pinned: false });
    return true;
  }
  const rivals = rivalsOf(filling, seeker);
  for (const { server } of candidates) {
    if (moved.has(server)) continue;
    const mine = { ...seeker, server, pinned: false };
    if (rivals(server).some((rival) => swap(state, mine, rival))) return true;
  }
  return false;
}

/** Puts `mine` where `rival` is in the way and finds another server for the rival, or leaves all as it was. */
function swap(state: Search, mine: Taken, rival: Taken): boolean {
  const { filling } = state;
  if (state.left <= 0) return false;
  state.left--;
  giveBack(filling, rival);
  if (isAllowed(filling, mine, mine.server)) {
    state.moved.add(mine.server);
    take(filling, mine);
    if (search(state, { group: rival.group, vacancy: rival.vacancy })) return true;
    giveBack(filling, mine);
  }
  take(filling, rival);
  return false;
}

/** Which of the places filled in this run keep a server from the seeker, any one of them alone. */
function rivalsOf(filling: Filling, { group }: Seeker): (server: Candidate) => readonly Taken[] {
  const movable = [...filling.taken.values()].filter(({ pinned }) => !pinned);
  const own = movable.filter((taken) => taken.group === group);
  const byLimit = new Map(
    group.spread.limits.map((limit) => [limit, Map.groupBy(own, ({ server }) => spreadValue(server, limit))]),
  );
  return (server) => {
    const holder = filling.taken.get(server.name);
    if (holder !== undefined) return holder.pinned || holder.group === group ? [] : [holder];
    // With a single limit another server of the same rack is no gain: it leaves the same room.
    if (group.spread.limits.length < 2) return [];
    const [limit, ...others] = filling.stock.isFree(server.name) ? group.spread.exceededBy(server) : [];
    if (limit === undefined || others.length > 0) return [];
    return byLimit.get(limit)?.get(spreadValue(server, limit)) ?? [];
  };
}
