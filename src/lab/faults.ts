/** What goes wrong with a machine, until other faults are set. */
export interface Faults {
  /** `refuse`: nothing listens; `hang`: connections are taken and nothing is ever said. */
  readonly connection?: "refuse" | "hang";
  /** How many of all calls are cut off in the middle, from 0 to 1: half of them before, half after they were done. */
  readonly dropCalls?: number;
  /** What it says of its hardware instead of the truth. */
  readonly uuid?: string;
  readonly serial?: string;
  /** The machine reboots by itself as it gets one of these calls, before it answers: `ApplyConfiguration`. */
  readonly rebootOn?: readonly string[];
  /** How far its clock is ahead, in milliseconds: its certificates are not valid yet, and its time is not in sync. */
  readonly clockAhead?: number;
  /** Its system disk has no room for a configuration, its install disk none for an installation. */
  readonly diskFull?: boolean;
  /** It refuses every configuration with this text. */
  readonly refuseConfiguration?: string;
  /** Everything it does takes so many times as long. */
  readonly slow?: number;
  /** Milliseconds of its own time before each call is looked at. */
  readonly latency?: number;
  /** Its loopback is not reached while its active configuration has this text in it. */
  readonly unroutableWith?: string;
  /** What an upgrade installed does not boot; the boot loader goes back to what ran before. */
  readonly upgradeFails?: boolean;
  /** Its Kubernetes API server refuses connections. */
  readonly kubernetesDown?: boolean;
  /** What Talos' own diagnostics warn of. */
  readonly diagnostic?: string;
  /** Its BMC does not answer. */
  readonly bmcDown?: boolean;
}

const NUMBERS = ["dropCalls", "clockAhead", "slow", "latency"];
const TEXTS = ["uuid", "serial", "refuseConfiguration", "unroutableWith", "diagnostic"];
const FLAGS = ["diskFull", "upgradeFails", "kubernetesDown", "bmcDown"];

/**
 * Reads faults that came as JSON.
 *
 * @returns what is wrong with them, as a text
 */
export function readFaults(value: unknown): Faults | string {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "faults are an object";
  for (const [key, entry] of Object.entries(value)) {
    if (!isFault(key, entry)) return `${JSON.stringify(key)} is no fault or has a wrong value`;
  }
  return value;
}

function isFault(key: string, value: unknown): boolean {
  if (key === "connection") return value === "refuse" || value === "hang";
  if (key === "rebootOn") return Array.isArray(value) && value.every((name) => typeof name === "string");
  if (NUMBERS.includes(key)) return typeof value === "number" && value >= 0;
  if (TEXTS.includes(key)) return typeof value === "string";
  return FLAGS.includes(key) && typeof value === "boolean";
}
