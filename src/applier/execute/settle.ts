import type { LiveMachine, RunningMachine } from "../live.ts";
import { identityProblem, wrongMachine } from "./connection.ts";
import type { MachineRun } from "./context.ts";
import { isWithoutEtcd } from "./etcd.ts";
import type { StepName } from "./events.ts";
import { type Look, waitStep } from "./step.ts";

/** How a machine has to be at the end of a wait. */
export interface Settled {
  /** How it was before; what was not well then need not be now. Undefined for a machine that is new. */
  readonly before: RunningMachine | undefined;
  /** Whether it has booted since; `wasAway`: it was seen on its way. Undefined where it need not. */
  readonly rebooted: ((live: RunningMachine, wasAway: boolean) => boolean) | undefined;
  /** Its configuration is that of git: as it runs, or on its disk for the next boot. Undefined where it need not be. */
  readonly inSync: "active" | "persistent" | undefined;
}

/**
 * Waits until a machine runs what it should, with its conditions met and its services healthy.
 *
 * @throws StepFailure also where another machine answers
 */
export function settle(
  run: MachineRun,
  name: StepName,
  limit: number,
  want: Settled,
): Promise<RunningMachine> {
  const { context, machine } = run;
  // Where a machine tells no boot id, that it was seen away is what tells a boot.
  let wasAway = false;
  return waitStep(run, name, limit, async (): Promise<Look<RunningMachine>> => {
    const live = await context.observe(machine);
    if (live.state !== "running") {
      wasAway = true;
      return { waiting: awayBecause(live) };
    }
    if (live.hardware.uuid === "") return { waiting: "its hardware is not seen" };
    const wrong = identityProblem(machine, live.hardware, { macs: false });
    if (wrong !== undefined) throw wrongMachine(machine, wrong);
    if (isOnItsWay(live, want.before)) wasAway = true;
    if (want.rebooted?.(live, wasAway) === false)
      return { waiting: `it has not booted yet, its stage is "${live.stage}"` };
    const why = await unsettled(run, live, want);
    return why === undefined ? { done: live } : { waiting: why };
  });
}

function isOnItsWay({ stage }: RunningMachine, before: RunningMachine | undefined): boolean {
  return (
    stage === "rebooting" || stage === "shutting-down" || (stage === "booting" && before?.stage === "running")
  );
}

/** Whether a machine has booted since it was `before`. */
export function hasRebooted(before: RunningMachine, live: RunningMachine, wasAway: boolean): boolean {
  if (before.bootId !== undefined && live.bootId !== undefined) return before.bootId !== live.bootId;
  return wasAway;
}

async function unsettled(run: MachineRun, live: RunningMachine, want: Settled): Promise<string | undefined> {
  const { context, machine, cluster } = run;
  const isBeforeBootstrap =
    machine.type === "controlplane" && cluster.bootstrapped === undefined && isWithoutEtcd(live);
  // Without etcd a control plane never ends its boot: it waits to be told.
  const stages = isBeforeBootstrap ? ["running", "booting"] : ["running"];
  if (!stages.includes(live.stage)) return `its stage is "${live.stage}"`;
  if (want.inSync !== undefined && !(await context.inSync(machine, live, want.inSync)))
    return "it does not have its new configuration";
  return isBeforeBootstrap
    ? undefined
    : (unmetCondition(live, want.before) ?? unhealthyService(live, want.before));
}

function unmetCondition(live: RunningMachine, before: RunningMachine | undefined): string | undefined {
  // Nodes are ready when their network is, and that may come by other means after the cluster.
  const tolerated = new Set(["nodeReady", ...(before?.unmet ?? []).map(nameOf)]);
  const unmet = live.unmet.find((condition) => !tolerated.has(nameOf(condition)));
  if (unmet !== undefined) return `a condition is not met: ${unmet}`;
  return live.ready || live.unmet.length > 0 ? undefined : "it is not ready";
}

/** Conditions are `name: reason`. */
function nameOf(condition: string): string {
  return condition.split(":")[0] ?? condition;
}

function unhealthyService(live: RunningMachine, before: RunningMachine | undefined): string | undefined {
  if (live.services.length === 0) return "its services are not seen";
  const tolerated = new Set(before?.services.filter((one) => !isWell(one)).map(({ id }) => id));
  const sick = live.services.find((one) => !isWell(one) && !tolerated.has(one.id));
  return sick === undefined
    ? undefined
    : `its service "${sick.id}" is not healthy (${sick.state}): ${sick.message}`;
}

function isWell(service: RunningMachine["services"][number]): boolean {
  if (["Finished", "Skipped"].includes(service.state)) return true;
  return service.state === "Running" && (service.unknown || service.healthy);
}

function awayBecause(live: Exclude<LiveMachine, RunningMachine>): string {
  switch (live.state) {
    case "maintenance":
      return "it is in maintenance mode";
    case "unreachable":
      return `it does not answer (${live.why})`;
    case "foreign":
      return `it is of another cluster (${live.why})`;
  }
}
