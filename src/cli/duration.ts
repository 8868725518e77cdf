import { UsageError } from "./terminal.ts";

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/**
 * A length of time as people write it, in seconds.
 *
 * @throws UsageError where it is none
 */
export function secondsOf(text: string): number {
  const [, amount, unit = ""] = /^([1-9]\d{0,8})([smhd])$/.exec(text) ?? [];
  const seconds = UNITS[unit];
  if (amount === undefined || seconds === undefined) {
    throw new UsageError(`"${text}" is no length of time such as 30m, 12h or 7d`);
  }
  return Number(amount) * seconds;
}
