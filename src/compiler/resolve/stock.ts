import { invariant, mustGet } from "../../core/invariant.ts";
import type { Claim, Place } from "../../model/claim.ts";
import type { AllocationInput, Candidate } from "./allocation-model.ts";

/** The servers during one run of the allocator: who holds what by now, and what the pools have left. */
export interface Stock {
  readonly servers: ReadonlyMap<string, Candidate>;
  readonly claims: ReadonlyMap<string, Claim>;
  /** Active and free by now. */
  readonly isFree: (server: string) => boolean;
  /** Whether every pool that the server belongs to keeps its reserve when it is taken. */
  readonly isSpare: (server: string) => boolean;
  readonly take: (server: string, place: Place) => void;
  /** Undoes {@link Stock.take}. */
  readonly giveBack: (server: string) => void;
  /** From held to releasing; the disk is dirty now, so the wipe number goes up. */
  readonly release: (server: string) => void;
}

interface PoolLevel {
  free: number;
  readonly reserve: number;
}

/** The stock as the records have it. Servers that are gone keep their line while it says anything but free. */
export function openStock(input: AllocationInput): Stock {
  const claims = new Map<string, Claim>();
  for (const [name, server] of input.servers) claims.set(name, server.claim);
  for (const [name, claim] of input.gone) if (claim.phase !== "free") claims.set(name, claim);
  const free = new Set<string>();
  for (const { name, state, claim } of input.servers.values()) {
    if (state === "active" && claim.phase === "free") free.add(name);
  }
  const isFree = (name: string) => free.has(name);
  const levels = poolLevels(input, isFree);
  const count = (name: string, change: number) => {
    for (const level of levels.get(name) ?? []) level.free += change;
  };
  return {
    servers: input.servers,
    claims,
    isFree,
    isSpare: (name) => (levels.get(name) ?? []).every((level) => level.free > level.reserve),
    take: (name, place) => {
      invariant(isFree(name), `${name} is taken while it is not free`);
      free.delete(name);
      claims.set(name, { phase: "held", place, wipe: mustGet(claims, name).wipe });
      count(name, -1);
    },
    giveBack: (name) => {
      free.add(name);
      claims.set(name, { phase: "free", wipe: mustGet(claims, name).wipe });
      count(name, 1);
    },
    release: (name) => {
      const claim = mustGet(claims, name);
      invariant(claim.phase === "held", `${name} is released while it holds nothing`);
      claims.set(name, { phase: "releasing", place: claim.place, wipe: claim.wipe + 1 });
    },
  };
}

function poolLevels(input: AllocationInput, isFree: (name: string) => boolean): Map<string, PoolLevel[]> {
  const levels = new Map<string, PoolLevel[]>();
  for (const pool of input.pools) {
    if (pool.reserve === 0) continue;
    const level = { free: [...pool.members].filter(isFree).length, reserve: pool.reserve };
    for (const name of pool.members) {
      const known = levels.get(name);
      if (known === undefined) levels.set(name, [level]);
      else known.push(level);
    }
  }
  return levels;
}
