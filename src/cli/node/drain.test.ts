import { describe, expect, test } from "vitest";
import type { DesiredMachine } from "../../applier/desired.ts";
import {
  CORDON_MARK,
  type Eviction,
  type KubernetesApi,
  KubernetesError,
  type KubernetesPod,
} from "../../applier/kubernetes-api.ts";
import type { Terminal } from "../terminal.ts";
import { drainEach, type Nodes } from "./drain.ts";

interface FakeNode {
  unschedulable: boolean;
  annotations: Record<string, string>;
}

/** A cluster of which every node answers at once; `calls` says what was asked of it, in order. */
class FakeCluster {
  readonly nodes = new Map<string, FakeNode>();
  readonly calls: string[] = [];
  pods: KubernetesPod[] = [];
  eviction: Eviction = { state: "accepted" };
  fails = false;

  readonly api: KubernetesApi = {
    nodes: () => Promise.resolve([]),
    node: (name) => {
      if (this.fails)
        throw new KubernetesError("forbidden", { cluster: "a", operation: "reading a node" }, "no");
      const node = this.nodes.get(name);
      return Promise.resolve(
        node && { ...node, name, ready: true, why: "", kubelet: "v1.36.3", addresses: [], labels: {} },
      );
    },
    setUnschedulable: (name, unschedulable, mark) => {
      this.calls.push(`${unschedulable ? "cordon" : "uncordon"} ${name}`);
      this.nodes.set(name, {
        unschedulable,
        annotations: mark === undefined ? {} : { [CORDON_MARK]: mark },
      });
      return Promise.resolve();
    },
    pods: ({ node }) => Promise.resolve(this.pods.filter((pod) => pod.node === node)),
    evict: (pod) => {
      this.calls.push(`evict ${pod.name}`);
      if (this.eviction.state === "accepted") this.pods = this.pods.filter(({ uid }) => uid !== pod.uid);
      return Promise.resolve(this.eviction);
    },
    close: () => undefined,
  };

  add(...names: readonly string[]): this {
    for (const name of names) {
      this.nodes.set(name, { unschedulable: false, annotations: {} });
      this.pods.push(podOf(`web-${name}`, name));
    }
    return this;
  }
}

function podOf(name: string, node: string): KubernetesPod {
  return {
    namespace: "shop",
    name,
    uid: name,
    node,
    phase: "Running",
    ready: true,
    terminating: false,
    controller: { kind: "ReplicaSet", name: "web" },
    mirror: false,
    labels: {},
  };
}

/** Drains nodes of cluster `a`; one of cluster `none` has no Kubernetes. */
async function drain(cluster: FakeCluster, names: readonly string[], signal = new AbortController().signal) {
  const said = { stdout: "", stderr: "" };
  let time = Date.parse("2026-11-21T08:00:00Z");
  const terminal = {
    // Each look at the clock is a minute later, so that every wait comes to its end.
    now: () => {
      time += 60_000;
      return new Date(time);
    },
    stdout: (text: string) => {
      said.stdout += text;
    },
    stderr: (text: string) => {
      said.stderr += text;
    },
  } as Terminal;
  const machines = names.map((name) => ({ name, cluster: name === "lost" ? "none" : "a" }) as DesiredMachine);
  const nodes = {
    names,
    session: {
      desired: { clusters: new Map([["a", { machines }]]) },
      kubernetes: (name: string) => (name === "a" ? cluster.api : undefined),
    },
  } as unknown as Nodes;
  const results = await drainEach(nodes, { timeout: 300, lab: "http://127.0.0.1:1" }, { terminal, signal });
  return { ...said, outcomes: [...results].map(([name, { outcome }]) => `${name}: ${outcome}`) };
}

describe("nodes are drained", () => {
  test("all made unschedulable first, without the mark of a run", async () => {
    const cluster = new FakeCluster().add("n1", "n2");
    const { outcomes, stdout, stderr } = await drain(cluster, ["n1", "n2"]);
    expect(outcomes).toEqual(["n1: done", "n2: done"]);
    expect(cluster.calls).toEqual(["cordon n1", "cordon n2", "evict web-n1", "evict web-n2"]);
    expect([...cluster.nodes.values()]).toEqual([
      { unschedulable: true, annotations: {} },
      { unschedulable: true, annotations: {} },
    ]);
    expect(stdout).toBe("n1: no new pods\nn2: no new pods\nn1: drained\nn2: drained\n");
    expect(stderr).toMatch(/^n1: waits until .*: 1 pod\n/);
  });

  test("also those that a run made unschedulable: from now on a person did", async () => {
    const cluster = new FakeCluster().add("n1");
    cluster.nodes.set("n1", { unschedulable: true, annotations: { [CORDON_MARK]: "a run" } });
    await drain(cluster, ["n1"]);
    expect(cluster.nodes.get("n1")).toEqual({ unschedulable: true, annotations: {} });
  });

  test("as far as disruption budgets let them", async () => {
    const cluster = new FakeCluster().add("n1");
    cluster.eviction = { state: "blocked", why: "the disruption budget shop/web needs 1 of 1 pods" };
    const { outcomes, stderr } = await drain(cluster, ["n1"]);
    expect(outcomes).toEqual(["n1: waiting"]);
    expect(stderr).toMatch(
      /^n1: not empty after 5m: 1 pod, .*the disruption budget shop\/web .*shop\/web-n1$/m,
    );
    expect(cluster.nodes.get("n1")?.unschedulable).toBe(true);
  });

  test("not where a pod would be gone for good, and the others are", async () => {
    const cluster = new FakeCluster().add("n1", "n2");
    cluster.pods.push({ ...podOf("alone", "n1"), controller: undefined });
    const { outcomes, stderr } = await drain(cluster, ["n1", "n2"]);
    expect(outcomes).toEqual(["n1: refused", "n2: done"]);
    expect(stderr).toContain("n1: no pod was evicted, since nothing makes these anew: shop/alone\n");
    expect(cluster.calls).not.toContain("evict web-n1");
  });

  test("not where there is no such node, no Kubernetes, or no right", async () => {
    const cluster = new FakeCluster().add("n1");
    const { outcomes, stderr } = await drain(cluster, ["gone", "n1"]);
    expect(outcomes).toEqual(["gone: failed", "n1: done"]);
    expect(stderr).toContain("gone: Kubernetes has no node of this name\n");
    cluster.fails = true;
    expect((await drain(cluster, ["n1"])).stderr).toMatch(/^n1: ICH8021 /);
    expect((await drain(cluster, ["lost"])).stderr).toBe(
      'lost: cluster "none" has no Kubernetes that can be asked\n',
    );
  });

  test("no further once somebody asks it to end", async () => {
    const cluster = new FakeCluster().add("n1", "n2");
    expect((await drain(cluster, ["n1", "n2"], AbortSignal.abort())).outcomes).toEqual([]);
    expect(cluster.calls).toEqual([]);
  });
});
