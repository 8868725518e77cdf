import type { DesiredCluster, DesiredMachine } from "../../src/applier/desired.ts";
import { type LocalTime, WEEKDAYS } from "../../src/applier/plan/input.ts";
import type { Refusal } from "../../src/applier/plan/plan.ts";
import { checkFreeze, checkPaused, checkWindow } from "../../src/applier/plan/safety/policy.ts";
import { mustGet } from "../../src/core/invariant.ts";
import type { Clock } from "../../src/lab/clock.ts";
import type { Random } from "../../src/lab/random.ts";
import type { Policy } from "../../src/model/spec-parts.ts";

/** The clusters whose changes are ruled: what a rule depends on. */
export interface Ruled {
  readonly name: string;
  readonly site: string;
}

/** Pauses, freezes, windows, budgets and locks, as they are at this moment. */
export interface Rules {
  readonly policies: () => ReadonlyMap<string, readonly Policy[]>;
  readonly windowOf: (cluster: string) => string | undefined;
  /** Names of machines to why nobody touches them. */
  readonly locked: Map<string, string>;
  /** Machines that one run may reboot in a site. */
  readonly rebootsOf: (site: string) => number | undefined;
  /** Merges a pause, a freeze, a window, or the end of one. @returns what */
  readonly change: () => string;
  /** Why a machine must not be begun with now; told without the code of the planner. */
  readonly against: (machine: string) => string | undefined;
  /** Nothing is paused or frozen any more; windows and budgets stay. */
  readonly lift: () => void;
  /** Milliseconds until the window of every cluster is open. */
  readonly untilOpen: () => number;
}

const DAY_MS = 86_400_000;
const MINUTE = 60_000;
const FLEET = "the fleet";

export function createRules(clock: Pick<Clock, "now">, clusters: readonly Ruled[], random: Random): Rules {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const sites = [...new Set(clusters.map(({ site }) => site))];
  const scopes = [FLEET, ...sites];
  const paused = new Set<string>();
  const frozen = new Map<string, { readonly from: string; readonly until: string }>();
  const windows = new Map<string, string>();
  const locked = new Map<string, string>();
  const reboots = new Map(sites.flatMap((site) => (random() < 0.15 ? [[site, 3] as const] : [])));
  const today = () => dayOf(clock.now());
  const scopesOf = (site: string) => [FLEET, site];
  const setWindow = (cluster: string) => {
    // It closes within the next hours, for a while.
    const minute = Math.floor((clock.now() % DAY_MS) / MINUTE);
    const closes = minute + Math.floor(random() * 120);
    windows.set(cluster, `${timeOf(closes + 10 + Math.floor(random() * 80))}-${timeOf(closes)} UTC`);
    return `${cluster} window ${windows.get(cluster)}`;
  };
  const freeze = (scope: string) => {
    const [from, until] = pick([
      [0, 0],
      [1, 1],
      [-3, 0],
    ]).map((days) => dayOf(clock.now() + days * DAY_MS));
    frozen.set(scope, { from: from ?? "", until: until ?? "" });
    return `${scope} is frozen from ${from} until ${until}`;
  };
  for (const { name } of clusters) if (random() < 0.15) setWindow(name);
  return {
    locked,
    windowOf: (cluster) => windows.get(cluster),
    rebootsOf: (site) => reboots.get(site),
    policies: () => {
      const policyOf = (scope: string): Policy => {
        const days = frozen.get(scope);
        const most = reboots.get(scope);
        return {
          ...(paused.has(scope) && { paused: true }),
          ...(days !== undefined && { freeze: [{ ...days, reason: "a feast" }] }),
          ...(most !== undefined && { budgets: { reboot: most } }),
        };
      };
      return new Map(sites.map((site) => [site, scopesOf(site).map(policyOf)]));
    },
    change: () => {
      const scope = pick(scopes);
      if (paused.delete(scope)) return `${scope} goes on`;
      if (frozen.delete(scope)) return `${scope} is not frozen any more`;
      const kind = random();
      if (kind < 0.4) {
        paused.add(scope);
        return `${scope} is paused`;
      }
      return kind < 0.6 ? freeze(scope) : setWindow(pick(clusters).name);
    },
    against: (machine) => {
      const cluster = clusters.find(({ name }) => machine.startsWith(`${name}-`));
      if (cluster === undefined) return undefined;
      if (locked.has(machine)) return "it is locked";
      for (const scope of scopesOf(cluster.site)) {
        if (paused.has(scope)) return `${scope} is paused`;
        const days = frozen.get(scope);
        if (days !== undefined && days.from <= today() && today() <= days.until) return `${scope} is frozen`;
      }
      const window = windows.get(cluster.name);
      return window === undefined || isOpen(window, clock.now()) ? undefined : `it is not ${window}`;
    },
    lift: () => {
      paused.clear();
      frozen.clear();
    },
    untilOpen: () => {
      let wait = 0;
      const areOpen = () => [...windows.values()].every((window) => isOpen(window, clock.now() + wait));
      while (!areOpen() && wait < DAY_MS) wait += MINUTE;
      return wait;
    },
  };
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

function timeOf(minute: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(Math.floor(minute / 60) % 24)}:${two(minute % 60)}`;
}

function isOpen(window: string, now: number): boolean {
  const [from = "", to = ""] = window.slice(0, 11).split("-");
  const time = new Date(now).toISOString().slice(11, 16);
  return from < to ? from <= time && time < to : time >= from || time < to;
}

/** The wall's time in the one time zone that there is here. */
export function utc(now: Date): LocalTime {
  const weekday = WEEKDAYS[(now.getUTCDay() + 6) % 7] ?? "Mon";
  return { weekday, minute: now.getUTCHours() * 60 + now.getUTCMinutes() };
}

/** What an applier asks before each machine. */
export function holdOf(
  rules: Rules,
  clusters: ReadonlyMap<string, DesiredCluster>,
  machine: DesiredMachine,
  now: Date,
): Refusal | undefined {
  const cluster = mustGet(clusters, machine.cluster);
  const policies = rules.policies().get(cluster.site) ?? [];
  const reason = rules.locked.get(machine.name);
  if (reason !== undefined) return { code: "ICH7008", message: `locked: ${reason}`, kind: "refused" };
  return (
    checkPaused(cluster.site, policies) ??
    checkFreeze(cluster.site, policies, now) ??
    checkWindow({ ...cluster, window: rules.windowOf(cluster.name) }, { now, localTime: utc })
  );
}
