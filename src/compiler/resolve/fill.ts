import { compareText } from "../../core/diagnostic.ts";
import { hash53 } from "../../core/hash.ts";
import { mustGet } from "../../core/invariant.ts";
import { CONTROL_PLANE, formatClaim, formatPlace } from "../../model/claim.ts";
import type { Candidate, PinFault, Problem } from "./allocation-model.ts";
import { exchange } from "./exchange.ts";
import {
  type Filling,
  type GroupFilling,
  giveBack,
  isAllowed,
  type PinBook,
  type Preferred,
  take,
} from "./filling.ts";
import { funnelOf } from "./funnel.ts";
import type { GroupWant, Vacancy } from "./settle.ts";
import { createSpread } from "./spread.ts";
import type { Stock } from "./stock.ts";

/**
 * Fills every vacancy of a cluster, or none: where a group runs short or a pin cannot be obeyed, all that was
 * taken is given back.
 *
 * @returns why not every vacancy was filled; a group without known candidates fails without a problem
 */
export function fillCluster(
  stock: Stock,
  pins: PinBook,
  wants: readonly GroupWant[],
): { readonly isFilled: boolean; readonly problems: readonly Problem[] } {
  const filling: Filling = { stock, pins, taken: new Map() };
  const open = wants.filter(({ vacancies }) => vacancies.length > 0);
  const groups = open.map((want) => openGroup(filling, want)).toSorted(byNeed);
  const results = groups.map((group) => fillGroup(filling, group));
  const isFilled = results.every((result) => result.isFilled);
  if (!isFilled) for (const taken of filling.taken.values()) giveBack(filling, taken);
  return { isFilled, problems: results.flatMap(({ problems }) => problems) };
}

/** The group with the fewest candidates first, so that a wide group does not take what a narrow one needs. */
function byNeed(a: GroupFilling, b: GroupFilling): number {
  const [left, right] = [a.want.group.name, b.want.group.name];
  return (
    a.candidates.length - b.candidates.length ||
    Number(right === CONTROL_PLANE) - Number(left === CONTROL_PLANE) ||
    compareText(left, right)
  );
}

function openGroup({ stock, pins }: Filling, want: GroupWant): GroupFilling {
  const spread = createSpread(want.group.spread);
  for (const name of want.kept) {
    const server = stock.servers.get(name);
    if (server !== undefined) spread.add(server, 1);
  }
  const key = `${want.cluster}/${want.group.name}|`;
  const candidates: Preferred[] = [];
  for (const name of want.group.matching ?? []) {
    if (!stock.isFree(name) || pins.has(name)) continue;
    candidates.push({ server: mustGet(stock.servers, name), weight: hash53(key + name) });
  }
  candidates.sort((a, b) => b.weight - a.weight || compareText(a.server.name, b.server.name));
  return { want, spread, candidates };
}

function fillGroup(
  filling: Filling,
  group: GroupFilling,
): { readonly isFilled: boolean; readonly problems: readonly Problem[] } {
  const { matching, pins, name } = group.want.group;
  if (matching === undefined) return { isFilled: false, problems: [] };
  const { vacancies, cluster } = group.want;
  const refused = vacancies.flatMap((vacancy) => obeyPin(filling, group, vacancy));
  const choosing = vacancies.filter(({ place }) => !pins.has(place.index));
  // Ordinary places first: they must leave the reserve alone, and repairs may then use it.
  const isFilled =
    fillPlaces(
      filling,
      group,
      choosing.filter(({ repair }) => !repair),
    ) &&
    fillPlaces(
      filling,
      group,
      choosing.filter(({ repair }) => repair),
    );
  if (isFilled) return { isFilled: refused.length === 0, problems: refused };
  const short = { kind: "short", cluster, group: name, funnel: funnelOf(filling, group) } as const;
  return { isFilled: false, problems: [...refused, short] };
}

/** Takes the pinned server of a vacancy, even from the reserve; says why where that is impossible. */
function obeyPin(filling: Filling, group: GroupFilling, vacancy: Vacancy): Problem[] {
  const name = group.want.group.pins.get(vacancy.place.index);
  if (name === undefined) return [];
  const server = filling.stock.servers.get(name);
  const refuse = (fault: PinFault, detail = ""): Problem[] => [
    { kind: "pin-refused", place: vacancy.place, server: name, fault, detail },
  ];
  if (server === undefined) return refuse("unknown");
  const booked = filling.pins.get(name);
  if (booked !== undefined && formatPlace(booked) !== formatPlace(vacancy.place)) {
    return refuse("pinned-twice", formatPlace(booked));
  }
  if (!filling.stock.isFree(name)) return refuse("not-free", useOf(filling.stock, server));
  if (group.want.group.matching?.has(name) !== true) return refuse("not-matching");
  const [limit] = group.spread.exceededBy(server);
  if (limit !== undefined) return refuse("spread", `at most ${limit.max} per ${limit.by}`);
  take(filling, { server, group, vacancy, pinned: true });
  return [];
}

function useOf(stock: Stock, server: Candidate): string {
  const claim = mustGet(stock.claims, server.name);
  return claim.phase === "free" ? server.state : formatClaim(claim);
}

/** Fills vacancies one by one, by exchange where the preferred choice led into a corner. */
function fillPlaces(filling: Filling, group: GroupFilling, vacancies: readonly Vacancy[]): boolean {
  if (vacancies.length === 0) return true;
  const queues = queuesByRack(group.candidates);
  return vacancies.every((vacancy) => {
    const server = leastUsedRack({ filling, group, vacancy, queues });
    if (server === undefined) return exchange(filling, group, vacancy);
    take(filling, { server, group, vacancy, pinned: false });
    return true;
  });
}

/** The candidates of each rack, the preferred one last. */
function queuesByRack(candidates: readonly Preferred[]): Preferred[][] {
  const queues = Map.groupBy(candidates, ({ server }) => server.rack);
  return [...queues.values()].map((queue) => queue.toReversed());
}

interface Choice {
  readonly filling: Filling;
  readonly group: GroupFilling;
  readonly vacancy: Vacancy;
  readonly queues: readonly Preferred[][];
}

/** The preferred server of the rack with the fewest servers of the group. Drops candidates that are not allowed. */
function leastUsedRack({ filling, group, vacancy, queues }: Choice): Candidate | undefined {
  let best: Preferred | undefined;
  let bestUsed = 0;
  for (const queue of queues) {
    let head = queue.at(-1);
    while (head !== undefined && !isAllowed(filling, { group, vacancy }, head.server)) {
      queue.pop();
      head = queue.at(-1);
    }
    if (head === undefined) continue;
    const used = group.spread.inRack(head.server.rack);
    if (best !== undefined && (used - bestUsed || preferWeight(best, head)) >= 0) continue;
    best = head;
    bestUsed = used;
  }
  return best?.server;
}

/** Negative where `b` is preferred to `a`. */
function preferWeight(a: Preferred, b: Preferred): number {
  return a.weight - b.weight || compareText(b.server.name, a.server.name);
}
