import {
  CORDON_MARK,
  isCordonedByRun,
  type KubernetesApi,
  KubernetesError,
  type KubernetesPod,
} from "../kubernetes-api.ts";
import { inParallel } from "./in-parallel.ts";

/**
 * Who keeps new pods from a node: a run of ichor, this one or one that was cut off; or somebody else. Undefined: there
 * is no such node.
 */
export type Cordon = "ours" | "others" | undefined;

/**
 * Makes a node unschedulable. One that is so already stays as it is.
 *
 * @param mark the run, which makes it schedulable again; undefined: a person does it, and no run undoes it
 */
export async function cordonNode(
  api: KubernetesApi,
  name: string,
  mark: string | undefined,
): Promise<Cordon> {
  const node = await api.node(name);
  if (node === undefined) return undefined;
  const isOurs = isCordonedByRun(node);
  if (node.unschedulable && (mark !== undefined || !isOurs)) return isOurs ? "ours" : "others";
  await api.setUnschedulable(name, true, mark);
  return mark === undefined ? "others" : "ours";
}

/** Makes a node schedulable again where a run made it otherwise: what a person did stays. */
export async function uncordonNode(api: KubernetesApi, name: string): Promise<void> {
  const node = await api.node(name);
  // A mark that is left on a schedulable node goes too: it would make the next person's cordon look like a run's.
  if (node?.annotations[CORDON_MARK] !== undefined) await api.setUnschedulable(name, false, undefined);
}

/** What draining a node takes; times are milliseconds. */
export interface DrainRequest {
  readonly api: KubernetesApi;
  readonly node: string;
  readonly limit: number;
  readonly poll: number;
  /** How often one after another a call may fail that may be repeated. */
  readonly attempts: number;
  readonly now: () => Date;
  /** Between two looks; what it throws ends the drain. */
  readonly wait: (milliseconds: number) => Promise<void>;
  readonly signal: AbortSignal;
  /** Once when waiting begins and again whenever something else is waited for. */
  readonly onWait: (what: string, until: Date) => void;
}

/** How a drain ended; `why` says which pods and budgets stand against it. */
export type Drained =
  | { readonly state: "drained" }
  /** Its time is over. */
  | { readonly state: "held"; readonly why: string }
  /** Some of its pods are made anew by nobody: none was evicted. */
  | { readonly state: "unmanaged"; readonly why: string }
  | { readonly state: "interrupted" };

/**
 * Has the pods of a node end in an orderly way and waits until they are gone. Those of a DaemonSet, static ones and
 * those that have ended stay, as with `kubectl drain --ignore-daemonsets --delete-emptydir-data`. The node is to be
 * unschedulable already, see {@link cordonNode}: pods that come later are left alone.
 *
 * @throws KubernetesError where Kubernetes does not answer or does not allow it
 */
export async function drainPods(request: DrainRequest): Promise<Drained> {
  const { now, poll, attempts } = request;
  const end = new Date(now().getTime() + request.limit);
  const leaving: Leaving = { uids: undefined };
  let last: string | undefined;
  for (let failures = 0; ; ) {
    const isOver = now() >= end;
    if (request.signal.aborted) return { state: "interrupted" };
    try {
      const found = await askToLeave(request, leaving);
      if ("state" in found) return found;
      failures = 0;
      if (isOver) return { state: "held", why: `${found.waiting}: ${found.names}` };
      if (found.waiting !== last) request.onWait(found.waiting, end);
      last = found.waiting;
    } catch (caught) {
      if (!(caught instanceof KubernetesError) || !caught.mayRepeat || ++failures >= attempts) throw caught;
    }
    await request.wait(poll);
  }
}

/** The pods that were there when the drain began, once they have been seen. */
interface Leaving {
  uids: ReadonlySet<string> | undefined;
}

/** One round: looks which pods are left and asks again for the end of those that have not been told to. */
async function askToLeave(
  { api, node }: DrainRequest,
  leaving: Leaving,
): Promise<Drained | { readonly waiting: string; readonly names: string }> {
  const pods = (await api.pods({ node })).filter(hasToGo);
  const lone = pods.filter(({ controller, terminating }) => controller === undefined && !terminating);
  if (leaving.uids === undefined && lone.length > 0) return { state: "unmanaged", why: listPods(lone) };
  leaving.uids ??= new Set(pods.map(({ uid }) => uid));
  const left = pods.filter(({ uid }) => leaving.uids?.has(uid));
  if (left.length === 0) return { state: "drained" };
  return { waiting: describe(left.length, await evictAll(api, left)), names: listPods(left) };
}

function hasToGo({ controller, mirror, phase }: KubernetesPod): boolean {
  return !mirror && controller?.kind !== "DaemonSet" && phase !== "Succeeded" && phase !== "Failed";
}

/** Evictions at a time: each is one call, and the API server serves others too. */
const AT_A_TIME = 8;

/** @returns why pods are held, each as often as it holds one */
async function evictAll(api: KubernetesApi, pods: readonly KubernetesPod[]): Promise<readonly string[]> {
  const staying = pods.filter(({ terminating }) => !terminating);
  const held = await inParallel(staying, AT_A_TIME, async (pod) => {
    const eviction = await api.evict(pod);
    return eviction.state === "blocked" ? [`held in namespace ${pod.namespace}: ${eviction.why}`] : [];
  });
  return held.flat();
}

/** `3 pods, 1 held in namespace shop: the disruption budget web needs 2 healthy pods` */
function describe(left: number, held: readonly string[]): string {
  const groups = [...Map.groupBy(held, (why) => why)].map(([why, all]) => `${all.length} ${why}`);
  return [left === 1 ? "1 pod" : `${left} pods`, ...groups.toSorted()].join(", ");
}

const SHOWN_MAX = 6;

function listPods(pods: readonly KubernetesPod[]): string {
  const names = pods.map(({ namespace, name }) => `${namespace}/${name}`).toSorted();
  const more = names.length > SHOWN_MAX ? ` and ${names.length - SHOWN_MAX} more` : "";
  return `${names.slice(0, SHOWN_MAX).join(", ")}${more}`;
}
