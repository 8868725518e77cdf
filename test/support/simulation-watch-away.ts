import { type EtcdCluster, votersOf } from "../../src/lab/etcd.ts";
import type { Machine } from "../../src/lab/machine.ts";
import type { Process } from "./simulation-driver.ts";
import { clusterOf, inner, isControlPlane, type Part, type Sight, WRITES } from "./simulation-sight.ts";

/** A look that is older than this is no reason to take a machine away. */
const FRESH_MS = 60_000;

interface Away {
  readonly how: "reboot" | "install" | "restart";
  readonly bootId: string;
}

/** Who is away because of us: one control plane and etcd's majority is left, no more workers than may be. */
export function watchAvailability(sight: Sight): Part {
  const { clock, machines, violate, known, desiredOf, planOf, rules, network } = sight;
  const away = new Map<Machine, Away>();
  const stageBefore = new Map<string, string | undefined>();
  /** When a process last saw how a machine's etcd is. */
  const looks = new Map<Process, Map<Machine, number>>();
  const downSince = new Map<Machine, number>();
  /** When a process last wrote to a cluster: what it saw before that is no reason for what it does next. */
  const lastWrites = new Map<Process, Map<string, number>>();
  const rebooted = new Map<Process, Map<Machine, string>>();
  /** Since when a machine leads etcd, and when a process last told it to give that up. */
  const leads = new Map<EtcdCluster, { readonly machine: Machine | undefined; readonly since: number }>();
  const forfeits = new Map<Process, Map<Machine, number>>();

  /** Whether enough members are left, as far as the process could know. */
  const checkQuorum = (process: Process, machine: Machine, how: string) => {
    const { etcd } = machine;
    if (etcd === undefined || !isRunning(etcd.cluster, machine)) return;
    const voters = votersOf(etcd.cluster);
    if (voters.length === 1 || etcd.cluster.members.get(etcd.member)?.learner !== false) return;
    const quorum = Math.floor(voters.length / 2) + 1;
    const kept = machines().filter((one) => one.etcd?.cluster === etcd.cluster && isVoter(one)).length;
    // Where somebody wiped a majority there is nothing that we could take.
    if (kept < quorum) return;
    const others = machines().filter((other) => other !== machine && other.etcd?.cluster === etcd.cluster);
    const left = others.filter((other) => isVoter(other) && isKnownToRun(process, other)).length;
    if (left < quorum) violate(`${machine.spec.name} ${how} with ${left} of ${voters.length} members left`);
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
    away.set(machine, { how, bootId: machine.bootId });
    const others = machines().filter(
      (other) =>
        other !== machine &&
        away.has(other) &&
        clusterOf(other) === clusterOf(machine) &&
        // At what git does not name any more nobody looks.
        desiredOf(process, other).machine !== undefined,
    );
    if (isControlPlane(machine)) {
      const gone = others.filter(isControlPlane);
      if (gone.length > 0)
        violate(
          `${how} of ${machine.spec.name} while ${gone.map(({ spec }) => spec.name).join(", ")} is away because of us`,
        );
      return;
    }
    if (how === "install") return;
    const gone = others.filter((other) => !isControlPlane(other) && away.get(other)?.how !== "install");
    const most = cluster?.maxUnavailable ?? 1;
    if (gone.length + 1 > most)
      violate(`${gone.length + 1} workers of ${cluster?.name} away because of us, allowed ${most}`);
  };
  /** Leadership is given up first, where others can have it; what was not seen for lost calls nobody can give up. */
  const checkLeadership = (process: Process, machine: Machine) => {
    const { etcd, faults, spec } = machine;
    if (etcd === undefined || votersOf(etcd.cluster).length < 2 || network.drop > 0) return;
    const leader = leads.get(etcd.cluster);
    if (leader?.machine !== machine || leader.since > clock.now() - FRESH_MS) return;
    if ((faults.dropCalls ?? 0) > 0 || (faults.latency ?? 0) > 0 || faults.connection !== undefined) return;
    const told = forfeits.get(process)?.get(machine) ?? 0;
    if (told < clock.now() - FRESH_MS) violate(`${spec.name} reboots and leads etcd`);
  };
  const checkReboot = (process: Process, machine: Machine) => {
    const { name } = machine.spec;
    const planned = planOf(process, name);
    if (planned?.impact !== "reboot") violate(`${name} reboots, and its plan says ${planned?.impact}`);
    const { site = "" } = desiredOf(process, machine).cluster ?? {};
    const done = inner(rebooted, process).set(machine, site);
    const count = [...done.values()].filter((one) => one === site).length;
    const isFile = known(process)?.options.isFile === true;
    const most = rules.rebootsOf(site);
    if (most !== undefined && !isFile && count > most)
      violate(`${count} machines of ${site} rebooted, ${most} allowed`);
  };

  return {
    before: (process, { method, machine, request }) => {
      if (!WRITES.has(method)) return;
      stageBefore.set(machine.spec.name, machine.stage);
      const isTried = (request as { readonly mode?: string } | undefined)?.mode === "TRY";
      if (method === "EtcdForfeitLeadership") inner(forfeits, process).set(machine, clock.now());
      if (method === "Reboot") {
        checkLeadership(process, machine);
        checkQuorum(process, machine, "reboots");
      } else if (isTried) checkQuorum(process, machine, "tries another network");
      inner(lastWrites, process).set(clusterOf(machine), clock.now());
    },
    after: (process, { method, machine }) => {
      if (method === "ServiceList" || method === "EtcdStatus")
        inner(looks, process).set(machine, clock.now());
      const stage = stageBefore.get(machine.spec.name);
      if (method !== "Reboot" && method !== "ApplyConfiguration") return;
      if (stage === "maintenance" && machine.stage !== "maintenance") goesAway(process, machine, "install");
      else if (machine.stage === "rebooting" && stage !== "rebooting") {
        if (method !== "Reboot") checkQuorum(process, machine, "reboots");
        checkReboot(process, machine);
        goesAway(process, machine, "reboot");
      } else if (stage === "running" && machine.services.get("kubelet")?.state === "Preparing")
        goesAway(process, machine, "restart");
    },
    event: (_, event) => {
      if (event.event !== "machine-done" || event.outcome !== "done") return;
      const machine = machines().find(({ spec }) => spec.name === event.machine);
      if (machine !== undefined && away.has(machine))
        violate(`${event.machine} is done with and is not back`);
    },
    check: () => {
      for (const machine of machines()) {
        const { etcd } = machine;
        if (etcd !== undefined) {
          const isLeader = etcd.cluster.leader === etcd.member;
          const known = leads.get(etcd.cluster);
          if (isLeader && known?.machine !== machine)
            leads.set(etcd.cluster, { machine, since: clock.now() });
          if (isRunning(etcd.cluster, machine)) downSince.delete(machine);
          else if (!downSince.has(machine)) downSince.set(machine, clock.now());
        }
        const since = away.get(machine);
        if (since !== undefined && isBack(machine, since)) away.delete(machine);
      }
    },
  };
}

function isRunning(cluster: EtcdCluster, { etcd }: Machine): boolean {
  return etcd?.cluster === cluster && cluster.members.get(etcd.member)?.process !== undefined;
}

function isVoter({ etcd }: Machine): boolean {
  return etcd?.cluster.members.get(etcd.member)?.learner === false;
}

/** Whether a machine that went away serves again, or lost what it was given. */
function isBack(machine: Machine, since: Away): boolean {
  const { api, disk, services, etcd, active } = machine;
  if (machine.bootId === since.bootId && since.how !== "restart") return false;
  if (machine.stage === "maintenance") return true;
  if (api !== "secure" || disk === undefined) return false;
  if (active?.type !== "controlplane") return services.get("kubelet")?.state === "Running";
  // Without etcd a control plane is not missed yet: it waits to be told. With it, etcd is what it is missed for.
  return etcd === undefined || (services.get("etcd")?.state === "Running" && isVoter(machine));
}
