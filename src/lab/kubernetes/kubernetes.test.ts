import { beforeAll, describe, expect, test } from "vitest";
import {
  type Documents,
  type LabCluster,
  labCluster,
  labMachines,
} from "../../../test/contract/fixtures/lab-cluster.ts";
import { createAuthority } from "../../secrets/pki/certificate.ts";
import { encodeBase64 } from "../../secrets/pki/pem.ts";
import { apply } from "../apply.ts";
import { bootstrapEtcd } from "../etcd-service.ts";
import { createLab, type Lab } from "../lab.ts";
import { powerOff, powerOn, reboot, reset } from "../lifecycle.ts";
import type { Machine } from "../machine.ts";
import { listResources } from "../resource-store.ts";
import { finishBoot } from "../services.ts";
import { putBudget, removeBudget } from "./budgets.ts";
import { putNode } from "./nodes.ts";
import { putPod } from "./pods.ts";
import { type ApiRequest, answerRequest } from "./requests.ts";

/** By the lab's own clock: nothing here waits. */

const SECOND = 1000;
const MINUTE = 60_000;

let cluster: LabCluster;
let authority: Record<string, string>;
beforeAll(async () => {
  cluster = await labCluster("fleet");
  const made = await createAuthority({
    subject: { organizations: ["kubernetes"] },
    algorithm: "ECDSA P-256",
    now: new Date(),
  });
  authority = { crt: encodeBase64(made.certificate), key: encodeBase64(made.key) };
});

type Change = (documents: Documents) => void;

function configOf(machine: Machine, type: "controlplane" | "worker", change?: Change): string {
  return cluster.config(machine.spec, type, (documents) => {
    const [main] = documents;
    if (main === undefined) throw new Error("no document");
    main["cluster"].ca = type === "controlplane" ? authority : { crt: authority["crt"] };
    change?.(documents);
  });
}

/** The first three of five machines are control planes; all of them run, and Kubernetes has come up. */
function running(change: { readonly seed?: string; readonly config?: Change } = {}) {
  const lab = createLab({
    machines: labMachines(5, 1),
    speed: 0,
    seed: change.seed ?? "s",
    talos: "v1.13.9",
    running: ({ name }) => {
      const type = ["m3", "m4"].includes(name) ? "worker" : "controlplane";
      const machine = labMachines(5, 1).find((one) => one.name === name);
      return machine && configOf({ spec: machine } as Machine, type, change.config);
    },
  });
  lab.clock.advance(2 * MINUTE);
  return worldOf(lab);
}

// biome-ignore lint/suspicious/noExplicitAny: answers of any shape are matched
type Json = any;

function worldOf(lab: Lab) {
  const m = (index: number): Machine => {
    const machine = lab.fleet.find(`m${index}`);
    if (machine === undefined) throw new Error(`m${index}`);
    return machine;
  };
  /** Asks the first control plane that answers. */
  const ask = (url: string, change: Partial<ApiRequest> = {}): { status: number; body: Json } => {
    const server = [...lab.fleet.machines.values()].find((one) => lab.kubernetes.at(one) !== undefined);
    const state = server && lab.kubernetes.at(server);
    if (state === undefined) return { status: 0, body: "nobody serves" };
    const request: ApiRequest = {
      method: "GET",
      url,
      contentType: "",
      body: "",
      user: { name: "admin", groups: ["system:masters"] },
      ...change,
    };
    const context = {
      state,
      now: lab.clock.now(),
      version: "v1.36.3",
      changed: () => lab.kubernetes.wrote(state),
    };
    return answerRequest(request, context);
  };
  const node = (name: string): Json => ask(`/api/v1/nodes/${name}`).body;
  const ready = (name: string): Json =>
    node(name).status.conditions.find(({ type }: Json) => type === "Ready");
  const pods = (query = ""): Json[] => ask(`/api/v1/pods?${query}`).body.items;
  const evict = (pod: Json, uid: string = pod.metadata.uid) => {
    const { namespace, name } = pod.metadata;
    const eviction = {
      apiVersion: "policy/v1",
      kind: "Eviction",
      metadata: { namespace, name },
      deleteOptions: { preconditions: { uid } },
    };
    return ask(`/api/v1/namespaces/${namespace}/pods/${name}/eviction`, {
      method: "POST",
      contentType: "application/json",
      body: JSON.stringify(eviction),
    });
  };
  const patch = (name: string, body: object) =>
    ask(`/api/v1/nodes/${name}`, {
      method: "PATCH",
      contentType: "application/merge-patch+json",
      body: JSON.stringify(body),
    });
  const state = () => {
    const found = lab.kubernetes.named("fleet");
    if (found === undefined) throw new Error("there is no cluster");
    return found;
  };
  return { lab, clock: lab.clock, m, ask, node, ready, pods, evict, patch, state };
}

function isReady(pod: Json): boolean {
  return pod.status.conditions.some(({ type, status }: Json) => type === "Ready" && status === "True");
}

function names(pods: readonly Json[]): string[] {
  return pods.map(({ metadata }) => metadata.name);
}

function sorted(names: readonly string[]): readonly string[] {
  return names.toSorted((one, two) => (one < two ? -1 : 1));
}

const onNode = (name: string) => `fieldSelector=${encodeURIComponent(`spec.nodeName=${name}`)}`;
const labelled = (selector: string) => `labelSelector=${encodeURIComponent(selector)}`;

describe("nodes", () => {
  test("are those whose kubelets run, with what their configurations say", () => {
    const { ask, node } = running({
      config: ([main]) => {
        if (main) main["machine"].nodeLabels = { "topology.kubernetes.io/zone": "r001" };
      },
    });
    expect(names(ask("/api/v1/nodes").body.items)).toEqual(["m0", "m1", "m2", "m3", "m4"]);
    expect(node("m0")).toMatchObject({
      kind: "Node",
      metadata: {
        labels: {
          "kubernetes.io/hostname": "m0",
          "node-role.kubernetes.io/control-plane": "",
          "topology.kubernetes.io/zone": "r001",
        },
      },
      spec: { taints: [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }] },
      status: {
        addresses: [
          { type: "InternalIP", address: "10.201.1.0" },
          { type: "Hostname", address: "m0" },
        ],
        conditions: [{ type: "Ready", status: "True", reason: "KubeletReady" }],
        nodeInfo: { kubeletVersion: "v1.36.3", osImage: "Talos (v1.13.9)" },
      },
    });
    expect(node("m3").metadata.labels).not.toHaveProperty(["node-role.kubernetes.io/control-plane"]);
    expect(ask("/api/v1/nodes/m9")).toMatchObject({
      status: 404,
      body: { kind: "Status", reason: "NotFound", message: 'nodes "m9" not found', code: 404 },
    });
  });

  test("are lost forty seconds after their machine went silent, and are what they were when it is back", () => {
    const { clock, m, node, ready, patch } = running();
    patch("m3", { spec: { unschedulable: true }, metadata: { annotations: { a: "b" } } });
    const { uid } = node("m3").metadata;
    powerOff(m(3));
    clock.advance(39 * SECOND);
    expect(ready("m3")).toMatchObject({ status: "True" });
    clock.advance(2 * SECOND);
    expect(ready("m3")).toMatchObject({
      status: "Unknown",
      reason: "NodeStatusUnknown",
      message: "Kubelet stopped posting node status.",
    });
    clock.advance(24 * 60 * MINUTE);
    powerOn(m(3));
    clock.advance(4 * MINUTE);
    expect(ready("m3")).toMatchObject({ status: "True" });
    expect(node("m3")).toMatchObject({
      metadata: { uid, annotations: { a: "b" } },
      spec: { unschedulable: true },
    });
  });

  test("are not ready for a moment when the kubelet starts anew, and then have its version", () => {
    const { clock, m, node, ready } = running();
    const text = configOf(m(4), "worker", ([main]) => {
      if (main) main["machine"].kubelet.image = "ghcr.io/siderolabs/kubelet:v1.36.4";
    });
    apply(m(4), { text, mode: "NO_REBOOT", dryRun: false, tryTimeout: undefined });
    clock.advance(1 * SECOND);
    expect(node("m4").status.nodeInfo.kubeletVersion).toBe("v1.36.3");
    const seen = new Set<string>();
    for (let second = 0; second < 30; second += 1) {
      clock.advance(SECOND);
      seen.add(`${ready("m4").status} ${node("m4").status.nodeInfo.kubeletVersion}`);
    }
    expect([...seen]).toEqual(["True v1.36.3", "False v1.36.4", "True v1.36.4"]);
  });

  test("of a machine that is not reached at its loopback are lost too", () => {
    const { lab, clock, m, ready } = running();
    lab.fleet.setFaults(m(4), { unroutableWith: "machine:" });
    clock.advance(MINUTE);
    expect(ready("m4")).toMatchObject({ status: "Unknown" });
    lab.fleet.setFaults(m(4), {});
    clock.advance(MINUTE);
    expect(ready("m4")).toMatchObject({ status: "True" });
  });

  test("take annotations, labels and whether they take pods from a merge patch, and nothing from a bad one", () => {
    const { ask, node, patch } = running();
    const before = node("m3");
    expect(patch("m3", { metadata: { annotations: { a: "1", b: "2" }, labels: { c: "3" } } }).status).toBe(
      200,
    );
    const { resourceVersion } = node("m3").metadata;
    expect(patch("m3", { metadata: { annotations: { a: "1" } } }).body.metadata.resourceVersion).toBe(
      resourceVersion,
    );
    patch("m3", { metadata: { annotations: { a: null } }, spec: { unschedulable: true } });
    expect(node("m3")).toMatchObject({
      metadata: { annotations: { b: "2" }, labels: { c: "3" } },
      spec: { unschedulable: true, taints: [{ key: "node.kubernetes.io/unschedulable" }] },
    });
    for (const bad of [
      { spec: { unschedulable: "yes" } },
      { metadata: { annotations: { a: 1 } } },
      { metadata: [] },
    ]) {
      expect(patch("m3", bad)).toMatchObject({ status: 400, body: { reason: "BadRequest" } });
    }
    expect(patch("m3", { metadata: { resourceVersion }, spec: { unschedulable: false } })).toMatchObject({
      status: 409,
      body: { reason: "Conflict" },
    });
    expect(patch("m9", {})).toMatchObject({ status: 404 });
    const other = { method: "PATCH", contentType: "application/strategic-merge-patch+json", body: "{}" };
    expect(ask("/api/v1/nodes/m3", other)).toMatchObject({ status: 415 });
    patch("m3", { metadata: { annotations: null, labels: { c: null } }, spec: { unschedulable: null } });
    const { spec, metadata } = node("m3");
    expect([spec, metadata.labels, metadata.annotations]).toEqual([
      before.spec,
      before.metadata.labels,
      undefined,
    ]);
  });
});

describe("pods", () => {
  test("run where they belong", () => {
    const { pods, ask } = running();
    expect(pods().every(isReady)).toBe(true);
    expect(names(pods(`${onNode("m1")}&${labelled("tier=control-plane")}`))).toEqual([
      "kube-apiserver-m1",
      "kube-controller-manager-m1",
      "kube-scheduler-m1",
    ]);
    const proxies = pods(labelled("k8s-app=kube-proxy"));
    expect(sorted(proxies.map(({ spec }) => spec.nodeName))).toEqual(["m0", "m1", "m2", "m3", "m4"]);
    expect(pods(labelled("k8s-app in (kube-dns)"))).toHaveLength(2);
    const customers = pods(labelled("app in (web, cart)"));
    expect(sorted(customers.map(({ spec }) => spec.nodeName))).toEqual(["m3", "m3", "m4", "m4"]);
    const namespaces = customers.map(({ metadata }) => metadata.namespace);
    expect(sorted(namespaces)).toEqual(["default", "default", "shop", "shop"]);
    expect(customers[0].metadata.ownerReferences).toMatchObject([{ kind: "ReplicaSet", controller: true }]);
    const [server] = pods(labelled("k8s-app=kube-apiserver"));
    expect(server.metadata).toMatchObject({
      name: "kube-apiserver-m0",
      annotations: { "kubernetes.io/config.mirror": expect.any(String) },
      ownerReferences: [{ apiVersion: "v1", kind: "Node", name: "m0" }],
    });
    expect(ask("/api/v1/namespaces/shop/pods").body.items).toHaveLength(2);
  });

  test("of kube-proxy and CoreDNS are not there where the configuration is without", () => {
    const { pods } = running({
      config: ([main]) => {
        if (main === undefined || main["machine"].type === "worker") return;
        main["cluster"].proxy = { disabled: true };
        main["cluster"].coreDNS = { disabled: true };
      },
    });
    expect(pods(labelled("k8s-app in (kube-proxy,kube-dns)"))).toEqual([]);
  });

  test("are as documents of Talos 1.14 say too", () => {
    const { pods, node } = running({
      config: (documents) => {
        const [main] = documents;
        if (main === undefined) return;
        const pem = (key: string) => Buffer.from(authority[key] ?? "", "base64").toString();
        delete main["cluster"].ca;
        const leads = main["machine"].type === "controlplane";
        const kind = (name: string, content: object) =>
          documents.push({ apiVersion: "v1alpha1", kind: name, ...content });
        kind("KubeNodeConfig", { labels: { role: "any" }, taints: { a: "b:NoSchedule" } });
        const issuingCA = { cert: pem("crt"), key: pem("key") };
        kind("KubeAPIServerCAConfig", leads ? { issuingCA } : { acceptedCAs: [pem("crt")] });
        if (leads) kind("KubeProxyConfig", { enabled: false });
      },
    });
    expect(node("m3")).toMatchObject({
      metadata: { labels: { role: "any" } },
      spec: { taints: [{ key: "a", value: "b", effect: "NoSchedule" }] },
    });
    expect(pods(labelled("k8s-app=kube-proxy"))).toEqual([]);
    // Nobody tolerates the taint.
    expect(pods(labelled("app=web")).map(({ status }) => status.phase)).toContain("Pending");
  });

  test("that are evicted end, and come up anew on another node that takes them", () => {
    const { clock, pods, evict, patch } = running();
    patch("m3", { spec: { unschedulable: true } });
    const before = pods(`${onNode("m3")}&${labelled("app")}`);
    expect(before).toHaveLength(2);
    for (const pod of before) {
      expect(evict(pod)).toMatchObject({ status: 201, body: { kind: "Status", status: "Success" } });
    }
    const ending = pods(`${onNode("m3")}&${labelled("app")}`);
    expect(ending.map(({ metadata }) => metadata.deletionTimestamp)).toEqual([
      expect.any(String),
      expect.any(String),
    ]);
    expect(evict(ending[0])).toMatchObject({ status: 201 });
    clock.advance(20 * SECOND);
    const after = pods(labelled("app"));
    expect(after.map(({ spec }) => spec.nodeName)).toEqual(["m4", "m4", "m4", "m4"]);
    expect(after.every(isReady)).toBe(true);
    expect(evict(before[0])).toMatchObject({ status: 404, body: { reason: "NotFound" } });
  });

  test("wait where no node takes them", () => {
    const { clock, pods, evict, patch } = running();
    for (const name of ["m3", "m4"]) patch(name, { spec: { unschedulable: true } });
    for (const pod of pods(labelled("app"))) evict(pod);
    clock.advance(10 * MINUTE);
    expect(pods(labelled("app")).map(({ status }) => status.phase)).toEqual(Array(4).fill("Pending"));
    expect(pods(labelled("app"))[0].status.conditions).toMatchObject([
      { type: "PodScheduled", status: "False", reason: "Unschedulable" },
    ]);
    patch("m4", { spec: { unschedulable: false } });
    clock.advance(10 * SECOND);
    expect(pods(labelled("app")).map(({ spec }) => spec.nodeName)).toEqual(Array(4).fill("m4"));
  });

  test("are spread over the nodes that take them", () => {
    const { clock, pods, evict, patch } = running();
    for (const name of ["m3", "m4"]) patch(name, { spec: { unschedulable: true } });
    for (const pod of pods(labelled("app"))) evict(pod);
    clock.advance(MINUTE);
    for (const name of ["m3", "m4"]) patch(name, { spec: { unschedulable: false } });
    clock.advance(MINUTE);
    expect(sorted(pods(labelled("app")).map(({ spec }) => spec.nodeName))).toEqual(["m3", "m3", "m4", "m4"]);
  });

  test("of a node that reboots go on there; those of one that stays away leave after five minutes", () => {
    const { clock, m, pods } = running();
    const before = names(pods(`${onNode("m3")}&${labelled("app")}`));
    reboot(m(3), "DEFAULT");
    clock.advance(42 * SECOND);
    expect(pods(`${onNode("m3")}&${labelled("app")}`).some(isReady)).toBe(false);
    clock.advance(2 * MINUTE);
    expect(names(pods(`${onNode("m3")}&${labelled("app")}`).filter(isReady))).toEqual(before);
    powerOff(m(3));
    clock.advance(7 * MINUTE);
    const left = pods(labelled("app"));
    expect(left.filter(isReady).map(({ spec }) => spec.nodeName)).toEqual(Array(4).fill("m4"));
    // Nobody there says that they have ended.
    expect(names(left.filter(({ metadata }) => metadata.deletionTimestamp))).toEqual(before);
    powerOn(m(3));
    clock.advance(5 * MINUTE);
    expect(names(pods(labelled("app")))).toHaveLength(4);
  });

  test("of DaemonSets come up anew on the same node, mirrors of static pods at once", () => {
    const { clock, pods, evict } = running();
    const [proxy] = pods(`${onNode("m3")}&${labelled("k8s-app=kube-proxy")}`);
    const [server] = pods(`${onNode("m0")}&${labelled("k8s-app=kube-apiserver")}`);
    for (const pod of [proxy, server]) expect(evict(pod).status).toBe(201);
    clock.advance(20 * SECOND);
    const [next] = pods(`${onNode("m3")}&${labelled("k8s-app=kube-proxy")}`);
    expect(next.metadata.uid).not.toBe(proxy.metadata.uid);
    expect(names(pods(onNode("m0")))).toContain("kube-apiserver-m0");
  });

  test("that were put stay as they are, on nodes that were put", () => {
    const { lab, clock, state, pods, ready, evict } = running();
    putNode(
      state(),
      { name: "x", kubelet: "v1.36.3", address: "10.201.0.5", problem: "no runtime" },
      clock.now(),
    );
    putPod(
      state(),
      {
        namespace: "default",
        name: "x-1",
        node: "x",
        phase: "Succeeded",
        ready: false,
        owner: undefined,
        mirror: false,
        labels: {},
      },
      clock.now(),
    );
    clock.advance(10 * MINUTE);
    expect(ready("x")).toMatchObject({ status: "False", message: "no runtime" });
    expect(pods(onNode("x"))).toMatchObject([{ metadata: { name: "x-1" }, status: { phase: "Succeeded" } }]);
    evict(pods(onNode("x"))[0]);
    clock.advance(10 * SECOND);
    expect(pods(onNode("x"))).toEqual([]);
    expect(lab.kubernetes.named("another")).toBeUndefined();
  });
});

describe("a disruption budget", () => {
  const budget = { namespace: "default", name: "web", labels: { app: "web" }, minAvailable: 2 };

  test("forbids evictions until there are pods to spare", () => {
    const { clock, pods, evict, state } = running();
    putBudget(state(), budget);
    putBudget(state(), { ...budget, namespace: "shop" });
    const [first, second] = pods(labelled("app=web"));
    expect(evict(first)).toMatchObject({
      status: 429,
      body: {
        reason: "TooManyRequests",
        message: "Cannot evict pod as it would violate the pod's disruption budget.",
        details: {
          causes: [
            {
              reason: "DisruptionBudget",
              message: "The disruption budget web needs 2 healthy pods and has 2 currently",
            },
          ],
        },
      },
    });
    putBudget(state(), { ...budget, minAvailable: 1 });
    expect(evict(first).status).toBe(201);
    expect(evict(second).status).toBe(429);
    clock.advance(10 * SECOND);
    expect(evict(second).status).toBe(201);
    expect(removeBudget(state(), budget)).toBe(true);
    expect(removeBudget(state(), budget)).toBe(false);
  });

  test("is asked for pods that run alone, and only where it is the only one", () => {
    const { clock, pods, evict, state, patch } = running();
    const [first, second] = pods(labelled("app=web"));
    putBudget(state(), { ...budget, minAvailable: 0 });
    putBudget(state(), { ...budget, name: "also-web", minAvailable: 0 });
    expect(evict(first)).toMatchObject({
      status: 201,
      body: { status: "Failure", code: 500, message: expect.stringContaining("more than one") },
    });
    removeBudget(state(), { ...budget, name: "also-web" });
    for (const name of ["m3", "m4"]) patch(name, { spec: { unschedulable: true } });
    expect(evict(first).status).toBe(201);
    clock.advance(10 * SECOND);
    putBudget(state(), budget);
    const pending = pods(labelled("app=web")).find(({ status }) => status.phase === "Pending");
    expect(evict(pending).status).toBe(201);
    expect(evict(second).status).toBe(429);
  });

  test("does not save a pod of another UID", () => {
    const { pods, evict } = running();
    const [pod] = pods(labelled("app=web"));
    expect(evict(pod, "another")).toMatchObject({
      status: 409,
      body: { reason: "Conflict", message: expect.stringContaining("does not match the UID in record") },
    });
    expect(pods(labelled("app=web"))[0]).toEqual(pod);
  });
});

describe("an API server", () => {
  test("serves while its kubelet has started it, its member of etcd runs and more than half of the members do", () => {
    const { lab, clock, m, ready } = running();
    const serving = () => [0, 1, 2, 3].map((index) => lab.kubernetes.at(m(index)) !== undefined);
    expect(serving()).toEqual([true, true, true, false]);
    lab.fleet.setFaults(m(0), { kubernetesDown: true });
    expect(serving()).toEqual([false, true, true, false]);
    lab.fleet.setFaults(m(0), {});
    expect(serving()).toEqual([true, true, true, false]);
    reboot(m(1), "DEFAULT");
    expect(serving()).toEqual([true, false, true, false]);
    powerOff(m(2));
    expect(serving()).toEqual([false, false, false, false]);
    for (let second = 0; second < 180 && !serving()[1]; second += 1) clock.advance(SECOND);
    expect(serving()).toEqual([true, true, false, false]);
    clock.advance(20 * SECOND);
    // Nobody was there to see who was silent; who still is, is found out.
    expect(ready("m2")).toMatchObject({ status: "True" });
    expect(ready("m3")).toMatchObject({ status: "True" });
    clock.advance(30 * SECOND);
    expect(ready("m2")).toMatchObject({ status: "Unknown" });
  });

  test("goes on while the kubelet alone starts anew", () => {
    const { lab, clock, m } = running();
    const text = configOf(m(0), "controlplane", ([main]) => {
      if (main) main["machine"].kubelet.image = "ghcr.io/siderolabs/kubelet:v1.36.4";
    });
    apply(m(0), { text, mode: "NO_REBOOT", dryRun: false, tryTimeout: undefined });
    clock.advance(SECOND);
    expect(m(0).services.get("kubelet")?.state).toBe("Preparing");
    expect(lab.kubernetes.at(m(0))).toBeDefined();
  });

  test("has nothing of before where etcd is new", () => {
    const { clock, m, node, ask, lab } = running();
    const { uid } = node("m3").metadata;
    for (const index of [0, 1, 2])
      reset(m(index), { graceful: false, reboot: true, partitions: ["EPHEMERAL"], wipesSystem: true });
    clock.advance(5 * MINUTE);
    expect(ask("/version").status).toBe(0);
    expect(lab.kubernetes.named("fleet")).toBeUndefined();
    bootstrapEtcd(m(0), () => finishBoot(m(0)));
    clock.advance(2 * MINUTE);
    expect(node("m3").metadata.uid).not.toBe(uid);
    expect(lab.kubernetes.named("fleet")?.nodes.size).toBe(5);
  });

  test("is of the same state after a reboot of all", () => {
    const { clock, m, node, ask, patch } = running();
    patch("m3", { metadata: { annotations: { kept: "yes" } } });
    for (const index of [0, 1, 2, 3, 4]) powerOff(m(index));
    clock.advance(MINUTE);
    expect(ask("/version").status).toBe(0);
    for (const index of [0, 1, 2, 3, 4]) powerOn(m(index));
    clock.advance(5 * MINUTE);
    expect(node("m3").metadata.annotations).toEqual({ kept: "yes" });
  });

  test("does not exist where no configuration has an authority for it", () => {
    const lab = createLab({
      machines: labMachines(1, 1),
      speed: 0,
      seed: "s",
      talos: "v1.13.9",
      running: (machine) => labMachines(1, 1)[0] && cluster.config(machine, "controlplane"),
    });
    lab.clock.advance(MINUTE);
    expect(lab.kubernetes.named("fleet")).toBeUndefined();
    const [machine] = lab.fleet.machines.values();
    expect(machine && listResources(machine, "k8s", "StaticPodStatuses.kubernetes.talos.dev")).toEqual([]);
  });

  test("tells who may what", () => {
    const { ask } = running();
    expect(ask("/api/v1/nodes", { user: undefined })).toMatchObject({
      status: 401,
      body: { reason: "Unauthorized" },
    });
    const user = { name: "jane", groups: ["developers"] };
    const refused = (url: string, method = "GET") => {
      const { status, body } = ask(url, { user, method });
      return `${status} ${body.message}`;
    };
    expect(refused("/api/v1/nodes")).toBe(
      '403 nodes is forbidden: User "jane" cannot list resource "nodes" in API group "" at the cluster scope',
    );
    expect(refused("/api/v1/nodes/m0", "PATCH")).toBe(
      '403 nodes "m0" is forbidden: User "jane" cannot patch resource "nodes" in API group "" at the cluster scope',
    );
    expect(refused("/api/v1/namespaces/shop/pods/a/eviction", "POST")).toBe(
      '403 pods "a" is forbidden: User "jane" cannot create resource "pods/eviction" in API group "" in the namespace "shop"',
    );
    expect(refused("/version")).toBe('403 forbidden: User "jane" cannot get path "/version"');
  });

  test("answers what it has and nothing else", () => {
    const { ask } = running();
    expect(ask("/version").body).toMatchObject({ major: "1", minor: "36", gitVersion: "v1.36.3" });
    expect(ask("/readyz")).toEqual({ status: 200, body: "ok" });
    for (const url of [
      "/",
      "/api/v1",
      "/api/v1/secrets",
      "/apis/apps/v1/deployments",
      "/api/v1/nodes/m0/status",
    ]) {
      expect(ask(url)).toMatchObject({ status: 404, body: { kind: "Status", code: 404 } });
    }
    expect(ask("/api/v1/nodes", { method: "DELETE" })).toMatchObject({ status: 405 });
    expect(ask("/api/v1/nodes?watch=1")).toMatchObject({ status: 400 });
    expect(ask("/api/v1/nodes/m0?dryRun=All", { method: "PATCH" })).toMatchObject({ status: 400 });
    expect(ask("/api/v1/nodes/%zz")).toMatchObject({ status: 400 });
    for (const body of [
      "",
      "[]",
      "{}",
      '{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"b"}}',
    ]) {
      const wanted = { method: "POST", contentType: "application/json", body };
      expect(ask("/api/v1/namespaces/shop/pods/a/eviction", wanted)).toMatchObject({ status: 400 });
    }
  });

  test("gives lists in pages", () => {
    const { lab, ask, state, clock } = running();
    const pages: string[][] = [];
    let token = "";
    do {
      const { body } = ask(`/api/v1/nodes?limit=2&continue=${token}`);
      pages.push(names(body.items));
      token = body.metadata.continue ?? "";
    } while (token !== "");
    expect(pages).toEqual([["m0", "m1"], ["m2", "m3"], ["m4"]]);
    expect(ask("/api/v1/nodes?continue=nonsense")).toMatchObject({ status: 400 });
    expect(ask("/api/v1/nodes?limit=-1")).toMatchObject({ status: 400 });
    const { body } = ask("/api/v1/nodes?limit=2");
    const other = {
      state: { ...state(), id: "another" },
      now: clock.now(),
      version: "",
      changed: () => undefined,
    };
    const request = {
      method: "GET",
      contentType: "",
      body: "",
      user: { name: "a", groups: ["system:masters"] },
    };
    expect(
      answerRequest({ ...request, url: `/api/v1/nodes?continue=${body.metadata.continue}` }, other),
    ).toMatchObject({ status: 410, body: { reason: "Expired" } });
    expect(lab.kubernetes.named("fleet")).toBe(state());
  });

  test.each([
    ["k8s-app=kube-apiserver", 3],
    ["k8s-app==kube-apiserver,tier=control-plane", 3],
    ["k8s-app in (kube-apiserver, kube-scheduler)", 6],
    ["tier,k8s-app notin (kube-proxy)", 9],
    ["tier,k8s-app!=kube-proxy", 9],
    ["!k8s-app", 4],
    ["", 20],
  ])("chooses by %j", (selector, count) => {
    const { pods } = running();
    expect(pods(labelled(selector))).toHaveLength(count);
  });

  test.each(["a in (", "a in b", "=", "a=b=c", "a,,b", "-a", "a>1"])("knows no selector %j", (selector) => {
    const { ask } = running();
    expect(ask(`/api/v1/pods?${labelled(selector)}`)).toMatchObject({ status: 400 });
    expect(ask("/api/v1/pods?fieldSelector=spec.color%3Dred")).toMatchObject({
      status: 400,
      body: { message: "field label not supported: spec.color" },
    });
    expect(ask("/api/v1/pods?fieldSelector=red")).toMatchObject({ status: 400 });
  });
});

describe("what a machine itself says", () => {
  const TYPE = "StaticPodStatuses.kubernetes.talos.dev";
  const seen = (machine: Machine): Record<string, boolean> =>
    Object.fromEntries(
      listResources(machine, "k8s", TYPE).map(({ id, yaml }) => [
        id,
        /type: Ready\n\s+status: "True"/.test(yaml),
      ]),
    );

  test("of its static pods is what its kubelet knows", () => {
    const { lab, m } = running();
    expect(seen(m(0))).toEqual({
      "kube-system/kube-apiserver-m0": true,
      "kube-system/kube-controller-manager-m0": true,
      "kube-system/kube-scheduler-m0": true,
    });
    expect(seen(m(3))).toEqual({});
    lab.fleet.setFaults(m(0), { kubernetesDown: true });
    expect(seen(m(0))).toMatchObject({ "kube-system/kube-apiserver-m0": false });
  });

  test("of its own troubles is what a fault makes it say", () => {
    const { lab, m } = running();
    const diagnostics = () => listResources(m(0), "runtime", "Diagnostics.runtime.talos.dev");
    expect(diagnostics()).toEqual([]);
    lab.fleet.setFaults(m(0), { diagnostic: "kubelet server certificate is not approved" });
    expect(diagnostics()).toMatchObject([
      { id: "kubelet-csr", yaml: expect.stringContaining("not approved") },
    ]);
  });
});

test("the same seed gives the same pods, and Kubernetes takes no chance from the machines", () => {
  const told = (seed: string) => {
    const { pods, m } = running({ seed });
    return [pods().map(({ metadata }) => [metadata.name, metadata.uid]), m(0).bootId];
  };
  expect(told("a")).toEqual(told("a"));
  expect(told("a")).not.toEqual(told("b"));
});
