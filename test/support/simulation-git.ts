import type { Approval, Desired, DesiredCluster, DesiredMachine } from "../../src/applier/desired.ts";
import { mustGet } from "../../src/core/invariant.ts";
import type { LabMachine } from "../../src/lab/lab.ts";
import type { Random } from "../../src/lab/random.ts";
import { type Documents, type LabCluster, labCluster } from "../contract/fixtures/lab-cluster.ts";

/** What a cluster's configurations say; `fabric` and `env` never change in one cluster. */
interface Settings {
  label: number;
  sysctl: number;
  kubelet: number;
  /** Takes a reboot. */
  env: number;
  /** Changes the way to the machine. */
  mtu: number;
}

/** With this in it a configuration cuts off the machine that has it. */
export const CUTTING = "mtu: 666";

interface ClusterState {
  readonly name: string;
  readonly form: "v1.13" | "v1.14";
  readonly lab: LabCluster;
  readonly settings: Settings;
  readonly changes: readonly (keyof Settings)[];
  readonly maxParallel: number;
  readonly maxUnavailable: number;
  readonly role: DesiredCluster["role"];
  readonly slots: readonly Slot[];
}

interface Slot {
  readonly machine: LabMachine;
  readonly type: "controlplane" | "worker";
  readonly place: number;
  readonly hasBmc: boolean;
  isApproved: boolean;
  inGit: boolean;
}

/** The repository of a simulation: what it says now. */
export interface Git {
  readonly clusters: readonly ClusterState[];
  readonly machines: readonly LabMachine[];
  readonly bootstrapped: Map<string, string>;
  readonly desired: () => Desired;
  /** Merges something. @returns what */
  readonly change: () => string;
  /** What the last commit says can be done. */
  readonly makeGood: () => void;
}

const cache = new Map<string, Promise<LabCluster>>();

function labOf(name: string, form: "v1.13" | "v1.14"): Promise<LabCluster> {
  const key = `${name} ${form}`;
  const found = cache.get(key) ?? labCluster(name, form);
  cache.set(key, found);
  return found;
}

export async function createGit(random: Random): Promise<Git> {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const count = pick([1, 1, 2, 2, 3]);
  const clusters: ClusterState[] = [];
  for (let index = 0; index < count; index++) {
    const name = `c${index}`;
    const form = pick(["v1.13", "v1.14"] as const);
    const isFabric = random() < 0.3;
    clusters.push({
      name,
      form,
      lab: await labOf(name, form),
      settings: { label: 0, sysctl: 0, kubelet: 0, env: 0, mtu: 1500 },
      changes: [
        "label",
        "sysctl",
        "kubelet",
        ...(isFabric ? (["mtu", "mtu"] as const) : (["env", "env"] as const)),
      ],
      maxParallel: pick([1, 1, 2, 3]),
      maxUnavailable: pick([1, 1, 2]),
      role: index === 0 && count > 1 && random() < 0.5 ? "management" : "customer",
      slots: slotsOf(index, pick([1, 3, 3, 3, 5]), pick([0, 1, 2, 3, 5]), form, random),
    });
  }
  const bootstrapped = new Map<string, string>();
  let commit = 0;
  const change = (): string => {
    commit += 1;
    const cluster = pick(clusters);
    const workers = cluster.slots.filter(({ type }) => type === "worker");
    if (workers.length > 0 && random() < 0.25) {
      const slot = pick(workers);
      slot.inGit = !slot.inGit;
      return `${slot.machine.name} ${slot.inGit ? "added" : "removed"}`;
    }
    const key = pick(cluster.changes);
    cluster.settings[key] =
      key === "mtu" && random() < 0.3 ? 666 : cluster.settings[key] + 1 + Math.floor(random() * 3);
    if (key === "mtu" && cluster.settings.mtu < 1000 && cluster.settings.mtu !== 666)
      cluster.settings.mtu = 1500;
    return `${cluster.name} ${key} ${cluster.settings[key]}`;
  };
  return {
    clusters,
    machines: clusters.flatMap(({ slots }) => slots.map(({ machine }) => machine)),
    bootstrapped,
    desired: () => desiredOf(clusters, bootstrapped, `commit-${commit}`),
    change,
    makeGood: () => {
      for (const { settings, slots } of clusters) {
        if (settings.mtu === 666) settings.mtu = 1501;
        for (const slot of slots) slot.isApproved = true;
      }
    },
  };
}

function slotsOf(
  cluster: number,
  controlPlanes: number,
  workers: number,
  form: string,
  random: Random,
): Slot[] {
  const spare = 1;
  const talos = form === "v1.13" ? "v1.13.9" : "v1.14.1";
  const slot = (type: Slot["type"], place: number, inGit: boolean): Slot => {
    const name = `c${cluster}-${type === "worker" ? "w" : "cp"}${place}`;
    const number = (type === "worker" ? 20 : 0) + place;
    const hex = (cluster * 32 + number).toString(16).padStart(2, "0");
    return {
      machine: {
        name,
        serial: `SN-${name}`,
        uuid: `4c4c4544-0042-3510-8052-0000000000${hex}`,
        macs: { eno1: `02:00:00:00:00:${hex}` },
        loopback: `10.1.${cluster}.${number}`,
        bootstrap: `10.2.${cluster}.${number}`,
        talos,
        schematic: "cd".repeat(32),
      },
      type,
      place,
      hasBmc: random() < 0.9,
      isApproved: random() < 0.6,
      inGit,
    };
  };
  return [
    ...Array.from({ length: controlPlanes }, (_, place) => slot("controlplane", place, true)),
    ...Array.from({ length: workers + spare }, (_, place) => slot("worker", place, place < workers)),
  ];
}

function documentsOf({ lab, settings }: ClusterState, { machine, type }: Slot): readonly unknown[] {
  let documents: Documents = [];
  lab.config(machine, type, (found) => {
    const [first] = found;
    Object.assign(first?.["machine"], {
      nodeLabels: { generation: `${settings.label}` },
      sysctls: { "vm.max_map_count": `${settings.sysctl}` },
      env: { GENERATION: `${settings.env}` },
    });
    Object.assign(first?.["machine"].kubelet, { extraArgs: { v: `${settings.kubelet}` } });
    for (const one of found) if (one["kind"] === "DummyLinkConfig") Object.assign(one, { mtu: settings.mtu });
    documents = structuredClone(found);
  });
  return documents;
}

function desiredOf(
  clusters: readonly ClusterState[],
  bootstrapped: ReadonlyMap<string, string>,
  commit: string,
): Desired {
  const approvals = clusters.flatMap(({ slots }) =>
    slots
      .filter(({ isApproved, hasBmc }) => isApproved && !hasBmc)
      .map(({ machine }): Approval => {
        const actions = [{ do: "first-contact", serial: machine.serial }];
        return { name: `meet-${machine.name}`, reason: "no BMC", expires: "2026-12-31", actions };
      }),
  );
  const all = clusters.map((cluster) => [cluster.name, desiredCluster(cluster, bootstrapped)] as const);
  return { commit, clusters: new Map(all), policies: new Map(), approvals };
}

function desiredCluster(cluster: ClusterState, bootstrapped: ReadonlyMap<string, string>): DesiredCluster {
  const { name, form, slots, maxParallel, maxUnavailable, role } = cluster;
  const machines = slots.filter(({ inGit }) => inGit).map((slot) => desiredMachine(cluster, slot));
  return {
    name,
    site: "hel1",
    role,
    contract: form,
    talos: form === "v1.13" ? "v1.13.9" : "v1.14.1",
    kubernetes: "v1.36.3",
    vip: undefined,
    secretsFile: `clusters/hel1/${name}/secrets.sops.yaml`,
    protect: true,
    bootstrapped: bootstrapped.get(name),
    fingerprints: { os: name },
    maxParallel,
    maxUnavailable,
    window: undefined,
    machines,
  };
}

function desiredMachine(cluster: ClusterState, slot: Slot): DesiredMachine {
  const { name, serial, uuid, loopback, bootstrap, macs } = slot.machine;
  return {
    name,
    cluster: cluster.name,
    type: slot.type,
    group: slot.type === "worker" ? "general" : "control-plane",
    place: slot.place,
    site: "hel1",
    rack: `r${slot.place % 3}`,
    serial,
    uuid,
    loopback,
    bootstrap,
    macs,
    bmc: slot.hasBmc ? { address: "10.3.0.1", driver: "redfish" } : undefined,
    labels: {},
    documents: documentsOf(cluster, slot),
    file: `generated/clusters/hel1/${cluster.name}/machines/${name}.yaml`,
  };
}

/** PEM of the authority that machines of a cluster have. */
export function authorityOf(git: Git, cluster: string): string {
  const found = new Map(git.clusters.map((one) => [one.name, one]));
  return mustGet(found, cluster).lab.authority.certificate.toString();
}
