import type { DesiredCluster, DesiredMachine } from "../desired.ts";
import type { Live, LiveMachine, RunningMachine } from "../live.ts";

/** One thing that has to hold of a healthy cluster; the names and the order are those of `talosctl health`. */
export interface HealthCheck {
  readonly name: string;
  /**
   * `progressing`: it does not hold yet, and what it does not hold for is on its way. `unknown`: nobody could say.
   * `skipped`: there is nothing of the kind in the cluster.
   */
  readonly state: "ok" | "failed" | "unknown" | "progressing" | "skipped";
  /** What it does not hold for, and why; empty where it holds. */
  readonly why: readonly string[];
}

/** Something that speaks against a check. */
export interface Finding {
  readonly state: "failed" | "unknown" | "progressing";
  readonly why: string;
}

/** The worst first: it is what the check comes to. */
const WORST_FIRST = ["failed", "unknown", "progressing"] as const;

/** A check holds where nothing was found against it. */
export function checkOf(name: string, findings: readonly Finding[]): HealthCheck {
  const sorted = WORST_FIRST.flatMap((state) => findings.filter((one) => one.state === state));
  return { name, state: sorted[0]?.state ?? "ok", why: sorted.map(({ why }) => why) };
}

/** @param why what there is none of */
export function skipped(name: string, why: string): HealthCheck {
  return { name, state: "skipped", why: [why] };
}

export function failed(why: string): Finding {
  return { state: "failed", why };
}

export function unknown(why: string): Finding {
  return { state: "unknown", why };
}

/** A machine of git and what was seen of it. */
export interface Seen {
  readonly machine: DesiredMachine;
  readonly live: LiveMachine;
}

export interface SeenRunning extends Seen {
  readonly live: RunningMachine;
}

/** The machines of a cluster as they were seen. */
export function seenMachines(cluster: DesiredCluster, live: Live): readonly Seen[] {
  return cluster.machines.map((machine) => ({
    machine,
    live: live.machines.get(machine.name) ?? { state: "unreachable", why: "it was not asked" },
  }));
}

export function isControlPlane({ machine }: Seen): boolean {
  return machine.type === "controlplane";
}

/** A machine that is there and runs no Talos of its cluster, or has no power. */
export function isIdle({ live }: Seen): boolean {
  return live.state === "maintenance" || isOff(live);
}

export function isOff(live: LiveMachine): boolean {
  return live.state === "unreachable" && live.power === "off";
}

const ON_THE_WAY = ["booting", "installing", "rebooting", "upgrading"];

/** Whether a machine says itself that it is about to run. */
export function isOnItsWay({ live }: Seen): boolean {
  return live.state === "running" && ON_THE_WAY.includes(live.stage);
}

/** What speaks against a check of a machine that runs. */
export type Problem = (one: SeenRunning) => Finding | undefined;

/** A check of every machine by itself: one that does not answer leaves it unknown, one that answers wrongly fails it. */
export function each(name: string, machines: readonly Seen[], problem: Problem): HealthCheck {
  return eachOr(name, machines, problem, absence);
}

/** As {@link each}, of what only a running machine can say: no other fails it. */
export function eachMeasured(name: string, machines: readonly Seen[], problem: Problem): HealthCheck {
  return eachOr(name, machines, problem, (live) => unknown(absence(live).why));
}

function eachOr(
  name: string,
  machines: readonly Seen[],
  problem: Problem,
  otherwise: (live: Absent) => Finding,
): HealthCheck {
  const findings = machines.flatMap(({ machine, live }) => {
    const found =
      live.state === "running" ? settled({ machine, live }, problem({ machine, live })) : otherwise(live);
    return found === undefined ? [] : [{ ...found, why: `${machine.name}: ${found.why}` }];
  });
  return checkOf(name, findings);
}

/** What is found of a machine on its way is no failure yet. */
export function settled(one: Seen, found: Finding | undefined): Finding | undefined {
  return found !== undefined && isOnItsWay(one) ? { ...found, state: "progressing" } : found;
}

type Absent = Exclude<LiveMachine, RunningMachine>;

function absence(live: Absent): Finding {
  switch (live.state) {
    case "maintenance":
      return failed("it is not installed");
    case "foreign":
      return failed("it belongs to another cluster");
    case "unreachable":
      return isOff(live) ? failed("it is powered off") : unknown(live.why);
  }
}
