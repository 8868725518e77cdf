import { request as httpsRequest } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { createKubernetesDriver } from "../src/applier/drivers/kubernetes/driver.ts";
import {
  type KubernetesApi,
  type KubernetesCredentials,
  KubernetesError,
  type KubernetesPod,
} from "../src/applier/kubernetes-api.ts";
import { type ControlServer, serveControl } from "../src/lab/control-server.ts";
import { putBudget } from "../src/lab/kubernetes/budgets.ts";
import { putNode } from "../src/lab/kubernetes/nodes.ts";
import { putPod } from "../src/lab/kubernetes/pods.ts";
import { createLab, type Lab } from "../src/lab/lab.ts";
import type { Machine } from "../src/lab/machine.ts";
import { loopbackOf } from "../src/lab/server.ts";
import { mintKubernetesCredential } from "../src/secrets/credentials/mint.ts";
import { type ContractCluster, createCluster } from "./contract/cluster.ts";
import { type ClusterUnderTest, kubernetesContract } from "./contract/kubernetes-contract.ts";
import { until } from "./contract/machine-under-test.ts";

/** The simulated Kubernetes is held to what Kubernetes' own API server is held to, and does what operators see. */

/** An own part of 127.0.0.0/8, so that no two runs meet. */
const NETWORK = `10.${100 + (process.pid % 100)}.${Math.floor(process.pid / 100) % 250}`;
const PORTS = { talos: 50_078, kubernetes: 6478 };
const VIP = `${NETWORK}.250`;

/** A minute is a second. */
const SPEED = 60;

/** Three control planes and two workers. */
const MACHINES = [0, 1, 2, 3, 4].map((at) => ({
  name: `m${at}`,
  serial: `LAB000${at}`,
  uuid: `4c4c4544-0035-5910-8047-c7c04f4d353${at}`,
  macs: { eth0: `b8:ce:f6:00:00:0${at}` },
  loopback: `${NETWORK}.${at}`,
  bootstrap: `${NETWORK}.${100 + 2 * at}`,
}));

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

let known: Promise<{ readonly own: ContractCluster; readonly other: ContractCluster }> | undefined;

async function clusters() {
  known ??= Promise.all([createCluster(), createCluster()]).then(([own, other]) => ({ own, other }));
  return known;
}

/** A fleet whose machines run, with Kubernetes up. */
async function startLab(speed = SPEED): Promise<Lab> {
  const { own } = await clusters();
  const lab = createLab({
    machines: MACHINES,
    speed,
    seed: "kubernetes",
    talos: "v1.14.1",
    port: PORTS.talos,
    kubernetesPort: PORTS.kubernetes,
    running: ({ name }) =>
      own.config({
        type: name === "m3" || name === "m4" ? "worker" : "controlplane",
        hostname: name,
        machine: {
          kubelet: { image: "ghcr.io/siderolabs/kubelet:v1.36.3" },
          install: { disk: "/dev/nvme0n1" },
        },
        cluster: { controlPlane: { endpoint: `https://${VIP}:6443` } },
      }),
  });
  lab.clock.advance(60_000);
  await lab.start();
  await lab.settled();
  return lab;
}

async function credentials(who: "admin" | "nobody" | "stranger"): Promise<KubernetesCredentials> {
  const { own, other } = await clusters();
  const { value } = await mintKubernetesCredential({
    ca: (who === "stranger" ? other : own).bundle.certs.k8s,
    user: who,
    groups: [who === "nobody" ? "nobodies" : "system:masters"],
    ttlSeconds: 600,
    now: new Date(),
    at: { file: "secrets.yaml", document: 0, path: [] },
  });
  if (value === undefined) throw new Error("there is no credential");
  const authorities = Buffer.from(own.bundle.certs.k8s.crt, "base64").toString("latin1");
  return { authorities, certificate: value.certificate, key: value.key };
}

const driver = createKubernetesDriver({
  dial: (address) => `${loopbackOf(address)}:${PORTS.kubernetes}`,
  deadlines: { connect: 500, read: 2000, write: 2000 },
  repetition: { attempts: 2, firstWait: 20, longestWait: 50 },
  now: Date.now,
  wait: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
});

kubernetesContract("the simulated Kubernetes", async (): Promise<ClusterUnderTest> => {
  const lab = await startLab(20);
  const state = () => {
    const found = lab.kubernetes.named("contract");
    if (found === undefined) throw new Error("there is no cluster");
    return found;
  };
  return {
    driver,
    addresses: MACHINES.slice(0, 3).map(({ loopback }) => loopback),
    credentials,
    putNode: async ({ ready, ...node }) =>
      putNode(state(), { ...node, problem: ready === true ? undefined : ready.not }, lab.clock.now()),
    putPods: async (pods) => {
      for (const { controller, labels = {}, mirror = false, ...pod } of pods) {
        const { phase = "Running" } = pod;
        const owner = controller && { apiVersion: "apps/v1", uid: "0-0-0-0", ...controller };
        const ready = pod.ready ?? phase === "Running";
        putPod(state(), { ...pod, phase, ready, owner, labels, mirror }, lab.clock.now());
      }
    },
    putBudget: async (budget) => putBudget(state(), budget),
    stop: () => lab.stop(),
  };
});

/** A fleet, an administrator of its cluster, and the lab's own control. */
async function open(addresses: readonly string[] = [VIP], speed = SPEED) {
  const lab = await startLab(speed);
  ends.push(() => lab.stop());
  const control = await serveControl(lab, 0);
  ends.push(() => control.close());
  const api = driver.connect({ cluster: "contract", addresses, credentials: await credentials("admin") });
  ends.push(() => api.close());
  const m = (at: number): Machine => {
    const machine = lab.fleet.find(`m${at}`);
    if (machine === undefined) throw new Error(`m${at}`);
    return machine;
  };
  const fault = async (at: number, faults: Machine["faults"]) => {
    lab.fleet.setFaults(m(at), faults);
    await lab.settled();
  };
  return { lab, control, api, m, fault };
}

async function tell(control: ControlServer, method: string, path: string, body?: unknown) {
  const response = await fetch(`${control.url}${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as unknown };
}

/** Those that an operator ends before the machine goes down. */
function isGuest({ mirror, controller }: KubernetesPod): boolean {
  return !mirror && controller?.kind !== "DaemonSet";
}

async function guestsOf(api: KubernetesApi, node: string): Promise<readonly KubernetesPod[]> {
  return (await api.pods({ node })).filter(isGuest);
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => "none",
    (error: unknown) => {
      if (error instanceof KubernetesError) return error.code;
      throw error;
    },
  );
}

describe("what operators do", () => {
  test("a node is drained, switched off, on again and used again", async () => {
    const { lab, api } = await open();
    await api.setUnschedulable("m3", true, "run-1");
    for (const pod of await guestsOf(api, "m3")) expect(await api.evict(pod)).toEqual({ state: "accepted" });
    await until(async () => (await guestsOf(api, "m3")).length === 0);
    await until(async () => (await api.pods({ labels: "app" })).every(({ ready }) => ready));
    expect(new Set((await api.pods({ labels: "app" })).map(({ node }) => node))).toEqual(new Set(["m4"]));
    const power = lab.power.of(MACHINES[3] ?? { name: "", serial: "" });
    await power?.powerOff();
    await until(async () => (await api.node("m3"))?.ready === false);
    expect(await api.node("m3")).toMatchObject({ why: "Kubelet stopped posting node status." });
    await power?.powerOn();
    await until(async () => (await api.node("m3"))?.ready === true);
    expect(await api.node("m3")).toMatchObject({ unschedulable: true, kubelet: "v1.36.3" });
    await api.setUnschedulable("m3", false, undefined);
    const [pod] = await guestsOf(api, "m4");
    if (pod !== undefined) await api.evict(pod);
    await until(async () => (await guestsOf(api, "m3")).some(({ ready }) => ready));
  });

  test("a disruption budget that somebody puts stands in the way until somebody takes it away", async () => {
    const { api, control } = await open();
    const budget = { namespace: "shop", name: "cart", labels: { app: "cart" }, minAvailable: 2 };
    expect(await tell(control, "POST", "/clusters/contract/budgets", budget)).toEqual({
      status: 200,
      body: budget,
    });
    const [cart] = await api.pods({ labels: "app=cart" });
    if (cart === undefined) throw new Error("nobody has a cart");
    expect(await api.evict(cart)).toEqual({
      state: "blocked",
      why: "The disruption budget cart needs 2 healthy pods and has 2 currently",
    });
    expect((await tell(control, "DELETE", "/clusters/contract/budgets/shop/cart")).status).toBe(200);
    expect((await tell(control, "DELETE", "/clusters/contract/budgets/shop/cart")).status).toBe(404);
    expect(await api.evict(cart)).toEqual({ state: "accepted" });
    expect((await tell(control, "POST", "/clusters/none/budgets", budget)).status).toBe(404);
    for (const wrong of [
      { ...budget, minAvailable: "half" },
      { ...budget, minAvailable: -1 },
      { ...budget, labels: { app: 1 } },
      { ...budget, color: "red" },
      { namespace: "shop" },
      [],
    ]) {
      expect((await tell(control, "POST", "/clusters/contract/budgets", wrong)).status).toBe(400);
    }
  });
});

describe("the address of the endpoint", () => {
  test("answers as long as one API server does, and comes back with it", async () => {
    const { api, fault, lab } = await open();
    expect(await api.nodes()).toHaveLength(5);
    await fault(0, { kubernetesDown: true });
    await fault(1, { kubernetesDown: true });
    for (const _ of [1, 2, 3]) expect(await api.nodes()).toHaveLength(5);
    await fault(2, { kubernetesDown: true });
    expect(await codeOf(api.nodes())).toBe("unavailable");
    await fault(1, {});
    await lab.settled();
    expect(await api.nodes()).toHaveLength(5);
  });

  test("does not answer where etcd has lost too many members", async () => {
    const { api, lab } = await open();
    for (const machine of MACHINES.slice(0, 2)) await lab.power.of(machine)?.powerOff();
    await lab.settled();
    expect(await codeOf(api.nodes())).toBe("unavailable");
    for (const machine of MACHINES.slice(0, 2)) await lab.power.of(machine)?.powerOn();
    await until(async () => (await codeOf(api.nodes())) === "none");
    await until(async () => (await api.nodes()).every(({ ready }) => ready));
  });
});

describe("the address of a control plane", () => {
  test("is asked after one that says nothing, and one that is gone in the middle", async () => {
    const { api, fault, lab } = await open(MACHINES.slice(0, 2).map(({ loopback }) => loopback));
    expect(await api.nodes()).toHaveLength(5);
    await fault(0, { connection: "hang" });
    expect(await api.nodes()).toHaveLength(5);
    await fault(0, {});
    const [, second] = MACHINES;
    if (second !== undefined) await lab.power.of(second)?.powerOff();
    expect(await api.nodes()).toHaveLength(5);
    await fault(0, { connection: "refuse" });
    expect(await codeOf(api.nodes())).toBe("unavailable");
  });

  test("is not that of a worker", async () => {
    const { api } = await open([MACHINES[3]?.loopback ?? ""]);
    expect(await codeOf(api.nodes())).toBe("unavailable");
  });

  test("shows a certificate that is not valid yet where its clock is ahead", async () => {
    const { api, fault } = await open([MACHINES[0]?.loopback ?? ""]);
    await fault(0, { clockAhead: 3_600_000 });
    expect(await codeOf(api.nodes())).toBe("untrusted");
  });

  test("may lose an answer: a pod has ended then, or not", async () => {
    const { api, fault } = await open([MACHINES[0]?.loopback ?? ""], 1);
    const pods = await api.pods({ labels: "app" });
    await fault(0, { dropCalls: 1 });
    for (const pod of pods) expect(await codeOf(api.evict(pod))).toBe("unavailable");
    await fault(0, {});
    for (const pod of pods) expect((await api.evict(pod)).state).toMatch(/^(accepted|gone)$/);
    expect((await api.pods({ labels: "app" })).filter(({ terminating }) => terminating)).toHaveLength(4);
  });

  test("answers by HTTP to everybody, and in words", async () => {
    await open();
    const { authorities: ca, ...own } = await credentials("admin");
    const ask = (path: string, body = "", pair: { certificate?: string; key?: string } = own) =>
      new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
        const sent = httpsRequest(
          {
            host: loopbackOf(VIP),
            port: PORTS.kubernetes,
            servername: "kubernetes",
            method: body === "" ? "GET" : "POST",
            path,
            agent: false,
            ca,
            cert: pair.certificate,
            key: pair.key,
          },
          (response) => {
            let text = "";
            response.on("data", (piece) => {
              text += String(piece);
            });
            response.on("end", () => resolve({ status: response.statusCode, text }));
          },
        );
        sent.on("error", reject);
        sent.end(body);
      });
    expect(await ask("/readyz")).toEqual({ status: 200, text: "ok" });
    expect((await ask("/version")).text).toContain('"gitVersion":"v1.37.0"');
    const { status, text } = await ask("/api/v1/nodes", "", {});
    expect([status, JSON.parse(text)]).toMatchObject([401, { kind: "Status", reason: "Unauthorized" }]);
    expect(await ask("/apis/apps/v1/deployments")).toMatchObject({ status: 404 });
    const eviction = "/api/v1/namespaces/default/pods/a/eviction";
    expect(await ask(eviction, "x".repeat(4 * 1024 * 1024))).toMatchObject({ status: 413 });
  });
});
