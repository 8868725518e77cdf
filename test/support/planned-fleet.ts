import type { Desired, DesiredCluster, DesiredMachine } from "../../src/applier/desired.ts";
import type { KubernetesNode } from "../../src/applier/kubernetes-api.ts";
import type { LiveKubernetes, LiveMachine, RunningMachine } from "../../src/applier/live.ts";
import type { PlanInput } from "../../src/applier/plan/input.ts";
import type { MachinePlan, Plan } from "../../src/applier/plan/plan.ts";
import type { EtcdMember } from "../../src/applier/talos-api.ts";

/** A cluster of a test: `c0`, `c1`, … are its control planes, `w0`, `w1`, … its workers. */
export interface ClusterShape {
  readonly name?: string;
  readonly controlPlanes?: number;
  readonly workers?: number;
  readonly racks?: number;
  readonly talos?: string;
  readonly desired?: Partial<DesiredCluster>;
}

/** What git says of a machine of a test beside its place. */
export type Documents = (machine: {
  readonly name: string;
  readonly type: DesiredMachine["type"];
}) => readonly unknown[];

export const plainDocuments: Documents = ({ name, type }) => [
  { version: "v1alpha1", machine: { type, kubelet: { image: "kubelet:v1" }, sysctls: { a: "1" } } },
  { apiVersion: "v1alpha1", kind: "HostnameConfig", hostname: name },
];

/** A fleet as git says, with machines that are as git says, until a test changes one or the other. */
export class PlannedFleet {
  readonly clusters = new Map<string, DesiredCluster>();
  readonly live = new Map<string, LiveMachine>();
  readonly resolved = new Map<string, readonly unknown[]>();
  readonly bundles = new Map<string, Record<string, string>>();
  readonly locked = new Map<string, string>();
  readonly policies = new Map<string, Desired["policies"] extends ReadonlyMap<string, infer P> ? P : never>();
  readonly talos: string;
  readonly kubernetes = new Map<string, LiveKubernetes>();
  drains = false;
  approvals: Desired["approvals"] = [];

  constructor(shape: ClusterShape = {}) {
    this.talos = shape.talos ?? "v1.13.9";
    this.add(shape);
  }

  add({ name = "a", controlPlanes = 3, workers = 2, racks = 3, desired = {} }: ClusterShape): this {
    const prefix = this.clusters.size === 0 ? "" : `${name}-`;
    const machines = [
      ...Array.from({ length: controlPlanes }, (_, place) =>
        machineOf(`${prefix}c${place}`, name, "controlplane", place, racks),
      ),
      ...Array.from({ length: workers }, (_, place) =>
        machineOf(`${prefix}w${place}`, name, "worker", place, racks),
      ),
    ];
    this.clusters.set(name, {
      name,
      site: "hel1",
      role: "customer",
      contract: "v1.13",
      talos: this.talos,
      kubernetes: "v1.36.3",
      vip: undefined,
      secretsFile: `clusters/hel1/${name}/secrets.sops.yaml`,
      protect: true,
      bootstrapped: machines[0]?.name,
      fingerprints: { os: `os of ${name}`, k8s: `k8s of ${name}` },
      maxParallel: 1,
      maxUnavailable: 1,
      window: undefined,
      machines,
      ...desired,
    });
    this.bundles.set(name, { os: `os of ${name}`, k8s: `k8s of ${name}` });
    for (const machine of machines) this.resolved.set(machine.name, machine.documents);
    for (const machine of machines) this.live.set(machine.name, this.running(machine));
    return this;
  }

  machine(name: string): DesiredMachine {
    const machine = [...this.clusters.values()]
      .flatMap(({ machines }) => machines)
      .find((one) => one.name === name);
    if (machine === undefined) throw new Error(`no machine ${name}`);
    return machine;
  }

  cluster(changes: Partial<DesiredCluster>, name = "a"): this {
    const cluster = this.clusters.get(name);
    if (cluster !== undefined) this.clusters.set(name, { ...cluster, ...changes });
    return this;
  }

  /** Git says other documents of these machines; secrets are resolved by `secrets`. */
  says(names: readonly string[], documents: Documents, secrets?: Documents): this {
    for (const [key, cluster] of this.clusters) {
      const machines = cluster.machines.map((machine) =>
        names.includes(machine.name) ? { ...machine, documents: documents(machine) } : machine,
      );
      this.clusters.set(key, { ...cluster, machines });
    }
    for (const name of names) this.resolved.set(name, (secrets ?? documents)(this.machine(name)));
    return this;
  }

  /** The machine is seen so. */
  is(name: string, live: LiveMachine | undefined): this {
    if (live === undefined) this.live.delete(name);
    else this.live.set(name, live);
    return this;
  }

  /** Something of a running machine is otherwise. */
  but(name: string, changes: Partial<RunningMachine>): this {
    const live = this.live.get(name);
    if (live?.state === "running") this.live.set(name, { ...live, ...changes });
    return this;
  }

  maintenance(name: string): this {
    const { uuid, serial, macs } = this.machine(name);
    return this.is(name, {
      state: "maintenance",
      via: "10.0.0.1",
      fingerprint: "x",
      hardware: { uuid, serial, macs },
      talos: this.talos,
    });
  }

  /** Members of etcd as every running control plane of the cluster names them. */
  etcd(names: readonly string[], on: readonly string[] = names): this {
    for (const name of on) {
      this.but(name, { etcd: { members: names.map(memberOf), status: statusOf(name, names[0] ?? name) } });
    }
    return this;
  }

  /** Nodes are drained, and Kubernetes of the first cluster names these ones, with what is not as usual of each. */
  nodes(said: Readonly<Record<string, Partial<KubernetesNode>>>): this {
    const nodes = Object.entries(said).map(([name, changes]) => ({ ...nodeOf(name), ...changes }));
    this.drains = true;
    this.kubernetes.set("a", { state: "running", nodes, systemPods: [] });
    return this;
  }

  /** The control plane has a configuration and waits for etcd to be bootstrapped. */
  unbootstrapped(name: string): this {
    return this.but(name, {
      stage: "booting",
      etcd: undefined,
      services: [{ id: "etcd", state: "Preparing", healthy: false, unknown: true, message: "" }],
    });
  }

  running(machine: DesiredMachine): RunningMachine {
    const controlPlanes =
      this.clusters.get(machine.cluster)?.machines.filter(({ type }) => type === "controlplane") ?? [];
    const names = controlPlanes.map(({ name }) => name);
    const { uuid, serial, macs } = machine;
    return {
      state: "running",
      hardware: { uuid, serial, macs },
      talos: this.talos,
      stage: "running",
      ready: true,
      unmet: [],
      bootId: "boot",
      schematic: undefined,
      active: machine.documents,
      persistent: machine.documents,
      services:
        machine.type === "worker"
          ? []
          : [{ id: "etcd", state: "Running", healthy: true, unknown: false, message: "" }],
      etcd:
        machine.type === "worker"
          ? undefined
          : { members: names.map(memberOf), status: statusOf(machine.name, names[0] ?? "") },
      missing: [],
    };
  }

  input(changes: Partial<PlanInput> = {}): PlanInput {
    return {
      desired: {
        commit: "0123abc",
        clusters: this.clusters,
        policies: this.policies,
        approvals: this.approvals,
      },
      live: { at: "2026-11-21T08:00:00Z", machines: this.live, kubernetes: this.kubernetes },
      resolved: this.resolved,
      bundles: this.bundles,
      now: new Date("2026-11-21T08:00:00Z"),
      localTime: (_, zone) => (zone === "UTC" ? { weekday: "Sat", minute: 480 } : undefined),
      mode: "auto",
      drains: this.drains,
      locked: this.locked,
      limits: {},
      ...changes,
    };
  }
}

function nodeOf(name: string): KubernetesNode {
  return {
    name,
    unschedulable: false,
    ready: true,
    why: "",
    kubelet: "v1.36.3",
    addresses: [],
    labels: {},
    annotations: {},
  };
}

function machineOf(
  name: string,
  cluster: string,
  type: DesiredMachine["type"],
  place: number,
  racks: number,
): DesiredMachine {
  const number = Array.from(`${cluster}/${name}`).reduce(
    (sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0,
    7,
  );
  const hex = number.toString(16).padStart(8, "0");
  return {
    name,
    cluster,
    type,
    group: type === "worker" ? "general" : "control-plane",
    place,
    site: "hel1",
    rack: `r${place % racks}`,
    serial: `SN${hex.toUpperCase()}`,
    uuid: `4c4c4544-0058-4b10-8032-b7c0${hex}`,
    loopback: "10.1.0.1",
    bootstrap: "10.2.0.1",
    macs: { eno1: `02:00:${hex.replace(/..(?!$)/g, "$&:")}` },
    bmc: { address: "10.3.0.1", driver: "redfish", credentials: "ref+sops://bmc#/x" },
    labels: {},
    documents: plainDocuments({ name, type }),
    file: `generated/clusters/hel1/${cluster}/machines/${name}.yaml`,
  };
}

function memberOf(name: string): EtcdMember {
  return { id: `id of ${name}`, hostname: name, peerUrls: [], isLearner: false };
}

function statusOf(name: string, leader: string) {
  return {
    memberId: `id of ${name}`,
    leader: `id of ${leader}`,
    raftIndex: "1",
    isLearner: false,
    errors: [],
  };
}

/** A plan in one line for each machine: `c0 0: install, bootstrap`, `w1 -: ICH7003`. */
export function outline(plan: Plan): string[] {
  return plan.clusters.flatMap(({ cluster, refusals, machines }) => [
    ...refusals.map(({ code }) => `${cluster}: ${code}`),
    ...machines.map(outlineMachine),
  ]);
}

function outlineMachine({ machine, actions, refusals, notes, wave }: MachinePlan): string {
  const does = actions.map((action) =>
    action.do === "configure"
      ? `configure ${action.mode} ${action.impact}`
      : action.do === "install"
        ? `install ${action.contact}`
        : action.do,
  );
  const said = [...does, ...refusals.map(({ code }) => code), ...(notes === undefined ? [] : ["note"])];
  return `${machine} ${actions.length === 0 ? "-" : wave}: ${said.join(", ")}`;
}
