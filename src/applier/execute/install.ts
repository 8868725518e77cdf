import type { LiveMachine } from "../live.ts";
import { RESOURCES } from "../observe/resources.ts";
import type { Action } from "../plan/plan.ts";
import type { Power } from "../power.ts";
import { TalosError } from "../talos-api.ts";
import { checkIdentity } from "./connection.ts";
import type { MachineRun } from "./context.ts";
import { afterControlPlane, beforeControlPlane } from "./etcd.ts";
import { isUnknown, problem, StepFailure } from "./failure.ts";
import { refusedConfiguration } from "./refused-configuration.ts";
import { settle } from "./settle.ts";
import { type Look, step, waitStep } from "./step.ts";

type InstallAction = Extract<Action, { do: "install" }>;

/**
 * From an empty disk to a machine of its cluster. The configuration holds the cluster's keys, so it goes only to the
 * machine that this run itself made boot, or that an approval names, and whose key has not changed since it was checked.
 */
export async function install(run: MachineRun, action: InstallAction, live: LiveMachine): Promise<void> {
  const { context, machine, cluster } = run;
  if (machine.type === "worker" && cluster.bootstrapped === undefined) {
    const message = `"${machine.name}" does not join: git does not record that etcd of "${machine.cluster}" was bootstrapped`;
    throw new StepFailure("waiting", problem("ICH8010", message));
  }
  await beforeControlPlane(run, "join");
  const old = action.contact === "power" ? await powerCycle(run, live) : checkApproval(run, action);
  const met = await meet(run, old);
  const text = await context.configuration(machine);
  await step(run, "apply", () => send(run, met.fingerprint, text), context.limits.attempts);
  await settle(run, "install", context.limits.install, {
    before: undefined,
    // What runs from memory before it has installed itself may look much like what runs from its disk.
    rebooted: ({ bootId }, wasAway) =>
      bootId === undefined || met.boot === undefined ? wasAway : !met.boot.includes(bootId),
    inSync: "active",
  });
  if (cluster.bootstrapped !== undefined) await afterControlPlane(run);
}

/** Makes the machine boot from the network; the keys that answered before that, and so do not count. */
async function powerCycle(run: MachineRun, live: LiveMachine): Promise<ReadonlySet<string>> {
  const { context, machine } = run;
  const power: Power | undefined = context.power.of(machine);
  if (power === undefined) {
    throw new StepFailure("refused", problem("ICH8005", `"${machine.name}" has no BMC that can be used`));
  }
  const old = new Set(live.state === "maintenance" ? [live.fingerprint] : []);
  const answers = await keyAt(run);
  if (answers !== undefined) old.add(answers);
  await step(run, "power", () => power.networkBoot(), context.limits.attempts);
  return old;
}

async function keyAt({ context, machine }: MachineRun): Promise<string | undefined> {
  try {
    const api = await context.talos.connectMaintenance({ machine: machine.name, address: machine.bootstrap });
    api.close();
    return api.fingerprint;
  } catch (caught) {
    if (caught instanceof TalosError) return undefined;
    throw caught;
  }
}

/** Without a BMC a person vouches for the machine that answers; no key is excluded. */
function checkApproval({ context, machine }: MachineRun, action: InstallAction): ReadonlySet<string> {
  const today = context.now().toISOString().slice(0, 10);
  const holds = context.desired.approvals.some(
    ({ name, expires, actions }) =>
      name === action.approval &&
      expires >= today &&
      actions.some((one) => one.do === "first-contact" && one.serial === machine.serial),
  );
  if (holds) return new Set();
  const message = `no approval that still holds permits first contact with "${machine.name}", serial number "${machine.serial}"`;
  throw new StepFailure("refused", problem("ICH8005", message));
}

/** A machine in maintenance mode that was checked: its key and, from Talos 1.14 on, what it says of its boot. */
interface Met {
  readonly fingerprint: string;
  readonly boot: string | undefined;
}

/** Waits for the machine in maintenance mode at the address of its boot port and finds out that it is the one. */
function meet(run: MachineRun, old: ReadonlySet<string>): Promise<Met> {
  const { context, machine } = run;
  return waitStep(run, "maintenance", context.limits.boot, async (): Promise<Look<Met>> => {
    try {
      const api = await context.talos.connectMaintenance({
        machine: machine.name,
        address: machine.bootstrap,
      });
      try {
        if (old.has(api.fingerprint)) return { waiting: "what answers has not booted since it was told to" };
        await checkIdentity(run, api, { macs: true });
        return {
          done: { fingerprint: api.fingerprint, boot: (await api.getResource(RESOURCES.bootId))?.yaml },
        };
      } finally {
        api.close();
      }
    } catch (caught) {
      if (caught instanceof TalosError) return { waiting: `it does not answer (${caught.code})` };
      throw caught;
    }
  });
}

/** Sends the configuration to the machine with this key. Where no answer came, the machine itself shows whether it has it. */
async function send(run: MachineRun, fingerprint: string, text: string): Promise<void> {
  const { context, machine } = run;
  try {
    const api = await context.talos.connectMaintenance({ machine: machine.name, address: machine.bootstrap });
    try {
      if (api.fingerprint !== fingerprint) throw changedKey(run);
      await checkIdentity(run, api, { macs: true });
      await api.applyConfiguration({ text, mode: "auto", dryRun: false });
    } finally {
      api.close();
    }
  } catch (caught) {
    if (!(caught instanceof TalosError)) throw caught;
    // A machine that has its configuration lets nobody in without a certificate: that may be what failed.
    const isLost = isUnknown(caught) || caught.code === "untrusted" || caught.code === "unauthenticated";
    if (isLost && (await context.observe(machine)).state === "running") return;
    throw refusedConfiguration(run, caught, text);
  }
}

function changedKey({ machine }: MachineRun): StepFailure {
  return new StepFailure(
    "refused",
    problem(
      "ICH8006",
      `the key at ${machine.bootstrap} is not the one that "${machine.name}" was checked with`,
    ),
  );
}
