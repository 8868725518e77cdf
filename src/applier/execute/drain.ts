import type { KubernetesApi } from "../kubernetes-api.ts";
import { KubernetesError } from "../kubernetes-api.ts";
import type { MachineRun } from "./context.ts";
import { type Cordon, cordonNode, type Drained, drainPods, uncordonNode } from "./drain-node.ts";
import { failureOf, problem, StepFailure } from "./failure.ts";
import { checkLease, formatDuration, type Look, step, tellWaiting, waitStep, withLastWords } from "./step.ts";

/** A node without pods that could be elsewhere. */
export interface DrainedNode {
  readonly api: KubernetesApi;
  readonly cordon: Exclude<Cordon, undefined>;
}

/**
 * Drains the node of a machine that is about to go away, where the plan says so. Where that fails it is as before.
 *
 * @returns undefined where there is nothing to drain: the machine never joined
 */
export async function drain(run: MachineRun): Promise<DrainedNode | undefined> {
  const { context, machine } = run;
  const api = context.kubernetes(machine.cluster);
  if (run.plan.drain !== true || api === undefined) return undefined;
  if (context.signal.aborted) throw interrupted(run);
  const { attempts } = context.limits;
  const cordon = await step(run, "cordon", () => cordonNode(api, machine.name, context.run), attempts);
  if (cordon === undefined) return undefined;
  const node = { api, cordon };
  await orUncordon(run, node, () => step(run, "drain", () => evict(run, api)));
  return node;
}

async function evict(run: MachineRun, api: KubernetesApi): Promise<void> {
  const { context, machine } = run;
  const { drain: limit, poll, attempts } = context.limits;
  const drained = await drainPods({
    api,
    node: machine.name,
    limit,
    poll,
    attempts,
    now: context.now,
    wait: async (milliseconds) => {
      await context.wait(milliseconds);
      await checkLease(run);
    },
    signal: context.signal,
    onWait: (what, until) => tellWaiting(run, "drain", context.redact(what), until),
  });
  const failure = failureToDrain(run, drained);
  if (failure !== undefined) throw failure;
}

function failureToDrain(run: MachineRun, drained: Drained): StepFailure | undefined {
  const { context, machine } = run;
  const node = `node "${machine.name}"`;
  switch (drained.state) {
    case "drained":
      return undefined;
    case "interrupted":
      return interrupted(run);
    case "unmanaged": {
      const message = `${node} has pods that nothing makes anew: ${context.redact(drained.why)}; it was not rebooted`;
      return new StepFailure("refused", problem("ICH8019", message));
    }
    case "held": {
      const limit = formatDuration(context.limits.drain);
      const message = `${node} is not empty after ${limit}, it was not rebooted: ${context.redact(drained.why)}`;
      return new StepFailure("waiting", problem("ICH8018", message));
    }
  }
}

function interrupted({ machine }: MachineRun): StepFailure {
  const message = `the run was interrupted before node "${machine.name}" was empty, it was not rebooted`;
  return new StepFailure("waiting", problem("ICH8014", message));
}

/** Does what comes before a machine goes away. Where that fails it stays, and its node is schedulable again. */
export async function orUncordon<T>(
  run: MachineRun,
  node: DrainedNode | undefined,
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act();
  } catch (caught) {
    const failure = failureOf(caught, run.context.redact);
    if (node?.cordon !== "ours") throw failure;
    try {
      await giveBack(run, node.api);
    } catch (second) {
      // A bug goes on as one; of all else the first failure is what matters.
      failureOf(second, run.context.redact);
      throw staysCordoned(run, failure);
    }
    throw failure;
  }
}

/** Does what comes after a machine went away. Where that fails its node stays as it is, and the failure says so. */
export async function stillCordoned<T>(
  run: MachineRun,
  node: DrainedNode | undefined,
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act();
  } catch (caught) {
    const failure = failureOf(caught, run.context.redact);
    throw node?.cordon === "ours" ? staysCordoned(run, failure) : failure;
  }
}

function staysCordoned({ machine }: MachineRun, failure: StepFailure): StepFailure {
  const { outcome, problem: found, stops } = failure;
  const hint = `node "${machine.name}" stays unschedulable until a run finds its machine well`;
  const all = found.hint === undefined ? hint : `${found.hint}; ${hint}`;
  return new StepFailure(outcome, { ...found, hint: all }, { stops });
}

/** Waits until Kubernetes has the node ready and lets pods onto it again, unless it was somebody else who did not. */
export async function backInService(run: MachineRun, node: DrainedNode | undefined): Promise<void> {
  if (node === undefined) return;
  const { context, machine } = run;
  await withLastWords("ICH8022", `node "${machine.name}" is not ready after its reboot`, () =>
    waitStep(run, "settle", context.limits.node, () => lookAtNode(run, node.api)),
  );
  if (node.cordon === "ours") await giveBack(run, node.api);
}

async function lookAtNode({ machine }: MachineRun, api: KubernetesApi): Promise<Look<void>> {
  try {
    const node = await api.node(machine.name);
    if (node === undefined) return { waiting: `Kubernetes has no node "${machine.name}"` };
    return node.ready ? { done: undefined } : { waiting: `its node is not ready: ${node.why}` };
  } catch (caught) {
    // The API may have been on the machine itself.
    if (!(caught instanceof KubernetesError) || !caught.mayRepeat) throw caught;
    return { waiting: `Kubernetes does not answer (${caught.code})` };
  }
}

async function giveBack(run: MachineRun, api: KubernetesApi): Promise<void> {
  const { context, machine } = run;
  await step(run, "uncordon", () => uncordonNode(api, machine.name), context.limits.attempts);
}

/** Makes a node schedulable again that an earlier run left otherwise. */
export async function uncordon(run: MachineRun): Promise<void> {
  const { context, machine } = run;
  const api = context.kubernetes(machine.cluster);
  if (api !== undefined) return giveBack(run, api);
  const message = `node "${machine.name}" stays unschedulable: this run leaves Kubernetes of cluster "${machine.cluster}" alone`;
  throw new StepFailure("not-started", problem("ICH8020", message), { stops: false });
}
