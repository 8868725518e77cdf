import { kubernetesApi } from "../../src/applier/drivers/kubernetes/api.ts";
import type { Connection } from "../../src/applier/drivers/kubernetes/connection.ts";
import type { Answer, Request } from "../../src/applier/drivers/kubernetes/exchange.ts";
import { CORDON_MARK, type KubernetesApi, KubernetesError } from "../../src/applier/kubernetes-api.ts";
import { putBudget, removeBudget } from "../../src/lab/kubernetes/budgets.ts";
import type { Kubernetes } from "../../src/lab/kubernetes/kubernetes.ts";
import { answerRequest } from "../../src/lab/kubernetes/requests.ts";
import type { ClusterState, NodeState } from "../../src/lab/kubernetes/state.ts";
import type { Machine } from "../../src/lab/machine.ts";
import type { Random } from "../../src/lab/random.ts";
import { type Arrival, type Network, never, onItsWay, type Process } from "./simulation-driver.ts";

const ADMIN = { name: "admin", groups: ["system:masters"] };
const DEADLINE_MS = 10_000;
const ATTEMPTS = 3;

/** The Kubernetes of a history's clusters, and what people do in it. */
export interface Clusters {
  readonly kubernetes: Kubernetes;
  /** Nodes that a person made unschedulable. */
  readonly cordoned: Set<string>;
}

/** The real mapping of the API of Kubernetes onto the lab's clusters, without a network in between. */
export function simulatedKubernetes(
  network: Network,
  process: Process,
  { kubernetes }: Clusters,
): (cluster: string) => KubernetesApi {
  return (cluster) => {
    const once = async (request: Request): Promise<Answer> => {
      const fail = (code: "unavailable" | "deadline", why: string) =>
        new KubernetesError(code, { cluster, operation: request.operation }, why);
      await onItsWay(network, process);
      const server = serverOf(network, kubernetes, cluster);
      if (server === undefined) throw fail("unavailable", "the connection was refused");
      if (server.faults.connection === "hang") {
        await network.clock.delay(DEADLINE_MS);
        throw process.isAlive ? fail("deadline", "no answer") : await never();
      }
      const state = kubernetes.at(server);
      const isCut = network.random() < Math.max(server.faults.dropCalls ?? 0, network.drop);
      if (state === undefined || (isCut && network.random() < 0.5))
        throw fail("unavailable", "it was closed");
      const arrival = arrivalOf(network, state, cluster, request);
      if (arrival !== undefined) network.before(process, arrival);
      const answer = carryOut(network, kubernetes, state, request);
      if (arrival !== undefined) network.after(process, arrival);
      if (isCut) throw fail("unavailable", "the answer broke off");
      return process.isAlive ? answer : await never();
    };
    const ask = async <T>(request: Request, judge: (answer: Answer) => T): Promise<T> => {
      for (let attempt = 1; ; attempt++) {
        try {
          return judge(await once(request));
        } catch (error) {
          if (!process.isAlive) return never();
          const isOver = attempt >= ATTEMPTS || !(error instanceof KubernetesError);
          if (isOver || error.code !== "unavailable") throw error;
          await network.clock.delay(250 * attempt);
        }
      }
    };
    const connection = { ask, close: () => undefined } as unknown as Connection;
    return kubernetesApi({
      cluster,
      connection,
      deadlines: { connect: DEADLINE_MS, read: DEADLINE_MS, write: DEADLINE_MS },
    });
  };
}

/** The first control plane at which the API of a cluster answers. */
function serverOf({ fleet }: Network, kubernetes: Kubernetes, cluster: string): Machine | undefined {
  return [...fleet.machines.values()].find(
    (machine) =>
      machine.spec.name.startsWith(`${cluster}-`) &&
      machine.faults.connection !== "refuse" &&
      kubernetes.at(machine) !== undefined,
  );
}

/** A request that changes something, as a call that concerns the machine of a node. */
function arrivalOf(
  { fleet }: Network,
  state: ClusterState,
  cluster: string,
  { method, path, body }: Request,
): Arrival | undefined {
  if (method === "GET") return undefined;
  const [, , , kind = "", first = "", , third = ""] = path.split("?")[0]?.split("/") ?? [];
  const isNode = kind === "nodes";
  const node = isNode ? first : (state.pods.get(`${first}/${third}`)?.node ?? "");
  const { spec } = (body?.value ?? {}) as { readonly spec?: { readonly unschedulable?: unknown } };
  const machine = fleet.find(node);
  if (machine === undefined || !node.startsWith(`${cluster}-`)) return undefined;
  return {
    method: !isNode ? "Evict" : spec?.unschedulable === true ? "Cordon" : "Uncordon",
    meant: node,
    machine,
    request: undefined,
  };
}

function carryOut(
  { clock }: Network,
  kubernetes: Kubernetes,
  state: ClusterState,
  { method, path, body }: Request,
): Answer {
  const asked = {
    method,
    url: path,
    contentType: body?.type ?? "",
    body: body === undefined ? "" : JSON.stringify(body.value),
    user: ADMIN,
  };
  const changed = () => kubernetes.wrote(state);
  const { status, body: said } = answerRequest(asked, {
    state,
    now: clock.now(),
    version: "v1.36.3",
    changed,
  });
  return { status, retryAfter: undefined, text: typeof said === "string" ? said : JSON.stringify(said) };
}

/** Customers ask for more or fewer of their pods to be there, or for none. */
export function changeBudget({ kubernetes }: Clusters, cluster: string, random: Random): string {
  const state = kubernetes.named(cluster);
  if (state === undefined) return "there is no Kubernetes";
  const app = random() < 0.5 ? "web" : "cart";
  const namespace = app === "web" ? "default" : "shop";
  if (removeBudget(state, { namespace, name: app })) return `${app} has no budget any more`;
  const minAvailable = Math.floor(random() * (state.workersSeen + 1));
  putBudget(state, { namespace, name: app, labels: { app }, minAvailable });
  return `${app} needs ${minAvailable}`;
}

/** Budgets that let no pod go are lifted. */
export function liftBudgets({ kubernetes }: Clusters, cluster: string): void {
  const state = kubernetes.named(cluster);
  for (const budget of state?.budgets.values() ?? [])
    if (state !== undefined && budget.minAvailable >= state.workersSeen) removeBudget(state, budget);
}

/** A person keeps new pods from a node that nobody else keeps them from. @returns whether */
export function cordonByHand({ kubernetes, cordoned }: Clusters, { spec }: Machine): boolean {
  const node = nodeOf(kubernetes, spec.name);
  if (node === undefined || node.unschedulable) return false;
  node.unschedulable = true;
  cordoned.add(spec.name);
  return true;
}

export function uncordonByHand({ kubernetes, cordoned }: Clusters, name: string): void {
  const node = nodeOf(kubernetes, name);
  if (cordoned.delete(name) && node !== undefined) node.unschedulable = false;
}

export function nodeOf(kubernetes: Kubernetes, name: string): NodeState | undefined {
  return kubernetes.named(name.split("-")[0] ?? "")?.nodes.get(name);
}

/** Whether a run of ichor has marked a node and not taken that back. */
export function isMarked(kubernetes: Kubernetes, name: string): boolean {
  return nodeOf(kubernetes, name)?.annotations[CORDON_MARK] !== undefined;
}
