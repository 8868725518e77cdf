/** A source of numbers that is the same for the same seed, on every machine. */
export interface Random {
  /** A whole number from 0 up to, not including, `below`. */
  readonly below: (below: number) => number;
  /** From 0 up to, not including, 1. */
  readonly share: () => number;
  /** So many hexadecimal digits. */
  readonly hex: (digits: number) => string;
  readonly pick: <T>(choices: readonly [T, ...T[]]) => T;
}

/** Numbers by Tommy Ettinger's mulberry32, which has one 32-bit word of state. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const share = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(share() * limit);
  return {
    share,
    below,
    hex: (digits) => Array.from({ length: digits }, () => below(16).toString(16)).join(""),
    pick: (choices) => choices[below(choices.length)] ?? choices[0],
  };
}
