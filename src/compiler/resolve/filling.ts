import type { Place } from "../../model/claim.ts";
import type { Candidate } from "./allocation-model.ts";
import type { GroupWant, Vacancy } from "./settle.ts";
import type { Spread } from "./spread.ts";
import type { Stock } from "./stock.ts";

/** Which place a server is pinned to: no other place takes it. */
export type PinBook = ReadonlyMap<string, Place>;

/** A cluster that is being filled. */
export interface Filling {
  readonly stock: Stock;
  readonly pins: PinBook;
  /** What was taken for the cluster, by server. */
  readonly taken: Map<string, Taken>;
}

/** A group that is being filled. */
export interface GroupFilling {
  readonly want: GroupWant;
  readonly spread: Spread;
  /** Free matching servers that nobody pinned, the preferred ones first. */
  readonly candidates: readonly Preferred[];
}

export interface Preferred {
  readonly server: Candidate;
  /** The weight of rendezvous hashing: higher is better, and no other server changes it. */
  readonly weight: number;
}

export interface Taken {
  readonly server: Candidate;
  readonly group: GroupFilling;
  readonly vacancy: Vacancy;
  readonly pinned: boolean;
}

/** Whether a server may be taken for a vacancy as things stand. */
export function isAllowed(
  { stock }: Filling,
  { group, vacancy }: Pick<Taken, "group" | "vacancy">,
  server: Candidate,
): boolean {
  return (
    stock.isFree(server.name) &&
    (vacancy.repair || stock.isSpare(server.name)) &&
    group.spread.exceededBy(server).length === 0
  );
}

export function take(filling: Filling, taken: Taken): void {
  filling.stock.take(taken.server.name, taken.vacancy.place);
  filling.taken.set(taken.server.name, taken);
  taken.group.spread.add(taken.server, 1);
}

export function giveBack(filling: Filling, taken: Taken): void {
  filling.stock.giveBack(taken.server.name);
  filling.taken.delete(taken.server.name);
  taken.group.spread.add(taken.server, -1);
}
