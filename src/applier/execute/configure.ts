import type { RunningMachine } from "../live.ts";
import type { Action } from "../plan/plan.ts";
import { type ApplyRequest, TalosError } from "../talos-api.ts";
import { withMachine } from "./connection.ts";
import type { MachineRun } from "./context.ts";
import { afterMember, beforeControlPlane } from "./etcd.ts";
import { isUnknown, problem, StepFailure } from "./failure.ts";
import { reboot } from "./reboot.ts";
import { refusedConfiguration } from "./refused-configuration.ts";
import { settle } from "./settle.ts";
import { type Look, step, waitStep } from "./step.ts";

type ConfigureAction = Extract<Action, { do: "configure" }>;

/**
 * Gives a machine its new configuration. Of mode `auto` we choose the form, so that all versions of Talos do the same
 * and a run that is killed in between shows: what needs a reboot is put on the disk first and the reboot is asked for;
 * what needs none is sent so that the machine refuses it where it would have to reboot after all.
 */
export async function configure(
  run: MachineRun,
  action: ConfigureAction,
  live: RunningMachine,
): Promise<void> {
  const { context, machine } = run;
  if (action.impact === "reinstall" || action.impact === "wipe") {
    const message = `a change of "${machine.name}" has the impact \`${action.impact}\`, which applying never has`;
    throw new StepFailure("refused", problem("ICH8015", message));
  }
  const text = await context.configuration(machine);
  // Where the plan has the reboot as an action of its own, that comes next.
  const isRebootedLater = run.plan.actions.some((one) => one.do === "reboot");
  const needsReboot = action.mode === "auto" && (action.impact === "reboot" || isRebootedLater);
  // What is tried may cut the machine off: then it is away as well.
  const mayBeAway = needsReboot || action.mode === "try";
  await beforeControlPlane(run, mayBeAway ? "reboot" : "change");
  if (action.mode === "try") return tryChange(run, text, live);
  if (action.mode === "staged" || needsReboot) {
    await apply(run, text, "staged");
    await onDisk(run);
    if (needsReboot && !isRebootedLater) await reboot(run, live);
    return;
  }
  await apply(run, text, "no-reboot");
  await onDisk(run);
  await settle(run, "settle", context.limits.service, {
    before: live,
    rebooted: undefined,
    inSync: "active",
  });
  await afterMember(run, live);
}

async function apply(
  run: MachineRun,
  text: string,
  mode: ApplyRequest["mode"],
  addresses?: readonly string[],
): Promise<void> {
  await step(
    run,
    "apply",
    () => send(run, { text, mode, dryRun: false }, addresses),
    run.context.limits.attempts,
  );
}

async function send(run: MachineRun, request: ApplyRequest, addresses?: readonly string[]): Promise<void> {
  try {
    await withMachine(run, (api) => api.applyConfiguration(request), addresses);
  } catch (caught) {
    throw caught instanceof TalosError ? refusedConfiguration(run, caught, request.text) : caught;
  }
}

/** The machine has it for its next boot and runs as before. */
function onDisk(run: MachineRun): Promise<void> {
  const { context, machine } = run;
  return waitStep(run, "settle", context.limits.service, async (): Promise<Look<void>> => {
    const live = await context.observe(machine);
    if (live.state !== "running") return { waiting: `it is ${live.state}` };
    return (await context.inSync(machine, live, "persistent"))
      ? { done: undefined }
      : { waiting: "its disk does not have its new configuration" };
  });
}

/**
 * For changes that may cut the machine off: it takes them back by itself unless it is told, over a connection made
 * after the change and at the address that matters, to keep them.
 */
async function tryChange(run: MachineRun, text: string, live: RunningMachine): Promise<void> {
  const { context, machine } = run;
  const loopback = [machine.loopback];
  const end = context.now().getTime() + context.limits.try;
  await step(run, "try", async () => {
    try {
      await send(run, { text, mode: "try", dryRun: false, tryTimeout: context.limits.try });
    } catch (caught) {
      // The change itself may have cut the answer off. Whether it was carried out shows below, never by asking again.
      if (!isUnknown(caught)) throw caught;
    }
  });
  if (!(await isConfirmed(run, end))) return takenBack(run);
  await apply(run, text, "no-reboot", loopback);
  await settle(run, "settle", context.limits.service, {
    before: live,
    rebooted: undefined,
    inSync: "active",
  });
  await onDisk(run);
  await afterMember(run, live);
}

/** Whether the machine answers at its loopback with the new configuration, early enough to tell it to keep that. */
async function isConfirmed(run: MachineRun, end: number): Promise<boolean> {
  const { context, machine } = run;
  // Some time is left for the last call, so that it confirms and does not apply anew what was taken back.
  const limit = Math.max(0, end - context.now().getTime() - context.limits.try / 5);
  try {
    await waitStep(run, "confirm", limit, async (): Promise<Look<void>> => {
      try {
        await withMachine(run, async () => undefined, [machine.loopback]);
      } catch (caught) {
        if (caught instanceof TalosError)
          return { waiting: `${machine.loopback} does not answer (${caught.code})` };
        throw caught;
      }
      const live = await context.observe(machine);
      return live.state === "running" && (await context.inSync(machine, live, "active"))
        ? { done: undefined }
        : { waiting: "it does not run its new configuration" };
    });
    return context.now().getTime() < end;
  } catch (caught) {
    if (caught instanceof StepFailure && caught.problem.code === "ICH8008") return false;
    throw caught;
  }
}

async function takenBack(run: MachineRun): Promise<never> {
  const { context, machine } = run;
  const message = `"${machine.name}" did not answer at its loopback ${machine.loopback} with the new configuration`;
  let end = "it has what it had before";
  try {
    await waitStep(
      run,
      "settle",
      context.limits.try + context.limits.service,
      async (): Promise<Look<void>> => {
        const live = await context.observe(machine);
        if (live.state !== "running") return { waiting: `it is ${live.state}` };
        return (await context.inSync(machine, live, "active"))
          ? { waiting: "it still runs what was tried" }
          : { done: undefined };
      },
    );
  } catch (caught) {
    if (!(caught instanceof StepFailure) || caught.problem.code !== "ICH8008") throw caught;
    end = `it was not seen to go back: ${caught.problem.message}`;
  }
  throw new StepFailure("failed", problem("ICH8011", `${message}; ${end}`));
}
