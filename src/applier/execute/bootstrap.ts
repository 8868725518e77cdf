import type { LiveMachine } from "../live.ts";
import { TalosError } from "../talos-api.ts";
import { identityProblem, withMachine, wrongMachine } from "./connection.ts";
import type { MachineRun } from "./context.ts";
import { afterControlPlane, isWithoutEtcd, lookAtControlPlanes, type Seen } from "./etcd.ts";
import { failureOf, isUnknown, problem, StepFailure } from "./failure.ts";
import { settle } from "./settle.ts";
import { type Look, step, waitStep } from "./step.ts";

/**
 * Makes the first member of a cluster's etcd, once. Two proofs are needed: git does not say that it was done, and every
 * control plane is seen without etcd now. Where this machine has it already, a run before this one was killed before it
 * could record it: then only that is done.
 */
export async function bootstrap(run: MachineRun): Promise<void> {
  const { cluster, context, machine } = run;
  if (machine.type !== "controlplane") throw refused(`"${machine.name}" is no control plane`);
  if (cluster.bootstrapped !== undefined) {
    throw refused(`git says that it was bootstrapped on "${cluster.bootstrapped}"`);
  }
  await begin(run);
  await record(run);
  await settle(run, "settle", context.limits.join, {
    before: undefined,
    rebooted: undefined,
    inSync: "active",
  });
  await afterControlPlane(run);
}

/** Tells git of a bootstrap that an earlier run could not record any more. The machine is only looked at. */
export async function recordBootstrap(run: MachineRun): Promise<void> {
  const { cluster, context } = run;
  if (cluster.bootstrapped !== undefined) return;
  await waitStep(run, "etcd", context.limits.etcd, async (): Promise<Look<void>> => {
    const state = stateOf(run, await lookAtControlPlanes(cluster));
    if (state.etcd === "here") return { done: undefined };
    return { waiting: state.etcd === "unknown" ? state.why : "etcd does not run there" };
  });
  await record(run);
}

/** Calls at most once, except where the machine said that it has not begun; then waits until etcd answers. */
function begin(run: MachineRun): Promise<void> {
  const { cluster, context } = run;
  let mayCall = true;
  return waitStep(run, "bootstrap", context.limits.bootstrap, async (): Promise<Look<void>> => {
    const state = stateOf(run, await lookAtControlPlanes(cluster));
    if (state.etcd === "here") return { done: undefined };
    if (state.etcd === "unknown") return { waiting: state.why };
    if (!mayCall) return { waiting: "etcd does not answer yet" };
    try {
      await withMachine(run, async (api) => {
        mayCall = false;
        await api.bootstrap();
      });
    } catch (caught) {
      if (!(caught instanceof TalosError)) throw caught;
      // It says that nothing was done: not ready, its clock not set. Everything is looked at again before the next call.
      if (caught.code === "failed-precondition") mayCall = true;
      // Already there counts only when etcd then shows this member; of a lost answer nobody knows.
      else if (caught.code !== "already-exists" && !isUnknown(caught)) throw caught;
      return { waiting: failureOf(caught, context.redact).problem.message };
    }
    return { waiting: "etcd does not answer yet" };
  });
}

type EtcdState = { readonly etcd: "here" | "nowhere" } | { readonly etcd: "unknown"; readonly why: string };

function stateOf({ machine, cluster }: MachineRun, seen: readonly Seen[]): EtcdState {
  for (const one of seen) checkPlace(one);
  const members = seen.flatMap(({ live }) => (live.state === "running" ? (live.etcd?.members ?? []) : []));
  const running = seen.filter(({ live }) => live.state === "running" && live.etcd !== undefined);
  // Beside members that git does not name, too: of what is not recorded the next run might make a second one.
  if (running.some((one) => one.machine.name === machine.name)) {
    const isMember = members.some(({ hostname }) => hostname === machine.name);
    return isMember ? { etcd: "here" } : { etcd: "unknown", why: "etcd does not show this member yet" };
  }
  const stranger = members.find(
    ({ hostname }) => !cluster.desired.machines.some(({ name }) => name === hostname),
  );
  if (stranger !== undefined) {
    throw refused(`etcd has the member "${stranger.hostname}", which is no machine of the cluster`);
  }
  const [elsewhere] = running;
  if (elsewhere !== undefined) throw refused(`etcd runs on "${elsewhere.machine.name}" already`);
  const silent = seen.find(({ live }) => !isWithoutEtcd(live) || !hasHardware(live));
  if (silent === undefined) return { etcd: "nowhere" };
  const why =
    silent.live.state === "running" ? "whether it has etcd is not seen" : `it is ${silent.live.state}`;
  return { etcd: "unknown", why: `"${silent.machine.name}" is no proof: ${why}` };
}

function hasHardware(live: LiveMachine): live is Extract<LiveMachine, { state: "running" | "maintenance" }> {
  return (live.state === "running" || live.state === "maintenance") && live.hardware.uuid !== "";
}

/** Another machine at the place of a control plane proves nothing about that control plane. */
function checkPlace({ machine, live }: Seen): void {
  if (!hasHardware(live)) return;
  const wrong = identityProblem(machine, live.hardware, { macs: false });
  if (wrong !== undefined) throw wrongMachine(machine, wrong);
}

/** From here on every run knows, and others may join. */
async function record(run: MachineRun): Promise<void> {
  const { cluster, context, machine } = run;
  await step(run, "record", async () => {
    try {
      await context.record.bootstrapped(machine.cluster, machine.name);
    } catch (caught) {
      const { message } = failureOf(caught, context.redact).problem;
      const text = `etcd runs on "${machine.name}", and git could not be told: ${message}`;
      throw new StepFailure("failed", problem("ICH8017", text));
    }
  });
  cluster.bootstrapped = machine.name;
}

function refused(why: string): StepFailure {
  return new StepFailure("refused", problem("ICH8010", `etcd must not be bootstrapped: ${why}`));
}
