import type { DesiredCluster, DesiredMachine } from "../desired.ts";
import type { Live, LiveMachine, RunningMachine } from "../live.ts";

/** One thing that has to hold of a healthy cluster; the names and the order are those of `talosctl health`. */
export interface HealthCheck {
  readonly name: string;
  readonly state: "ok" | "failed" | "unknown";
  /** Which machines it does not hold for, and why; empty where it holds. */
  readonly why: readonly string[];
}

/**
 * The part of `talosctl health` that Talos itself answers. What Kubernetes alone knows (nodes, pods) is not asked here.
 *
 * @see https://docs.siderolabs.com/talos (talosctl health)
 */
export function checkHealth(cluster: DesiredCluster, live: Live): readonly HealthCheck[] {
  const machines = cluster.machines.map((machine) => ({ machine, live: liveOf(live, machine) }));
  const controlPlanes = machines.filter(({ machine }) => machine.type === "controlplane");
  return [
    each("etcd to be healthy", controlPlanes, (one) => serviceProblem(one, "etcd")),
    consistentMembers(controlPlanes),
    knownMembers(controlPlanes),
    each("apid to be ready", machines, () => undefined),
    each("kubelet to be healthy", machines, (one) => serviceProblem(one, "kubelet")),
    each("all nodes to finish boot sequence", machines, bootProblem),
  ];
}

/** What a cluster's checks come to. */
export type Health = "Healthy" | "Degraded" | "Missing" | "Unknown";

/** `Missing`: no machine of it runs yet. `Unknown`: nothing failed, and not everything could be seen. */
export function healthOf(cluster: DesiredCluster, live: Live, checks: readonly HealthCheck[]): Health {
  const runs = cluster.machines.some((machine) => liveOf(live, machine).state === "running");
  if (!runs)
    return cluster.machines.every((machine) => isSeen(liveOf(live, machine))) ? "Missing" : "Unknown";
  if (checks.some(({ state }) => state === "failed")) return "Degraded";
  return checks.some(({ state }) => state === "unknown") ? "Unknown" : "Healthy";
}

interface Seen {
  readonly machine: DesiredMachine;
  readonly live: LiveMachine;
}

interface SeenRunning extends Seen {
  readonly live: RunningMachine;
}

function liveOf(live: Live, { name }: DesiredMachine): LiveMachine {
  return live.machines.get(name) ?? { state: "unreachable", why: "it was not asked" };
}

function isSeen(live: LiveMachine): boolean {
  return live.state === "maintenance" || live.state === "running";
}

/** A check of every machine by itself: one that does not answer leaves it unknown, one that answers wrongly fails it. */
function each(
  name: string,
  machines: readonly Seen[],
  problem: (one: SeenRunning) => string | undefined,
): HealthCheck {
  const failed: string[] = [];
  const unknown: string[] = [];
  for (const { machine, live } of machines) {
    if (live.state === "running") {
      const why = problem({ machine, live });
      if (why !== undefined) failed.push(`${machine.name}: ${why}`);
    } else if (live.state === "maintenance") failed.push(`${machine.name}: it is not installed`);
    else if (live.state === "foreign") failed.push(`${machine.name}: it belongs to another cluster`);
    else unknown.push(`${machine.name}: ${live.why}`);
  }
  return checkOf(name, failed, unknown);
}

function checkOf(name: string, failed: readonly string[], unknown: readonly string[]): HealthCheck {
  const state = failed.length > 0 ? "failed" : unknown.length > 0 ? "unknown" : "ok";
  return { name, state, why: [...failed, ...unknown] };
}

function serviceProblem({ live }: SeenRunning, id: string): string | undefined {
  const service = live.services.find((one) => one.id === id);
  if (service === undefined) return `there is no service ${id}`;
  if (service.state !== "Running") return `${id} is ${service.state}`;
  return service.healthy ? undefined : `${id} is not healthy: ${service.message}`;
}

function bootProblem({ live }: SeenRunning): string | undefined {
  if (live.stage !== "running") return `it is ${live.stage}`;
  return live.ready ? undefined : `it is not ready (${live.unmet.join(", ")})`;
}

function consistentMembers(controlPlanes: readonly Seen[]): HealthCheck {
  const name = "etcd members to be consistent across nodes";
  const lists = controlPlanes.flatMap(({ machine, live }) =>
    live.state === "running" && live.etcd !== undefined
      ? [
          {
            machine,
            ids: live.etcd.members
              .map(({ id }) => id)
              .sort()
              .join(" "),
          },
        ]
      : [],
  );
  const [first] = lists;
  const others = lists.filter(({ ids }) => ids !== first?.ids);
  const unseen = controlPlanes.length - lists.length;
  return checkOf(
    name,
    others.map(({ machine }) => `${machine.name}: it has other members than ${first?.machine.name}`),
    unseen === 0 ? [] : [`${unseen} of ${controlPlanes.length} control planes have no list of members`],
  );
}

function knownMembers(controlPlanes: readonly Seen[]): HealthCheck {
  const names = new Set(controlPlanes.map(({ machine }) => machine.name));
  const members = controlPlanes.flatMap(({ live }) =>
    live.state === "running" ? (live.etcd?.members ?? []) : [],
  );
  const strangers = new Set(members.map(({ hostname }) => hostname).filter((name) => !names.has(name)));
  const failed = [...strangers].map((name) => `${name}: it is a member and no control plane of git`);
  return checkOf(
    "etcd members to be control plane nodes",
    failed,
    members.length === 0 ? ["no members were seen"] : [],
  );
}
