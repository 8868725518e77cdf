import type { Desired } from "../../src/applier/desired.ts";
import type { Clock } from "../../src/lab/clock.ts";
import { type EtcdCluster, votersOf } from "../../src/lab/etcd.ts";
import type { Machine } from "../../src/lab/machine.ts";
import type { Arrival, Process } from "./simulation-driver.ts";

/** What never may happen, whatever breaks. */
export interface Watch {
  readonly before: (process: Process, arrival: Arrival) => void;
  readonly after: (process: Process, arrival: Arrival) => void;
  /** After everything that happens. */
  readonly check: () => void;
  /** What a process goes by. */
  readonly knows: (process: Process, desired: Desired) => void;
  readonly violations: readonly string[];
  readonly violate: (what: string) => void;
  /** Calls that changed something, of all processes. */
  readonly writes: () => number;
  /** The machine that was written to last. */
  readonly last: () => Machine | undefined;
}

export interface WatchOptions {
  readonly clock: Clock;
  readonly machines: () => readonly Machine[];
  readonly note: (line: string) => void;
  readonly holderOf: (cluster: string) => string | undefined;
  readonly onWrite: (arrival: Arrival, process: Process) => void;
}

/** A look that is older than this is no reason to take a machine away. */
const FRESH_MS = 60_000;

const DESTRUCTIVE: ReadonlySet<string> = new Set([
  "Reset",
  "Upgrade",
  "EtcdRemoveMemberByID",
  "Shutdown",
  "power off",
  "power on",
  "power cycle",
]);

const WRITES: ReadonlySet<string> = new Set([
  ...DESTRUCTIVE,
  "ApplyConfiguration",
  "Bootstrap",
  "Reboot",
  "EtcdForfeitLeadership",
  "power networkBoot",
]);

interface Away {
  readonly how: "reboot" | "install";
  readonly since: number;
  readonly bootId: string;
}

export function createWatch({ clock, machines, note, holderOf, onWrite }: WatchOptions): Watch {
  const violations: string[] = [];
  const desireds = new Map<Process, Desired>();
  const away = new Map<Machine, Away>();
  const stageBefore = new Map<string, string | undefined>();
  /** When a process last saw how a machine's etcd is. */
  const looks = new Map<Process, Map<Machine, number>>();
  const networkBoots = new Map<Process, Map<Machine, number>>();
  const bootstraps = new Map<string, number>();
  const downSince = new Map<Machine, number>();
  /** When a process last wrote to a cluster: what it saw before that is no reason for what it does next. */
  const lastWrites = new Map<Process, Map<string, number>>();
  let writes = 0;
  let last: Machine | undefined;
  const violate = (what: string) => {
    if (violations.length < 20) violations.push(what);
    note(`VIOLATION ${what}`);
  };
  const clusterOf = (machine: Machine) => machine.spec.name.split("-")[0] ?? "";
  const ofCluster = (machine: Machine) =>
    machines().filter((other) => other !== machine && clusterOf(other) === clusterOf(machine));
  const isControlPlane = ({ spec }: Machine) => spec.name.includes("-cp");
  const desiredOf = (process: Process, machine: Machine) => {
    const cluster = desireds.get(process)?.clusters.get(clusterOf(machine));
    return { cluster, machine: cluster?.machines.find(({ name }) => name === machine.spec.name) };
  };

  const checkIdentity = (process: Process, { method, meant, machine }: Arrival) => {
    if (DESTRUCTIVE.has(method)) violate(`${method} of ${meant}, which nobody approved`);
    if (machine.spec.name !== meant) violate(`${method} for ${meant} reached ${machine.spec.name}`);
    if (machine.faults.uuid !== undefined && method !== "power networkBoot")
      violate(`${method} for ${meant} reached a machine that took its place`);
    if (desiredOf(process, machine).machine === undefined)
      violate(`${method} of ${meant}, which git does not name`);
    const holder = holderOf(clusterOf(machine));
    if (holder !== undefined && holder !== process.id)
      violate(`${method} of ${meant} by ${process.id} under the lease of ${holder}`);
  };
  const checkFirstContact = (process: Process, { machine, request }: Arrival) => {
    const { name, serial } = machine.spec;
    const text = Buffer.from((request as { readonly data: Uint8Array }).data).toString("utf8");
    if (!text.includes(`hostname: ${name}\n`)) violate(`${name} gets the configuration of another machine`);
    if (machine.api !== "maintenance") return;
    const booted = networkBoots.get(process)?.get(machine);
    if (desiredOf(process, machine).machine?.bmc !== undefined) {
      if (booted === undefined || machine.bootedAt < booted)
        violate(`${name} gets secrets and was not booted by this run`);
      return;
    }
    const approvals = desireds.get(process)?.approvals ?? [];
    if (!approvals.some(({ actions }) => actions.some((action) => action.serial === serial)))
      violate(`${name} gets secrets without BMC and Approval`);
  };
  /** Whether enough members are left, as far as the process could know. */
  const checkQuorum = (process: Process, machine: Machine) => {
    const { etcd } = machine;
    if (etcd === undefined || !isRunning(etcd.cluster, machine)) return;
    const voters = votersOf(etcd.cluster);
    if (voters.length === 1 || etcd.cluster.members.get(etcd.member)?.learner !== false) return;
    const quorum = Math.floor(voters.length / 2) + 1;
    const others = machines().filter((other) => other !== machine && other.etcd?.cluster === etcd.cluster);
    const left = others.filter((other) => isVoter(other) && isKnownToRun(process, other)).length;
    if (left < quorum) violate(`${machine.spec.name} rebooted with ${left} of ${voters.length} members left`);
  };
  const isKnownToRun = (process: Process, machine: Machine) => {
    if (machine.etcd !== undefined && isRunning(machine.etcd.cluster, machine)) return true;
    const look = looks.get(process)?.get(machine) ?? 0;
    // What broke after the last look nobody could know.
    const isLast = look >= (lastWrites.get(process)?.get(clusterOf(machine)) ?? 0);
    return isLast && (downSince.get(machine) ?? 0) >= look && look >= clock.now() - FRESH_MS;
  };
  const goesAway = (process: Process, machine: Machine, how: Away["how"]) => {
    const { cluster } = desiredOf(process, machine);
    away.set(machine, { how, since: clock.now(), bootId: machine.bootId });
    const others = ofCluster(machine).filter((other) => away.has(other));
    if (isControlPlane(machine)) {
      const gone = others.filter(isControlPlane);
      if (gone.length > 0)
        violate(
          `${how} of ${machine.spec.name} while ${gone.map(({ spec }) => spec.name).join(", ")} is away because of us`,
        );
      return;
    }
    if (how === "install") return;
    const gone = others.filter((other) => !isControlPlane(other) && away.get(other)?.how === "reboot");
    const most = cluster?.maxUnavailable ?? 1;
    if (gone.length + 1 > most)
      violate(`${gone.length + 1} workers of ${cluster?.name} away because of us, allowed ${most}`);
  };

  return {
    violations,
    violate,
    writes: () => writes,
    last: () => last,
    knows: (process, desired) => void desireds.set(process, desired),
    before: (process, arrival) => {
      const { method, machine } = arrival;
      if (!WRITES.has(method)) return;
      writes += 1;
      last = machine;
      onWrite(arrival, process);
      const request = arrival.request as { readonly mode?: string } | undefined;
      note(
        `${process.id}: ${method} ${request?.mode ?? ""} reaches ${machine.spec.name} (${machine.stage}, ${machine.api})`,
      );
      stageBefore.set(machine.spec.name, machine.stage);
      checkIdentity(process, arrival);
      if (method === "ApplyConfiguration") checkFirstContact(process, arrival);
      if (method === "Reboot") checkQuorum(process, machine);
      inner(lastWrites, process).set(clusterOf(machine), clock.now());
      if (method === "power networkBoot") {
        if (machine.persistent !== undefined || machine.etcd !== undefined || machine.stage === "installing")
          violate(`${machine.spec.name} is booted from the network and is installed`);
        inner(networkBoots, process).set(machine, clock.now());
      }
    },
    after: (process, { method, machine }) => {
      if (method === "ServiceList" || method === "EtcdStatus")
        inner(looks, process).set(machine, clock.now());
      if (method === "Bootstrap") {
        const count = (bootstraps.get(clusterOf(machine)) ?? 0) + 1;
        bootstraps.set(clusterOf(machine), count);
        if (count > 1) violate(`etcd of ${clusterOf(machine)} bootstrapped ${count} times`);
      }
      const stage = stageBefore.get(machine.spec.name);
      if (method !== "Reboot" && method !== "ApplyConfiguration") return;
      if (stage === "maintenance" && machine.stage !== "maintenance") goesAway(process, machine, "install");
      else if (machine.stage === "rebooting" && stage !== "rebooting") {
        if (method !== "Reboot") checkQuorum(process, machine);
        goesAway(process, machine, "reboot");
      }
    },
    check: () => {
      const clusters = new Map<string, Set<EtcdCluster>>();
      for (const machine of machines()) {
        const { etcd } = machine;
        if (etcd !== undefined) {
          clusters.set(etcd.cluster.key, (clusters.get(etcd.cluster.key) ?? new Set()).add(etcd.cluster));
          if (isRunning(etcd.cluster, machine)) downSince.delete(machine);
          else if (!downSince.has(machine)) downSince.set(machine, clock.now());
        }
        const since = away.get(machine);
        if (since !== undefined && isBack(machine, since)) away.delete(machine);
      }
      for (const found of clusters.values()) if (found.size > 1) violate("one cluster has two etcds");
    },
  };
}

function inner<K, A, B>(map: Map<K, Map<A, B>>, key: K): Map<A, B> {
  const found = map.get(key) ?? new Map<A, B>();
  map.set(key, found);
  return found;
}

function isRunning(cluster: EtcdCluster, { etcd }: Machine): boolean {
  return etcd?.cluster === cluster && cluster.members.get(etcd.member)?.process !== undefined;
}

function isVoter({ etcd }: Machine): boolean {
  return etcd?.cluster.members.get(etcd.member)?.learner === false;
}

/** Whether a machine that went away serves again, or lost what it was given. */
function isBack(machine: Machine, since: Away): boolean {
  if (machine.bootId === since.bootId) return false;
  if (machine.stage === "maintenance") return true;
  const { api, disk, services, etcd, active } = machine;
  if (api !== "secure" || disk === undefined) return false;
  // Without etcd a control plane is not missed yet: it waits to be told.
  if (active?.type === "controlplane" && etcd === undefined) return true;
  if (services.get("kubelet")?.state !== "Running") return false;
  return active?.type !== "controlplane" || services.get("etcd")?.state === "Running";
}
