import { describe, expect, onTestFinished, test } from "vitest";
import {
  CORDON_MARK,
  type KubernetesApi,
  type KubernetesCredentials,
  type KubernetesDriver,
  KubernetesError,
  type KubernetesPod,
} from "../../src/applier/kubernetes-api.ts";

/** A node as a test wants it. */
export interface NodeSetup {
  readonly name: string;
  /** False: condition `Ready` is `False`, with this as its message. */
  readonly ready: true | { readonly not: string };
  /** `v1.36.3` */
  readonly kubelet: string;
  /** `InternalIP` */
  readonly address: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A pod as a test wants it; by default it runs and is ready, and nothing makes it anew. */
export interface PodSetup {
  /** `default` and `kube-system` are there. */
  readonly namespace: string;
  readonly name: string;
  readonly node: string;
  readonly phase?: "Pending" | "Running" | "Succeeded" | "Failed";
  readonly ready?: boolean;
  readonly controller?: { readonly kind: string; readonly name: string };
  readonly mirror?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A disruption budget as a test wants it, with what it allows reckoned from the pods that are there already. */
export interface BudgetSetup {
  readonly namespace: string;
  readonly name: string;
  /** Pods with all of these are in it. */
  readonly labels: Readonly<Record<string, string>>;
  readonly minAvailable: number;
}

/** Starts a cluster's API that answers already. It may have nodes and pods of its own, none named as in the tests. */
export type StartCluster = () => Promise<ClusterUnderTest>;

/** Who is held to the contract: a cluster's API, the driver that reaches it, and ways past it to set things up. */
export interface ClusterUnderTest {
  readonly driver: KubernetesDriver;
  /** As a `KubernetesTarget` takes them. */
  readonly addresses: readonly string[];
  /**
   * All trust the cluster's authority.
   *
   * @param who `admin`: of `system:masters`; `nobody`: of the cluster's authority, without a right to anything;
   *   `stranger`: calls itself `system:masters`, with a certificate of another authority
   */
  readonly credentials: (who: "admin" | "nobody" | "stranger") => Promise<KubernetesCredentials>;
  readonly putNode: (node: NodeSetup) => Promise<void>;
  readonly putPods: (pods: readonly PodSetup[]) => Promise<void>;
  readonly putBudget: (budget: BudgetSetup) => Promise<void>;
  readonly stop: () => Promise<void>;
}

const NODE: NodeSetup = {
  name: "contract-w0",
  ready: true,
  kubelet: "v1.36.3",
  address: "10.201.0.5",
  labels: { "topology.kubernetes.io/zone": "r001" },
};

const pod = (name: string, change: Partial<PodSetup> = {}): PodSetup => ({
  namespace: "default",
  name,
  node: NODE.name,
  ...change,
});

const WEB = { app: "contract-web" };

/** What the applier relies on in every cluster's API. */
export function kubernetesContract(of: string, start: StartCluster): void {
  describe(`${of}: nodes`, () => nodesContract(start));
  describe(`${of}: pods`, () => podsContract(start));
  describe(`${of}: evictions`, () => evictionsContract(start));
  describe(`${of}: who speaks to whom`, () => connectionContract(start));
}

function nodesContract(start: StartCluster): void {
  test("are seen as they are", async () => {
    const { cluster, api } = await open(start);
    await cluster.putNode(NODE);
    const node = await api.node(NODE.name);
    expect(node).toMatchObject({
      name: NODE.name,
      unschedulable: false,
      ready: true,
      kubelet: "v1.36.3",
      addresses: ["10.201.0.5"],
      labels: NODE.labels,
    });
    expect(await api.nodes()).toContainEqual(node);
  });

  test("say why they are not ready", async () => {
    const { cluster, api } = await open(start);
    await cluster.putNode({ ...NODE, ready: { not: "container runtime is down" } });
    expect(await api.node(NODE.name)).toMatchObject({ ready: false, why: "container runtime is down" });
  });

  test("are undefined where there is none of the name", async () => {
    const { api } = await open(start);
    expect(await api.node("contract-none")).toBeUndefined();
  });

  test("are made unschedulable and schedulable again with our mark, twice as once, and nothing else of them changes", async () => {
    const { cluster, api } = await open(start);
    await cluster.putNode(NODE);
    const before = await api.node(NODE.name);
    for (const _ of [1, 2]) await api.setUnschedulable(NODE.name, true, "run-1");
    expect(await api.node(NODE.name)).toEqual({
      ...before,
      unschedulable: true,
      annotations: { ...before?.annotations, [CORDON_MARK]: "run-1" },
    });
    for (const _ of [1, 2]) await api.setUnschedulable(NODE.name, false, undefined);
    expect(await api.node(NODE.name)).toEqual(before);
  });

  test("that are not there cannot be made unschedulable", async () => {
    const { api } = await open(start);
    const refusal = await refusalOf(api.setUnschedulable("contract-none", true, "run-1"));
    expect(refusal).toMatchObject({ code: "not-found", details: expect.stringContaining("contract-none") });
  });
}

function podsContract(start: StartCluster): void {
  test("are seen with who made them", async () => {
    const { cluster, api } = await open(start);
    await cluster.putNode(NODE);
    const controller = { kind: "DaemonSet", name: "contract-agent" };
    await cluster.putPods([
      pod("contract-agent-1", { controller, labels: WEB }),
      pod("contract-bare", { phase: "Pending", ready: false }),
      pod("contract-static", { mirror: true, controller: { kind: "Node", name: NODE.name } }),
    ]);
    const seen = await podsOf(api);
    expect(seen.map(({ name }) => name)).toEqual(["contract-agent-1", "contract-bare", "contract-static"]);
    expect(seen[0]).toEqual({
      namespace: "default",
      name: "contract-agent-1",
      uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      node: NODE.name,
      phase: "Running",
      ready: true,
      terminating: false,
      controller,
      mirror: false,
      // Kubernetes gives a pod its node's zone too.
      labels: expect.objectContaining(WEB),
    });
    expect(seen[1]).toMatchObject({ phase: "Pending", ready: false, controller: undefined, mirror: false });
    expect(seen[2]).toMatchObject({ mirror: true, controller: { kind: "Node", name: NODE.name } });
  });

  test("are chosen by node, namespace and labels", async () => {
    const { cluster, api } = await open(start);
    await cluster.putNode(NODE);
    await cluster.putNode({ ...NODE, name: "contract-w1", address: "10.201.0.6" });
    await cluster.putPods([
      pod("contract-a", { labels: WEB }),
      pod("contract-b", { labels: { app: "contract-db" } }),
      pod("contract-c", { labels: WEB, node: "contract-w1" }),
      pod("contract-d", { labels: WEB, namespace: "kube-system" }),
    ]);
    const names = async (filter: Parameters<KubernetesApi["pods"]>[0]) =>
      (await api.pods(filter)).map(({ name }) => name).filter((name) => name.startsWith("contract-"));
    expect((await names({})).toSorted()).toEqual(["contract-a", "contract-b", "contract-c", "contract-d"]);
    expect(await names({ node: "contract-w1" })).toEqual(["contract-c"]);
    expect(await names({ namespace: "kube-system" })).toEqual(["contract-d"]);
    expect(await names({ labels: "app in (contract-db,contract-other)" })).toEqual(["contract-b"]);
    expect(await names({ node: NODE.name, namespace: "default", labels: "app=contract-web" })).toEqual([
      "contract-a",
    ]);
    expect(await names({ node: "contract-none" })).toEqual([]);
  });

  test("are not chosen by what is no selector", async () => {
    const { api } = await open(start);
    expect(await refusalOf(api.pods({ labels: "app in (" }))).toMatchObject({ code: "invalid" });
  });

  test("come from all pages, each once", async () => {
    const { cluster, api } = await open(start);
    await cluster.putNode(NODE);
    const wanted = Array.from({ length: 1010 }, (_, at) => `contract-${String(at).padStart(4, "0")}`);
    await cluster.putPods(wanted.map((name) => pod(name)));
    const seen = await podsOf(api);
    expect(seen.map(({ name }) => name).toSorted()).toEqual(wanted);
    expect(new Set(seen.map(({ uid }) => uid)).size).toBe(wanted.length);
  });
}

function evictionsContract(start: StartCluster): void {
  test("are accepted, and the pod ends", async () => {
    const { cluster, api } = await open(start);
    await cluster.putNode(NODE);
    await cluster.putPods([pod("contract-a")]);
    const [a] = await podsOf(api);
    expect(await api.evict(must(a))).toEqual({ state: "accepted" });
    expect((await podsOf(api)).every(({ terminating }) => terminating)).toBe(true);
    expect((await api.evict(must(a))).state).toMatch(/^(accepted|gone)$/);
  });

  test("of pods that are not there say so", async () => {
    const { cluster, api } = await open(start);
    await cluster.putNode(NODE);
    await cluster.putPods([pod("contract-a")]);
    const [a] = await podsOf(api);
    expect(await api.evict({ ...must(a), name: "contract-none" })).toEqual({ state: "gone" });
  });

  test("leave another pod of the same name alone", async () => {
    const { cluster, api } = await open(start);
    await cluster.putNode(NODE);
    await cluster.putPods([pod("contract-a")]);
    const [a] = await podsOf(api);
    const former = { ...must(a), uid: "00000000-0000-4000-8000-000000000000" };
    expect(await api.evict(former)).toEqual({ state: "gone" });
    expect(await podsOf(api)).toEqual([a]);
  });

  test("are blocked by a budget, which is named, until it has room", async () => {
    const { cluster, api } = await open(start);
    await cluster.putNode(NODE);
    await cluster.putPods([pod("contract-a", { labels: WEB }), pod("contract-b", { labels: WEB })]);
    const budget = { namespace: "default", name: "contract-web", labels: WEB };
    await cluster.putBudget({ ...budget, minAvailable: 2 });
    const [a, b] = await podsOf(api);
    expect(await api.evict(must(a))).toEqual({
      state: "blocked",
      why: expect.stringContaining("contract-web"),
    });
    expect(await podsOf(api)).toEqual([a, b]);
    await cluster.putBudget({ ...budget, minAvailable: 1 });
    expect(await api.evict(must(a))).toEqual({ state: "accepted" });
    expect(await api.evict(must(b))).toMatchObject({ state: "blocked" });
  });

  test("are blocked where two budgets claim a pod, which Kubernetes does not resolve", async () => {
    const { cluster, api } = await open(start);
    await cluster.putNode(NODE);
    await cluster.putPods([pod("contract-a", { labels: WEB })]);
    for (const name of ["contract-one", "contract-two"])
      await cluster.putBudget({ namespace: "default", name, labels: WEB, minAvailable: 0 });
    const [a] = await podsOf(api);
    expect(await api.evict(must(a))).toEqual({
      state: "blocked",
      why: expect.stringContaining("more than one PodDisruptionBudget"),
    });
    expect(await podsOf(api)).toEqual([a]);
  });

  test("ask no budget for a pod that has ended or never ran", async () => {
    const { cluster, api } = await open(start);
    await cluster.putNode(NODE);
    await cluster.putPods([
      pod("contract-ended", { labels: WEB, phase: "Succeeded", ready: false }),
      pod("contract-waits", { labels: WEB, phase: "Pending", ready: false }),
    ]);
    await cluster.putBudget({ namespace: "default", name: "contract-web", labels: WEB, minAvailable: 1 });
    for (const one of await podsOf(api)) expect(await api.evict(one)).toEqual({ state: "accepted" });
  });
}

function connectionContract(start: StartCluster): void {
  test("nobody is let in whom another authority vouches for", async () => {
    const { cluster } = await open(start);
    const api = connect(cluster, await cluster.credentials("stranger"));
    expect(await refusalOf(api.nodes())).toMatchObject({ code: "unauthorized", cluster: "contract" });
  });

  test("who has no right is told which", async () => {
    const { cluster } = await open(start);
    await cluster.putNode(NODE);
    const api = connect(cluster, await cluster.credentials("nobody"));
    expect(await refusalOf(api.nodes())).toMatchObject({
      code: "forbidden",
      details: expect.stringContaining("nodes"),
    });
    const refusal = await refusalOf(api.setUnschedulable(NODE.name, true, "run-1"));
    expect(refusal).toMatchObject({ code: "forbidden" });
  });

  test("we take no server that another authority vouches for", async () => {
    const { cluster } = await open(start);
    const own = await cluster.credentials("admin");
    const { certificate: authorities } = await cluster.credentials("stranger");
    const api = connect(cluster, { ...own, authorities });
    expect(await refusalOf(api.nodes())).toMatchObject({ code: "untrusted" });
  });

  test("a connection that we closed makes no further call", async () => {
    const { api } = await open(start);
    await api.nodes();
    api.close();
    expect(await refusalOf(api.nodes())).toMatchObject({ code: "cancelled" });
  });
}

async function open(start: StartCluster) {
  const cluster = await start();
  onTestFinished(() => cluster.stop());
  return { cluster, api: connect(cluster, await cluster.credentials("admin")) };
}

function connect({ driver, addresses }: ClusterUnderTest, credentials: KubernetesCredentials): KubernetesApi {
  const api = driver.connect({ cluster: "contract", addresses, credentials });
  onTestFinished(() => api.close());
  return api;
}

/** Those that the tests made in namespace `default`, by name. */
async function podsOf(api: KubernetesApi): Promise<readonly KubernetesPod[]> {
  const seen = await api.pods({ node: NODE.name, namespace: "default" });
  return seen.toSorted((one, two) => (one.name < two.name ? -1 : 1));
}

/** What a call was refused with. */
async function refusalOf(
  call: Promise<unknown>,
): Promise<{ readonly code: string; readonly details: string; readonly cluster: string }> {
  try {
    await call;
    return { code: "none", details: "", cluster: "" };
  } catch (failure) {
    if (!(failure instanceof KubernetesError)) throw failure;
    const { code, details, cluster } = failure;
    return { code, details, cluster };
  }
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("a value is missing");
  return value;
}
