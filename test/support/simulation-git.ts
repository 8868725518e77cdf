import type { Approval, Desired, DesiredCluster, DesiredMachine } from "../../src/applier/desired.ts";
import { mustGet } from "../../src/core/invariant.ts";
import type { LabMachine } from "../../src/lab/lab.ts";
import type { Random } from "../../src/lab/random.ts";
import { type Documents, type LabCluster, labCluster } from "../contract/fixtures/lab-cluster.ts";
import type { Rules } from "./simulation-rules.ts";

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

export interface ClusterState {
  readonly name: string;
  readonly site: string;
  readonly form: "v1.13" | "v1.14";
  readonly hasKubernetes: boolean;
  readonly lab: LabCluster;
  readonly settings: Settings;
  readonly changes: readonly (keyof Settings)[];
  maxParallel: number;
  maxUnavailable: number;
  readonly role: DesiredCluster["role"];
  readonly slots: readonly Slot[];
}

export interface Slot {
  readonly machine: LabMachine;
  /** What git says of the hardware at this place. */
  uuid: string;
  readonly type: "controlplane" | "worker";
  readonly place: number;
  readonly hasBmc: boolean;
  /** The Approval ends on this day; undefined: there is none. */
  approvedUntil: string | undefined;
  inGit: boolean;
}

/** The repository of a simulation: what it says now. */
export interface Git {
  readonly clusters: readonly ClusterState[];
  readonly machines: readonly LabMachine[];
  readonly bootstrapped: Map<string, string>;
  readonly desired: (rules: Pick<Rules, "policies" | "windowOf">) => Desired;
  /**
   * Merges something. @returns what
   *
   * @param mayReplace whether a control plane of a cluster may give its place to another machine. What git does not
   * name any more nobody looks at: of a cluster whose bootstrap git does not know people take none away.
   */
  readonly change: (mayReplace: (cluster: string) => boolean) => string;
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

export async function createGit(random: Random, hasKubernetes: boolean): Promise<Git> {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const count = pick([1, 1, 2, 2, 3]);
  const clusters: ClusterState[] = [];
  for (let index = 0; index < count; index++) {
    const name = `c${index}`;
    const form = pick(["v1.13", "v1.14"] as const);
    const isFabric = random() < 0.3;
    const isManaging = index === 0 && count > 1 && random() < 0.6;
    clusters.push({
      name,
      site: isManaging || random() < 0.7 ? "hel1" : "hel2",
      form,
      hasKubernetes,
      lab: await labOf(name, form),
      settings: { label: 0, sysctl: 0, kubelet: 0, env: 0, mtu: 1500 },
      changes: [
        "label",
        "sysctl",
        "kubelet",
        ...(isFabric ? (["mtu", "mtu"] as const) : (["env", "env"] as const)),
      ],
      maxParallel: pick([1, 2, 3]),
      maxUnavailable: pick([1, 1, 2, 3]),
      role: isManaging ? "management" : "customer",
      slots: slotsOf(index, pick([1, 3, 3, 3, 5]), pick([0, 1, 2, 3, 5]), form, random),
    });
  }
  const bootstrapped = new Map<string, string>();
  let commit = 0;
  const change = (mayReplace: (cluster: string) => boolean): string => {
    commit += 1;
    const cluster = pick(clusters);
    if (random() < 0.08 && mayReplace(cluster.name)) return replaceControlPlane(cluster, pick);
    if (random() < 0.08) {
      Object.assign(cluster, { maxParallel: pick([1, 2, 3]), maxUnavailable: pick([1, 1, 2, 3]) });
      return `${cluster.name} maxParallel ${cluster.maxParallel}, maxUnavailable ${cluster.maxUnavailable}`;
    }
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
    desired: (rules) => desiredOf({ clusters, bootstrapped, rules }, `commit-${commit}`),
    change,
    makeGood: () => {
      for (const { settings, slots } of clusters) {
        if (settings.mtu === 666) settings.mtu = 1501;
        for (const slot of slots) slot.approvedUntil = "2027-12-31";
      }
    },
  };
}

/** Another machine is a control plane instead of one of them. */
function replaceControlPlane({ slots }: ClusterState, pick: <T>(from: readonly T[]) => T): string {
  const places = slots.filter(({ type }) => type === "controlplane");
  const gone = pick(places.filter(({ inGit }) => inGit));
  const come = pick(places.filter(({ inGit }) => !inGit));
  gone.inGit = false;
  come.inGit = true;
  return `${gone.machine.name} gives its place to ${come.machine.name}`;
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
      uuid: `4c4c4544-0042-3510-8052-0000000000${hex}`,
      type,
      place,
      hasBmc: random() < 0.9,
      approvedUntil: random() < 0.5 ? "2027-12-31" : random() < 0.5 ? "2026-11-20" : undefined,
      inGit,
    };
  };
  return [
    ...Array.from({ length: controlPlanes + spare }, (_, place) =>
      slot("controlplane", place, place < controlPlanes),
    ),
    ...Array.from({ length: workers + spare }, (_, place) => slot("worker", place, place < workers)),
  ];
}

const documents = new Map<string, readonly unknown[]>();

function documentsOf(cluster: ClusterState, { machine, type }: Slot): readonly unknown[] {
  const { lab, form, settings, hasKubernetes } = cluster;
  const key = JSON.stringify([form, machine.name, settings, hasKubernetes]);
  const known = documents.get(key);
  if (known !== undefined) return known;
  let made: Documents = [];
  lab.config(machine, type, (found) => {
    const [first] = found;
    Object.assign(first?.["machine"], {
      nodeLabels: { generation: `${settings.label}` },
      sysctls: { "vm.max_map_count": `${settings.sysctl}` },
      env: { GENERATION: `${settings.env}` },
    });
    // Which authority it has is all the same to the lab's Kubernetes.
    if (hasKubernetes) Object.assign(first?.["cluster"], { ca: first?.["machine"].ca });
    Object.assign(first?.["machine"].kubelet, { extraArgs: { v: `${settings.kubelet}` } });
    for (const one of found) if (one["kind"] === "DummyLinkConfig") Object.assign(one, { mtu: settings.mtu });
    made = structuredClone(found);
  });
  if (documents.size > 10_000) documents.clear();
  documents.set(key, made);
  return made;
}

interface Repository {
  readonly clusters: readonly ClusterState[];
  readonly bootstrapped: ReadonlyMap<string, string>;
  readonly rules: Pick<Rules, "policies" | "windowOf">;
}

function desiredOf(repository: Repository, commit: string): Desired {
  const { clusters, rules } = repository;
  const approvals = clusters.flatMap(({ slots }) =>
    slots.flatMap(({ approvedUntil, hasBmc, machine }): Approval[] => {
      if (approvedUntil === undefined || hasBmc) return [];
      const actions = [{ do: "first-contact", serial: machine.serial }];
      return [{ name: `meet-${machine.name}`, reason: "no BMC", expires: approvedUntil, actions }];
    }),
  );
  const all = clusters.map((cluster) => [cluster.name, desiredCluster(cluster, repository)] as const);
  return { commit, clusters: new Map(all), policies: rules.policies(), approvals };
}

function desiredCluster(cluster: ClusterState, { bootstrapped, rules }: Repository): DesiredCluster {
  const { name, site, form, slots, maxParallel, maxUnavailable, role } = cluster;
  const machines = slots.filter(({ inGit }) => inGit).map((slot) => desiredMachine(cluster, slot));
  return {
    name,
    site,
    role,
    contract: form,
    talos: form === "v1.13" ? "v1.13.9" : "v1.14.1",
    kubernetes: "v1.36.3",
    vip: undefined,
    secretsFile: `clusters/${site}/${name}/secrets.sops.yaml`,
    protect: true,
    bootstrapped: bootstrapped.get(name),
    fingerprints: { os: name },
    maxParallel,
    maxUnavailable,
    window: rules.windowOf(name),
    machines,
  };
}

function desiredMachine({ name: cluster, site, ...state }: ClusterState, slot: Slot): DesiredMachine {
  const { name, serial, loopback, bootstrap, macs } = slot.machine;
  return {
    name,
    cluster,
    type: slot.type,
    group: slot.type === "worker" ? "general" : "control-plane",
    place: slot.place,
    site,
    rack: `r${slot.place % 3}`,
    serial,
    uuid: slot.uuid,
    loopback,
    bootstrap,
    macs,
    bmc: slot.hasBmc ? { address: "10.3.0.1", driver: "redfish" } : undefined,
    labels: {},
    documents: documentsOf({ name: cluster, site, ...state }, slot),
    file: `generated/clusters/${site}/${cluster}/machines/${name}.yaml`,
  };
}

/** PEM of the authority that machines of a cluster have. */
export function authorityOf(git: Git, cluster: string): string {
  const found = new Map(git.clusters.map((one) => [one.name, one]));
  return mustGet(found, cluster).lab.authority.certificate.toString();
}
