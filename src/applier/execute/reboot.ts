import { invariant } from "../../core/invariant.ts";
import type { RunningMachine } from "../live.ts";
import { TalosError } from "../talos-api.ts";
import { withMachine } from "./connection.ts";
import type { MachineRun } from "./context.ts";
import { backInService, drain, orUncordon, stillCordoned } from "./drain.ts";
import { afterMember, beforeControlPlane, giveUpLeadership, isLeader } from "./etcd.ts";
import { isUnknown } from "./failure.ts";
import { hasRebooted, settle } from "./settle.ts";
import { step } from "./step.ts";

/**
 * Drains a machine, reboots it and waits until it is back with all that was well before, and takes pods again. A run
 * that is killed in between leaves a node that carries its mark, for the next plan to find.
 */
export async function reboot(run: MachineRun, live: RunningMachine): Promise<void> {
  const { context } = run;
  // That may take minutes, so what is asked of etcd comes after it.
  const node = await drain(run);
  const before = await orUncordon(run, node, () =>
    step(run, "reboot", () => ask(run), context.limits.attempts),
  );
  await stillCordoned(run, node, async () => {
    await settle(run, "settle", context.limits.reboot, {
      before: { ...live, bootId: before.bootId },
      rebooted: (now, wasAway) => hasRebooted(before, now, wasAway),
      inSync: (await keepsOther(run, before)) ? undefined : "active",
    });
    await afterMember(run, live);
    await backInService(run, node);
  });
}

/** Whether nobody wants more than the boot, and the disk has another configuration than git says. */
async function keepsOther({ context, machine, plan }: MachineRun, before: RunningMachine): Promise<boolean> {
  const isAlone = !plan.actions.some(({ do: what }) => what === "configure");
  return isAlone && !(await context.inSync(machine, before, "persistent"));
}

/**
 * Asks for the reboot. Where no answer came it is asked again only when the machine shows that it does nothing.
 *
 * @returns the machine as it was when it was asked: it may have booted by itself since the run first saw it
 */
async function ask(run: MachineRun): Promise<RunningMachine> {
  let before: RunningMachine | undefined;
  try {
    await withMachine(run, async (api) => {
      // The last thing before the call: whatever takes time in between, the other members may fail in it.
      await makeSpare(run);
      before = await lookAgain(run);
      await api.reboot("default");
    });
  } catch (caught) {
    if (before === undefined || !isUnknown(caught) || !(await hasBegun(run, before))) throw caught;
  }
  invariant(before !== undefined, "a reboot was asked for without a look at the machine");
  return before;
}

async function lookAgain({ context, machine }: MachineRun): Promise<RunningMachine> {
  const live = await context.observe(machine);
  if (live.state === "running") return live;
  throw new TalosError("unavailable", { machine: machine.name, operation: "look" }, `it is ${live.state}`);
}

/** Until a control plane can be spared: the others are healthy, and one of them leads. */
async function makeSpare(run: MachineRun): Promise<void> {
  await beforeControlPlane(run, "reboot");
  for (let round = 0; round < run.context.limits.attempts && (await isLeader(run)); round++) {
    await giveUpLeadership(run);
    // That took time, in which the others may have failed and the lead come back.
    await beforeControlPlane(run, "reboot");
  }
}

async function hasBegun({ context, machine }: MachineRun, before: RunningMachine): Promise<boolean> {
  const end = context.now().getTime() + context.limits.reaction;
  while (context.now().getTime() < end) {
    const live = await context.observe(machine);
    if (live.state !== "running" || live.stage !== "running" || hasRebooted(before, live, false)) return true;
    await context.wait(context.limits.poll);
  }
  return false;
}
