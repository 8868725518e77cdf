import { describe, expect, test } from "vitest";
import { PlannedFleet } from "../../../test/support/planned-fleet.ts";
import type { KubernetesNode, KubernetesPod } from "../kubernetes-api.ts";
import type { LiveKubernetes, MachineHealth, RunningMachine } from "../live.ts";
import type { Service } from "../talos-api.ts";
import { checkHealth, healthOf } from "./health.ts";

const MEBIBYTE = 1024 * 1024;
const CONTROL_PLANES = ["c0", "c1", "c2"];
const MACHINES = [...CONTROL_PLANES, "w0", "w1"];
const COMPONENTS = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"];

/** A cluster of three control planes and two workers that has nothing wrong with it, until a test changes it. */
class Cluster {
  readonly fleet = new PlannedFleet();
  kubernetes: LiveKubernetes | undefined;

  constructor() {
    for (const name of MACHINES) {
      const etcd = CONTROL_PLANES.includes(name) ? [service("etcd")] : [];
      this.fleet.but(name, { services: [service("kubelet"), ...etcd], health: healthy(name) });
    }
    const pods = [
      ...CONTROL_PLANES.flatMap((node) => COMPONENTS.map((app) => podOf(app, node))),
      ...MACHINES.map((node) => podOf("kube-proxy", node)),
      podOf("kube-dns", "w0"),
      podOf("kube-dns", "w1"),
    ];
    this.kubernetes = { state: "running", nodes: MACHINES.map(nodeOf), systemPods: pods };
  }

  /** Something that only health asks of a machine is otherwise. */
  health(name: string, changes: Partial<MachineHealth>): this {
    this.fleet.but(name, { health: { ...healthy(name), ...changes } });
    return this;
  }

  but(name: string, changes: Partial<RunningMachine>): this {
    this.fleet.but(name, changes);
    return this;
  }

  service(name: string, changes: Partial<Service> & { readonly id: string }): this {
    const live = this.fleet.live.get(name);
    if (live?.state !== "running") return this;
    const services = live.services.map((one) => (one.id === changes.id ? { ...one, ...changes } : one));
    return this.but(name, { services });
  }

  /** Kubernetes says something else of a node; undefined: it has none. */
  node(name: string, changes: Partial<KubernetesNode> | undefined): this {
    if (this.kubernetes?.state !== "running") return this;
    const nodes = this.kubernetes.nodes.flatMap((node) =>
      node.name !== name ? [node] : changes === undefined ? [] : [{ ...node, ...changes }],
    );
    this.kubernetes = { ...this.kubernetes, nodes };
    return this;
  }

  /** Pods of an application, on one node or on all, are otherwise; undefined: they are gone. */
  pods(app: string, changes: Partial<KubernetesPod> | undefined, node?: string): this {
    if (this.kubernetes?.state !== "running") return this;
    const systemPods = this.kubernetes.systemPods?.flatMap((pod) => {
      const isMeant = pod.labels["k8s-app"] === app && (node === undefined || pod.node === node);
      return !isMeant ? [pod] : changes === undefined ? [] : [{ ...pod, ...changes }];
    });
    this.kubernetes = { ...this.kubernetes, systemPods };
    return this;
  }

  /** A document of the control planes' configuration, as they run it. */
  runs(...documents: unknown[]): this {
    for (const name of CONTROL_PLANES) this.but(name, { active: documents });
    return this;
  }

  /** What does not hold, a line for each check. */
  get found(): string[] {
    return this.checks
      .filter(({ state }) => state !== "ok")
      .map(({ name, state, why }) => `${name}: ${state}: ${why.join("; ")}`);
  }

  get checks() {
    return checkHealth(this.desired, this.live);
  }

  get overall() {
    return healthOf(this.desired, this.live, this.checks);
  }

  private get desired() {
    const desired = this.fleet.clusters.get("a");
    if (desired === undefined) throw new Error("there is no cluster");
    return desired;
  }

  private get live() {
    const { kubernetes } = this;
    return {
      at: "2026-11-21T08:00:00Z",
      machines: this.fleet.live,
      kubernetes: new Map(kubernetes === undefined ? [] : [["a", kubernetes]]),
    };
  }
}

function service(id: string): Service {
  return { id, state: "Running", healthy: true, unknown: false, message: "" };
}

function healthy(name: string): MachineHealth {
  const isControlPlane = CONTROL_PLANES.includes(name);
  const staticPods = COMPONENTS.map((app) => ({ id: `kube-system/${app}-${name}`, phase: "Running" }));
  return {
    staticPods: { value: isControlPlane ? staticPods : [] },
    diagnostics: { value: [] },
    memory: { value: 8192 * MEBIBYTE },
    disk: { value: 100_000 * MEBIBYTE },
  };
}

function nodeOf(name: string): KubernetesNode {
  const isControlPlane = CONTROL_PLANES.includes(name);
  return {
    name,
    unschedulable: false,
    ready: true,
    why: "",
    kubelet: "v1.36.3",
    addresses: ["10.1.0.1"],
    labels: isControlPlane ? { "node-role.kubernetes.io/control-plane": "" } : {},
    annotations: {},
  };
}

function podOf(app: string, node: string): KubernetesPod {
  return {
    namespace: "kube-system",
    name: `${app}-${node}`,
    uid: `uid of ${app} on ${node}`,
    node,
    phase: "Running",
    ready: true,
    terminating: false,
    controller: undefined,
    mirror: false,
    labels: { "k8s-app": app },
  };
}

test("the checks are those of talosctl, in its order and its words", () => {
  const { checks, overall } = new Cluster();
  expect(checks.map(({ name, state }) => `${name}: ${state}`)).toEqual([
    "etcd to be healthy: ok",
    "etcd members to be consistent across nodes: ok",
    "etcd members to be control plane nodes: ok",
    "apid to be ready: ok",
    "all nodes memory sizes: ok",
    "all nodes disk sizes: ok",
    "no diagnostics: ok",
    "kubelet to be healthy: ok",
    "all nodes to finish boot sequence: ok",
    "all k8s nodes to report: ok",
    "all control plane static pods to be running: ok",
    "all control plane components to be ready: ok",
    "all k8s nodes to report ready: ok",
    "kube-proxy to report ready: ok",
    "coredns to report ready: ok",
    "all k8s nodes to report schedulable: ok",
  ]);
  expect(overall).toBe("Healthy");
});

const strange = { id: "id of x", hostname: "x", peerUrls: ["https://10.9.9.9:2380"], isLearner: false };
const ofC0 = { id: "id of c0", hostname: "c0", peerUrls: [], isLearner: false };
const status = undefined;

describe("what fails", () => {
  const cases: readonly [string, (cluster: Cluster) => unknown, readonly string[]][] = [
    [
      "etcd that does not run",
      (a) => a.service("c1", { id: "etcd", state: "Failed" }),
      ["etcd to be healthy: failed: c1: etcd is Failed"],
    ],
    [
      "etcd that is not healthy",
      (a) => a.service("c1", { id: "etcd", healthy: false, message: "no quorum" }),
      ["etcd to be healthy: failed: c1: etcd is not healthy: no quorum"],
    ],
    [
      "a control plane with other members of etcd",
      (a) => a.but("c1", { etcd: { members: [ofC0], status } }),
      ["etcd members to be consistent across nodes: failed: c1: it has other members than c0"],
    ],
    [
      "a member that is a learner on one control plane alone",
      (a) => {
        a.fleet.etcd(["c0"]).etcd(["c0"], ["c1"]);
        a.but("c2", { etcd: { members: [{ ...ofC0, isLearner: true }], status } });
      },
      ["etcd members to be consistent across nodes: failed: c2: it has other members than c0"],
    ],
    [
      "a member that is no control plane of git",
      (a) => {
        for (const name of CONTROL_PLANES) a.but(name, { etcd: { members: [ofC0, strange], status } });
      },
      ["etcd members to be control plane nodes: failed: x: it is a member and no control plane of git"],
    ],
    [
      "a machine without enough memory, by its type",
      (a) => {
        a.health("c0", { memory: { value: 1697 * MEBIBYTE } });
        a.health("c1", { memory: { value: 1698 * MEBIBYTE } });
        a.health("w0", { memory: { value: 873 * MEBIBYTE } });
        a.health("w1", { memory: { value: 874 * MEBIBYTE } });
      },
      [
        "all nodes memory sizes: failed: c0: it has 1697 MiB of memory, less than 1698 MiB; w0: it has 873 MiB of memory, less than 874 MiB",
      ],
    ],
    [
      "a disk that is too small",
      (a) => {
        a.health("w0", { disk: { value: 3931 * MEBIBYTE } });
        a.health("w1", { disk: { value: 3932 * MEBIBYTE } });
      },
      ["all nodes disk sizes: failed: w0: its volume EPHEMERAL has 3931 MiB, less than 3932 MiB"],
    ],
    [
      "a warning of the machine itself",
      (a) => a.health("w0", { diagnostics: { value: ["addresses overlap", "no time"] } }),
      ["no diagnostics: failed: w0: addresses overlap, no time"],
    ],
    [
      "a kubelet that is not there",
      (a) => a.but("w0", { services: [] }),
      ["kubelet to be healthy: failed: w0: there is no service kubelet"],
    ],
    [
      "a machine that is shutting down",
      (a) => a.but("w0", { stage: "shutting-down" }),
      ["all nodes to finish boot sequence: failed: w0: it is shutting-down"],
    ],
    [
      "a machine that runs and is not ready",
      (a) => a.but("w0", { ready: false, unmet: ["services: ext-frr not running", "nodeReady: not yet"] }),
      [
        "all nodes to finish boot sequence: failed: w0: it is not ready (services: ext-frr not running, nodeReady: not yet)",
      ],
    ],
    [
      "a machine that is no node, and a node that is no machine",
      (a) => a.node("w0", { name: "w9" }).pods("kube-proxy", { node: "w9" }, "w0"),
      ["all k8s nodes to report: failed: w0: it is no node; w9: it is a node and no machine of git"],
    ],
    [
      "a node with another address than its machine",
      (a) => a.node("w0", { addresses: ["192.0.2.1"] }),
      ["all k8s nodes to report: failed: w0: its node has the address 192.0.2.1 and not 10.1.0.1"],
    ],
    [
      "static pods that are not there, or do not run",
      (a) =>
        a.health("c1", {
          staticPods: { value: [{ id: "kube-system/kube-apiserver-c1", phase: "Pending" }] },
        }),
      [
        "all control plane static pods to be running: failed: c1: kube-apiserver is Pending, there is no kube-controller-manager, there is no kube-scheduler",
      ],
    ],
    [
      "components without a pod, or with one that is not ready",
      (a) => {
        a.pods("kube-apiserver", undefined, "c0").pods("kube-scheduler", { ready: false }, "c1");
        a.pods("kube-scheduler", { terminating: true }, "c2");
      },
      [
        "all control plane components to be ready: failed: c0: there is no pod of kube-apiserver; c1: kube-scheduler is not ready; c2: there is no pod of kube-scheduler",
      ],
    ],
    [
      "a control plane whose node says it is none",
      (a) => a.node("c0", { labels: {} }),
      ["all control plane components to be ready: failed: c0: its node is not labelled a control plane"],
    ],
    [
      "a node that is not ready",
      (a) => a.node("w0", { ready: false, why: "Kubelet stopped posting node status." }),
      ["all k8s nodes to report ready: failed: w0: Kubelet stopped posting node status."],
    ],
    [
      "kube-proxy that is not ready on a node",
      (a) => a.pods("kube-proxy", { ready: false }, "w0"),
      ["kube-proxy to report ready: failed: w0: kube-proxy is not ready"],
    ],
    [
      "a pod of coredns that is not ready",
      (a) => a.pods("kube-dns", { ready: false, phase: "Pending" }, "w1"),
      ["coredns to report ready: failed: kube-dns-w1: it is Pending and not ready"],
    ],
    [
      "coredns without any pod",
      (a) => a.pods("kube-dns", undefined),
      ["coredns to report ready: failed: there is no pod of coredns"],
    ],
    [
      "cordoned nodes, and who did it where it was us",
      (a) => {
        a.node("w0", { unschedulable: true });
        a.node("w1", { unschedulable: true, annotations: { "ichor.dev/cordoned-by": "run-7" } });
      },
      [
        "all k8s nodes to report schedulable: failed: w0: it is cordoned; w1: it is cordoned by ichor (run-7)",
      ],
    ],
  ];
  test.each(cases)("%s", (_, change, expected) => {
    const a = new Cluster();
    change(a);
    expect(a.found).toEqual(expected);
    expect(a.overall).toBe("Degraded");
  });

  test("a machine in maintenance mode: it is not installed", () => {
    const a = new Cluster().node("w0", undefined);
    a.fleet.maintenance("w0");
    expect(a.found).toEqual([
      "apid to be ready: failed: w0: it is not installed",
      "all nodes memory sizes: unknown: w0: it is not installed",
      "all nodes disk sizes: unknown: w0: it is not installed",
      "no diagnostics: unknown: w0: it is not installed",
      "kubelet to be healthy: failed: w0: it is not installed",
      "all nodes to finish boot sequence: failed: w0: it is not installed",
      "all k8s nodes to report: failed: w0: it is no node",
    ]);
  });

  test("a machine that is off: that is known, what it has in it is not", () => {
    const a = new Cluster();
    a.fleet.is("w0", { state: "unreachable", why: "no answer", power: "off" });
    expect(a.found).toContain("apid to be ready: failed: w0: it is powered off");
    expect(a.found).toContain("all nodes memory sizes: unknown: w0: it is powered off");
    expect(a.overall).toBe("Degraded");
  });

  test("a machine of somebody else", () => {
    const a = new Cluster();
    a.fleet.is("w0", { state: "foreign", why: "untrusted" });
    expect(a.found).toContain("apid to be ready: failed: w0: it belongs to another cluster");
  });
});

test("pods that have ended are in nobody's way", () => {
  const a = new Cluster().pods("kube-dns", { ready: false, phase: "Failed" }, "w0");
  expect(a.overall).toBe("Healthy");
  expect(a.pods("kube-dns", { phase: "Succeeded" }, "w0").overall).toBe("Healthy");
});

test("a member of etcd that has no name yet is known by its address", () => {
  const a = new Cluster();
  const nameless = { id: "9", hostname: "", peerUrls: ["https://10.1.0.1:2380"], isLearner: true };
  const other = { ...nameless, peerUrls: ["https://10.1.0.2:2380"] };
  for (const name of CONTROL_PLANES) a.but(name, { etcd: { members: [ofC0, nameless], status } });
  expect(a.overall).toBe("Healthy");
  for (const name of CONTROL_PLANES) a.but(name, { etcd: { members: [ofC0, other], status } });
  expect(a.found).toEqual([
    "etcd members to be control plane nodes: failed: member 9: it is a member and no control plane of git",
  ]);
});

describe("what is unknown is never ok:", () => {
  const unread = { why: "resource type is not supported" };
  const cases: readonly [string, (cluster: Cluster) => unknown, readonly string[]][] = [
    [
      "what an old Talos does not have",
      (a) => a.health("c0", { staticPods: unread, diagnostics: unread, memory: unread, disk: unread }),
      [
        "all nodes memory sizes: unknown: c0: resource type is not supported",
        "all nodes disk sizes: unknown: c0: resource type is not supported",
        "no diagnostics: unknown: c0: resource type is not supported",
        "all control plane static pods to be running: unknown: c0: resource type is not supported",
      ],
    ],
    [
      "services that could not be read",
      (a) => a.but("c0", { services: [], missing: ["services: no answer"] }),
      [
        "etcd to be healthy: unknown: c0: services: no answer",
        "kubelet to be healthy: unknown: c0: services: no answer",
      ],
    ],
    [
      "members that could not be read",
      (a) => a.but("c0", { etcd: undefined, missing: ["etcd: no answer"] }),
      ["etcd members to be consistent across nodes: unknown: c0: etcd: no answer"],
    ],
    [
      "a stage that could not be read",
      (a) => a.but("w0", { stage: "unknown", ready: false, missing: ["status: no answer"] }),
      ["all nodes to finish boot sequence: unknown: w0: status: no answer"],
    ],
    [
      "a machine that does not answer",
      (a) => a.fleet.is("w0", { state: "unreachable", why: "no answer", power: "on" }),
      [
        "apid to be ready: unknown: w0: no answer",
        "all nodes memory sizes: unknown: w0: no answer",
        "all nodes disk sizes: unknown: w0: no answer",
        "no diagnostics: unknown: w0: no answer",
        "kubelet to be healthy: unknown: w0: no answer",
        "all nodes to finish boot sequence: unknown: w0: no answer",
      ],
    ],
    [
      "pods that nobody asked for",
      (a) => {
        if (a.kubernetes?.state === "running") a.kubernetes = { ...a.kubernetes, systemPods: undefined };
      },
      [
        "all control plane components to be ready: unknown: the pods were not asked for",
        "kube-proxy to report ready: unknown: the pods were not asked for",
        "coredns to report ready: unknown: the pods were not asked for",
      ],
    ],
  ];
  test.each(cases)("%s", (_, change, expected) => {
    const a = new Cluster();
    change(a);
    expect(a.found).toEqual(expected);
    expect(a.overall).toBe("Unknown");
  });

  const ofKubernetes = (why: string) => [
    `all k8s nodes to report: unknown: ${why}`,
    `all control plane components to be ready: unknown: ${why}`,
    `all k8s nodes to report ready: unknown: ${why}`,
    `kube-proxy to report ready: unknown: ${why}`,
    `coredns to report ready: unknown: ${why}`,
    `all k8s nodes to report schedulable: unknown: ${why}`,
  ];

  test("a Kubernetes that does not answer, or that nobody asked", () => {
    const a = new Cluster();
    a.kubernetes = { state: "unreachable", why: "connection refused" };
    expect(a.found).toEqual(ofKubernetes("connection refused"));
    expect(a.overall).toBe("Unknown");
    a.kubernetes = undefined;
    expect(a.found).toEqual(ofKubernetes("Kubernetes was not asked"));
  });

  test("a Kubernetes without etcd", () => {
    const a = new Cluster();
    a.kubernetes = undefined;
    for (const name of CONTROL_PLANES) a.but(name, { services: [], missing: ["services: no answer"] });
    expect(a.found).toEqual(expect.arrayContaining(ofKubernetes("no control plane is known to run etcd")));
  });

  test("a Kubernetes of which no control plane answers: workers that boot say nothing of it", () => {
    const a = new Cluster();
    a.kubernetes = undefined;
    for (const name of CONTROL_PLANES) a.fleet.is(name, { state: "unreachable", why: "no answer" });
    for (const name of ["w0", "w1"]) a.but(name, { stage: "booting" });
    expect(a.found).toEqual(expect.arrayContaining(ofKubernetes("no control plane is known to run etcd")));
  });

  test("no node says nothing of nodes that are ready", () => {
    const a = new Cluster();
    a.kubernetes = { state: "running", nodes: [], systemPods: [] };
    expect(a.found).toEqual(
      expect.arrayContaining([
        "all k8s nodes to report ready: unknown: there are no nodes",
        "kube-proxy to report ready: unknown: there are no nodes",
        "all k8s nodes to report schedulable: unknown: there are no nodes",
      ]),
    );
  });

  test("health that was not asked for", () => {
    const a = new Cluster();
    for (const name of MACHINES) a.fleet.is(name, a.fleet.running(a.fleet.machine(name)));
    expect(a.found).toContain(
      "no diagnostics: unknown: c0: it was not asked; c1: it was not asked; c2: it was not asked; w0: it was not asked; w1: it was not asked",
    );
  });

  test("members where no control plane names any", () => {
    const a = new Cluster();
    for (const name of CONTROL_PLANES) a.but(name, { etcd: undefined });
    expect(a.found).toEqual([
      "etcd members to be consistent across nodes: unknown: c0: it has no list of members; c1: it has no list of members; c2: it has no list of members",
      "etcd members to be control plane nodes: unknown: no members were seen",
    ]);
  });
});

describe("what is switched off is skipped:", () => {
  const off = { proxy: { disabled: true }, coreDNS: { disabled: true }, scheduler: { disabled: true } };
  const skipped = [
    "kube-proxy to report ready: skipped: the configuration asks for no kube-proxy",
    "coredns to report ready: skipped: the configuration asks for no coredns",
  ];
  const withoutThem = () =>
    new Cluster().pods("kube-proxy", undefined).pods("kube-dns", undefined).pods("kube-scheduler", undefined);

  test("in the first document, as before Talos 1.14", () => {
    const a = withoutThem().runs({ version: "v1alpha1", cluster: off });
    for (const name of CONTROL_PLANES) {
      const [server, manager] = COMPONENTS.map((app) => ({
        id: `kube-system/${app}-${name}`,
        phase: "Running",
      }));
      a.health(name, { staticPods: { value: server && manager ? [server, manager] : [] } });
    }
    expect(a.found).toEqual(skipped);
    expect(a.overall).toBe("Healthy");
  });

  test("in documents of their own, which count more", () => {
    const documents = ["KubeProxyConfig", "KubeCoreDNSConfig", "KubeSchedulerConfig"].map((kind) => ({
      kind,
      enabled: false,
    }));
    expect(withoutThem().runs(...documents).found).toEqual(skipped);
    const on = documents.map((document) => ({ ...document, enabled: true }));
    expect(withoutThem().runs({ cluster: off }, ...on).overall).toBe("Degraded");
  });
});

describe("what is on its way is progressing:", () => {
  test("a machine that boots, whatever it does not have yet", () => {
    const a = new Cluster().node("w1", { ready: false, why: "Kubelet stopped posting node status." });
    a.but("w1", { stage: "booting", ready: false, services: [] }).pods("kube-proxy", undefined, "w1");
    expect(a.found).toEqual([
      "kubelet to be healthy: progressing: w1: there is no service kubelet",
      "all nodes to finish boot sequence: progressing: w1: it is booting",
      "all k8s nodes to report ready: progressing: w1: Kubelet stopped posting node status.",
      "kube-proxy to report ready: progressing: w1: kube-proxy is not ready",
    ]);
    expect(a.overall).toBe("Progressing");
    expect(a.service("c0", { id: "etcd", healthy: false }).overall).toBe("Degraded");
  });

  test("a cluster whose control planes wait for etcd", () => {
    const a = new Cluster();
    a.kubernetes = undefined;
    for (const name of CONTROL_PLANES) {
      a.fleet.unbootstrapped(name);
      a.health(name, { staticPods: { value: [] } });
    }
    for (const name of ["w0", "w1"]) a.but(name, { stage: "booting" });
    expect(new Set(a.checks.map(({ state }) => state))).toEqual(new Set(["progressing", "ok"]));
    expect(a.overall).toBe("Progressing");
  });

  test("nodes that wait for the cluster's network", () => {
    const a = new Cluster();
    const why = "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady";
    for (const name of MACHINES) {
      a.node(name, { ready: false, why }).but(name, {
        ready: false,
        unmet: [`nodeReady: node "${name}" is not ready`],
      });
    }
    a.pods("kube-dns", { ready: false, phase: "Pending" });
    expect(a.overall).toBe("Progressing");
    expect(a.checks.filter(({ state }) => state === "progressing").map(({ name }) => name)).toEqual([
      "all nodes to finish boot sequence",
      "all k8s nodes to report ready",
      "coredns to report ready",
    ]);
  });
});

describe("a cluster of which nothing runs", () => {
  test("is missing where its machines wait or are off", () => {
    const a = new Cluster();
    a.kubernetes = undefined;
    for (const name of MACHINES) a.fleet.maintenance(name);
    expect(a.overall).toBe("Missing");
    a.fleet.is("w0", { state: "unreachable", why: "no answer", power: "off" });
    expect(a.overall).toBe("Degraded");
    a.fleet.cluster({ bootstrapped: undefined });
    expect(a.overall).toBe("Missing");
  });

  test("is unknown where one does not answer", () => {
    const a = new Cluster();
    for (const name of MACHINES) a.fleet.is(name, { state: "unreachable", why: "no answer" });
    expect(a.overall).toBe("Unknown");
  });
});
