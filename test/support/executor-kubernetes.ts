import {
  type Eviction,
  type KubernetesApi,
  KubernetesError,
  type KubernetesErrorCode,
  type KubernetesNode,
  type KubernetesPod,
} from "../../src/applier/kubernetes-api.ts";
import type { Box, Fleet } from "./executor-fleet.ts";

/** The Kubernetes of a cluster of the fleet: its nodes are the boxes that run, its pods move when they are evicted. */

const SECOND = 1000;

export interface FakeNode {
  readonly name: string;
  unschedulable: boolean;
  annotations: Record<string, string>;
  /** The kubelet does not call it ready before, whatever its machine does. */
  sickUntil: number;
}

export interface FakePod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Undefined: it waits for a node. */
  node: string | undefined;
  readonly controller: KubernetesPod["controller"];
  readonly mirror: boolean;
  readonly phase: string;
  /** The application whose budget it counts for: `shop/web`. */
  readonly budget: string | undefined;
  readyAt: number;
  goneAt: number;
}

export interface FakeKubernetes {
  readonly nodes: Map<string, FakeNode>;
  /** Those that are there now. */
  readonly pods: () => readonly FakePod[];
  readonly add: (pod: Partial<FakePod> & Pick<FakePod, "name">) => void;
  /** How many pods of an application have to be ready. */
  readonly budgets: Map<string, number>;
  /** Pods that were evicted: `shop/web-1`. */
  readonly evicted: string[];
  /** What calls fail with. */
  fails: (operation: string) => KubernetesErrorCode | undefined;
  /** How long pods take to end. */
  grace: number;
  readonly api: (call: KubernetesCall) => KubernetesApi;
}

export type KubernetesCall = <T>(
  what: string,
  about: string,
  act: () => T,
  lose: (what: string) => Error,
) => Promise<T>;

const REPLICAS = { kind: "ReplicaSet", name: "web" } as const;

/** Gives a cluster whose machines run a Kubernetes. From then on its nodes have to be drained before reboots of ours. */
export function giveKubernetes(fleet: Fleet, cluster: string): FakeKubernetes {
  const time = () => fleet.clock.now().getTime();
  const boxes = [...fleet.boxes.values()].filter((one) => one.cluster === cluster);
  const nodes = new Map(boxes.map(({ name }) => [name, nodeOf(name)]));
  let pods: FakePod[] = [];
  let made = 0;
  const isReadyNode = ({ name, sickUntil }: FakeNode): boolean => {
    const box: Box = fleet.box(name);
    return box.phase === "running" && time() >= Math.max(box.sickUntil, sickUntil);
  };
  const isReady = (pod: FakePod): boolean => {
    const node = nodes.get(pod.node ?? "");
    return node !== undefined && isReadyNode(node) && time() >= pod.readyAt && time() < pod.goneAt;
  };
  /** Replaces what has ended and gives a node to what waits for one. */
  const advance = (): void => {
    const gone = pods.filter(({ goneAt }) => time() >= goneAt && goneAt !== Number.POSITIVE_INFINITY);
    pods = pods.filter((pod) => !gone.includes(pod));
    for (const { namespace, controller, budget } of gone.filter((one) => one.controller !== undefined))
      add({ name: `again-${made}`, namespace, controller, budget, node: undefined });
    for (const pod of pods.filter(({ node }) => node === undefined)) {
      const load = ({ name }: FakeNode) => pods.filter(({ node }) => node === name).length;
      const [free] = [...nodes.values()]
        .filter((node) => !node.unschedulable && isReadyNode(node))
        .toSorted((a, b) => load(a) - load(b));
      if (free === undefined) continue;
      pod.node = free.name;
      pod.readyAt = time() + 5 * SECOND;
    }
  };
  const add: FakeKubernetes["add"] = (pod) => {
    made++;
    pods.push({
      namespace: "shop",
      uid: `uid-${made}`,
      node: undefined,
      controller: REPLICAS,
      mirror: false,
      phase: "Running",
      budget: undefined,
      readyAt: 0,
      goneAt: Number.POSITIVE_INFINITY,
      ...pod,
    });
  };
  const now = (): readonly FakePod[] => {
    advance();
    return pods;
  };
  const fake: FakeKubernetes = {
    nodes,
    pods: now,
    add,
    budgets: new Map(),
    evicted: [],
    fails: () => undefined,
    grace: 20 * SECOND,
    api: (call) => apiOf(call),
  };
  const evict = ({ uid }: KubernetesPod): Eviction => {
    const pod = now().find((one) => one.uid === uid);
    if (pod === undefined) return { state: "gone" };
    const { budget } = pod;
    const least = fake.budgets.get(budget ?? "");
    const ready = pods.filter((one) => one.budget === budget && isReady(one)).length;
    if (least !== undefined && ready <= least) {
      return { state: "blocked", why: `the disruption budget ${budget} needs ${least} of ${ready} pods` };
    }
    fake.evicted.push(`${pod.namespace}/${pod.name}`);
    pod.goneAt = Math.min(pod.goneAt, time() + fake.grace);
    return { state: "accepted" };
  };
  const apiOf = (call: KubernetesCall): KubernetesApi => {
    const on = <T>(what: string, about: string, act: () => T) => {
      const fail = (code: KubernetesErrorCode) => (operation: string) =>
        new KubernetesError(code, { cluster, operation }, "the network drops");
      const answer = (): T => {
        const code = fake.fails(what);
        if (code !== undefined) throw fail(code)(what);
        return act();
      };
      return call(what, about, answer, fail("unavailable"));
    };
    const view = (node: FakeNode): KubernetesNode => nodeView(node, isReadyNode(node));
    const find = (name: string): FakeNode => {
      const node = nodes.get(name);
      if (node === undefined) throw new Error(`no node ${name}`);
      return node;
    };
    return {
      nodes: () => on("nodes", cluster, () => [...nodes.values()].map(view)),
      node: (name) => on("node", name, () => (nodes.has(name) ? view(find(name)) : undefined)),
      setUnschedulable: (name, unschedulable, mark) =>
        on(unschedulable ? "cordon" : "uncordon", name, () => {
          const node = find(name);
          node.unschedulable = unschedulable;
          node.annotations = mark === undefined ? {} : { [MARK]: mark };
        }),
      pods: ({ node }) =>
        on("pods", node ?? cluster, () =>
          now()
            .filter((pod) => pod.node === node)
            .map((pod) => podView(pod, isReady(pod))),
        ),
      evict: (pod) => on("evict", pod.node ?? cluster, () => evict(pod)),
      close: () => undefined,
    };
  };
  fleet.onReboot.push(({ name }) => {
    if (!nodes.has(name)) return;
    const left = now().filter((pod) => pod.node === name && pod.phase === "Running" && !staysAlways(pod));
    if (left.length > 0)
      fleet.violations.push(`${name} rebooted with ${left.map((pod) => pod.name).join(", ")}`);
    if (nodes.get(name)?.unschedulable !== true) fleet.violations.push(`${name} rebooted while schedulable`);
  });
  fleet.kubernetes.set(cluster, fake);
  return fake;
}

/** Written out: a test that took it from the source would not see it change. */
export const MARK = "ichor.dev/cordoned-by";

/** Nodes that a run has left unschedulable. */
export function leftCordoned(fleet: Fleet): string[] {
  return [...fleet.kubernetes.values()]
    .flatMap(({ nodes }) => [...nodes.values()])
    .filter(({ unschedulable, annotations }) => unschedulable && annotations[MARK] !== undefined)
    .map(({ name }) => name);
}

function staysAlways({ controller, mirror }: FakePod): boolean {
  return mirror || controller?.kind === "DaemonSet";
}

function nodeOf(name: string): FakeNode {
  return { name, unschedulable: false, annotations: {}, sickUntil: 0 };
}

function nodeView({ name, unschedulable, annotations }: FakeNode, ready: boolean): KubernetesNode {
  return {
    name,
    unschedulable,
    ready,
    why: ready ? "" : "container runtime network not ready",
    kubelet: "v1.37.0",
    addresses: [],
    labels: {},
    annotations: { ...annotations },
  };
}

function podView(pod: FakePod, ready: boolean): KubernetesPod {
  const { namespace, name, uid, node, phase, controller, mirror, goneAt } = pod;
  const terminating = goneAt !== Number.POSITIVE_INFINITY;
  return { namespace, name, uid, node, phase, ready, terminating, controller, mirror, labels: {} };
}
