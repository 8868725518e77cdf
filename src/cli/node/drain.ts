import { setTimeout } from "node:timers/promises";
import { DEFAULT_LIMITS } from "../../applier/execute/context.ts";
import { cordonNode, type Drained, drainPods } from "../../applier/execute/drain-node.ts";
import type { MachineResult } from "../../applier/execute/events.ts";
import { exitCodeOf } from "../../applier/execute/exit-code.ts";
import { failureOf } from "../../applier/execute/failure.ts";
import { formatDuration } from "../../applier/execute/step.ts";
import type { KubernetesApi } from "../../applier/kubernetes-api.ts";
import { formatTime } from "../../core/time.ts";
import type { RunOptions } from "../apply/options.ts";
import { machinesOf, type Session } from "../apply/session.ts";
import type { Registration } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Terminal } from "../terminal.ts";
import { type NodeSession, openNodes } from "./choose-nodes.ts";
import type { ServerRequest } from "./choose-servers.ts";

export interface NodeRequest extends ServerRequest, RunOptions {}

export interface DrainNodesRequest extends NodeRequest {
  /** For each node, in seconds. */
  readonly timeout: number;
}

/** Nodes by their names, and the way to their clusters. */
export interface Nodes extends Pick<NodeSession, "names"> {
  readonly session: Pick<Session, "desired" | "kubernetes">;
}

/** How it went with one node. */
export type Result = Pick<MachineResult, "outcome"> & { readonly said: string };

/** What is done to one node. */
type Act = (api: KubernetesApi, node: string) => Promise<Result>;

/** `ichor node drain`: no new pods on nodes, and their pods elsewhere. They stay so until somebody says otherwise. */
export function drainNodes(registration: Registration, request: DrainNodesRequest): Promise<ExitCode> {
  return withNodes(registration, request, (nodes, signal) =>
    drainEach(nodes, request, { terminal: registration.terminal, signal }),
  );
}

/** Makes all of them unschedulable first, so that no pod goes to one that is drained next. */
export async function drainEach(
  nodes: Nodes,
  request: Pick<DrainNodesRequest, "timeout" | "lab">,
  { terminal, signal }: { readonly terminal: Terminal; readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, Result>> {
  const cordoned = await eachNode(nodes, signal, cordon);
  print(terminal, cordoned);
  const left = nodes.names.filter((name) => cordoned.get(name)?.outcome === "done");
  const drained = await eachNode({ ...nodes, names: left }, signal, drainer(terminal, request, signal));
  print(terminal, drained);
  return new Map([...cordoned, ...drained]);
}

/** `ichor node uncordon`: pods may come to nodes again, whoever kept them away. */
export function uncordonNodes(registration: Registration, request: NodeRequest): Promise<ExitCode> {
  return withNodes(registration, request, async (nodes, signal) => {
    const results = await eachNode(nodes, signal, uncordon);
    print(registration.terminal, results);
    return results;
  });
}

async function withNodes(
  registration: Registration,
  request: NodeRequest,
  act: (nodes: NodeSession, signal: AbortSignal) => Promise<ReadonlyMap<string, Result>>,
): Promise<ExitCode> {
  const signal = registration.terminal.interruption();
  const opened = await openNodes(registration, request);
  if (opened === undefined) return EXIT.error;
  try {
    const done = await act(opened, signal);
    const results = [...done].map(([machine, { outcome }]) => ({
      cluster: "",
      machine,
      outcome,
      reasons: [],
    }));
    return exitCodeOf({ results, interrupted: signal.aborted });
  } finally {
    opened.session.close();
  }
}

/** One node after another: what holds one of them may be what the next one runs. */
async function eachNode(
  { session, names }: Nodes,
  signal: AbortSignal,
  act: Act,
): Promise<ReadonlyMap<string, Result>> {
  const results = new Map<string, Result>();
  const clusters = new Map(machinesOf(session.desired).map(({ name, cluster }) => [name, cluster]));
  for (const name of names) {
    if (signal.aborted) break;
    const cluster = clusters.get(name) ?? "";
    const api = session.kubernetes(cluster);
    results.set(
      name,
      api === undefined
        ? { outcome: "failed", said: `cluster "${cluster}" has no Kubernetes that can be asked` }
        : await orFailure(() => act(api, name)),
    );
  }
  return results;
}

async function orFailure(act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (caught) {
    // What is printed is searched for secrets anyway.
    const { outcome, problem } = failureOf(caught, (text) => text);
    return { outcome, said: `${problem.code} ${problem.message}` };
  }
}

const cordon: Act = async (api, node) => {
  const found = await cordonNode(api, node, undefined);
  return found === undefined ? NO_NODE : { outcome: "done", said: "no new pods" };
};

const uncordon: Act = async (api, node) => {
  const found = await api.node(node);
  if (found === undefined) return NO_NODE;
  if (!found.unschedulable) return { outcome: "done", said: "schedulable already" };
  await api.setUnschedulable(node, false, undefined);
  return { outcome: "done", said: "schedulable again" };
};

const NO_NODE: Result = { outcome: "failed", said: "Kubernetes has no node of this name" };

function drainer(
  terminal: Terminal,
  { timeout, lab }: Pick<DrainNodesRequest, "timeout" | "lab">,
  signal: AbortSignal,
): Act {
  const { attempts, poll } = DEFAULT_LIMITS;
  return async (api, node) => {
    const drained = await drainPods({
      api,
      node,
      limit: timeout * 1000,
      // In the lab hours are minutes.
      poll: lab === undefined ? poll : 100,
      attempts,
      now: terminal.now,
      wait: (milliseconds) => setTimeout(milliseconds, undefined, { signal }).catch(() => undefined),
      signal,
      onWait: (what, until) => terminal.stderr(`${node}: waits until ${formatTime(until)}: ${what}\n`),
    });
    return resultOf(drained, timeout);
  };
}

function resultOf(drained: Drained, timeout: number): Result {
  switch (drained.state) {
    case "drained":
      return { outcome: "done", said: "drained" };
    case "held":
      return {
        outcome: "waiting",
        said: `not empty after ${formatDuration(timeout * 1000)}: ${drained.why}`,
      };
    case "unmanaged":
      return {
        outcome: "refused",
        said: `no pod was evicted, since nothing makes these anew: ${drained.why}`,
      };
    case "interrupted":
      return { outcome: "waiting", said: "interrupted" };
  }
}

function print({ stdout, stderr }: Terminal, results: ReadonlyMap<string, Result>): void {
  for (const [name, { outcome, said }] of results) {
    (outcome === "done" ? stdout : stderr)(`${name}: ${said}\n`);
  }
}
