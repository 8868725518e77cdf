import type { Reading, RunningMachine } from "../live.ts";
import { controlPlaneComponents } from "./components.ts";
import {
  checkOf,
  each,
  eachMeasured,
  type Finding,
  failed,
  type HealthCheck,
  isControlPlane,
  isOnItsWay,
  type Problem,
  type Seen,
  unknown,
} from "./health-check.ts";

const MEBIBYTE = 1024 * 1024;

/**
 * The least memory of a machine: what Talos asks for, less 150 MiB that the kernel keeps to itself.
 *
 * @see https://github.com/siderolabs/talos/blob/v1.13.9/pkg/minimal/limits.go
 */
const LEAST_MEMORY = { controlplane: (1848 - 150) * MEBIBYTE, worker: (1024 - 150) * MEBIBYTE } as const;

/** The least size of EPHEMERAL: 6 GiB less EFI, STATE, META and the partition table. */
const LEAST_DISK = (6 * 1024 - 2101 - 100 - 1 - 10) * MEBIBYTE;

/** The checks of `talosctl health` that machines answer, up to the end of their boot. */
export function checkTalos(machines: readonly Seen[]): readonly HealthCheck[] {
  const controlPlanes = machines.filter(isControlPlane);
  return [
    each("etcd to be healthy", controlPlanes, serviceProblem("etcd")),
    consistentMembers(controlPlanes),
    knownMembers(controlPlanes),
    each("apid to be ready", machines, () => undefined),
    eachMeasured("all nodes memory sizes", machines, memoryProblem),
    eachMeasured("all nodes disk sizes", machines, diskProblem),
    eachMeasured("no diagnostics", machines, diagnosticsProblem),
    each("kubelet to be healthy", machines, serviceProblem("kubelet")),
    each("all nodes to finish boot sequence", machines, bootProblem),
  ];
}

/** The static pods that the configuration of each control plane asks for. */
export function checkStaticPods(machines: readonly Seen[]): HealthCheck {
  const name = "all control plane static pods to be running";
  return each(name, machines.filter(isControlPlane), ({ live }) =>
    ofReading(live.health?.staticPods, (pods) => {
      const bad = controlPlaneComponents(live.active).flatMap((component) => {
        const found = pods.filter(({ id }) => id.startsWith(`kube-system/${component}`));
        if (found.length === 0) return [`there is no ${component}`];
        const runs = found.some(({ phase }) => phase === "Running" || phase === "");
        return runs ? [] : [`${component} is ${found[0]?.phase}`];
      });
      return bad.length === 0 ? undefined : failed(bad.join(", "));
    }),
  );
}

/** What could not be read, or was not asked for, is unknown. */
function ofReading<T>(
  reading: Reading<T> | undefined,
  problem: (value: T) => Finding | undefined,
): Finding | undefined {
  if (reading === undefined) return unknown("it was not asked");
  return "why" in reading ? unknown(reading.why) : problem(reading.value);
}

function serviceProblem(id: string): Problem {
  return ({ live }) => {
    const unread = unreadOf(live, "services");
    if (unread !== undefined) return unread;
    const service = live.services.find((one) => one.id === id);
    if (service === undefined) return failed(`there is no service ${id}`);
    if (service.state !== "Running") return failed(`${id} is ${service.state}`);
    return service.healthy ? undefined : failed(`${id} is not healthy: ${service.message}`);
  };
}

/** What is missing of a machine's answer says nothing against it. */
function unreadOf({ missing }: RunningMachine, what: string): Finding | undefined {
  const why = missing.find((one) => one.startsWith(`${what}: `));
  return why === undefined ? undefined : unknown(why);
}

function bootProblem({ live }: Seen & { readonly live: RunningMachine }): Finding | undefined {
  const { stage, ready, unmet } = live;
  if (stage === "unknown") return unreadOf(live, "status") ?? unknown("it does not say its stage");
  if (stage !== "running") return failed(`it is ${stage}`);
  if (ready) return undefined;
  const why = `it is not ready${unmet.length === 0 ? "" : ` (${unmet.join(", ")})`}`;
  // What is wrong with its node, and whether that passes, Kubernetes says below.
  const waitsForNode = unmet.length > 0 && unmet.every((one) => one.startsWith("nodeReady:"));
  return { state: waitsForNode ? "progressing" : "failed", why };
}

const memoryProblem: Problem = ({ machine, live }) =>
  ofReading(live.health?.memory, (bytes) =>
    bytes < LEAST_MEMORY[machine.type]
      ? failed(`it has ${mebibytes(bytes)} of memory, less than ${mebibytes(LEAST_MEMORY[machine.type])}`)
      : undefined,
  );

const diskProblem: Problem = ({ live }) =>
  ofReading(live.health?.disk, (bytes) =>
    bytes < LEAST_DISK
      ? failed(`its volume EPHEMERAL has ${mebibytes(bytes)}, less than ${mebibytes(LEAST_DISK)}`)
      : undefined,
  );

const diagnosticsProblem: Problem = ({ live }) =>
  ofReading(live.health?.diagnostics, (warnings) =>
    warnings.length === 0 ? undefined : failed(warnings.join(", ")),
  );

function mebibytes(bytes: number): string {
  return `${Math.floor(bytes / MEBIBYTE)} MiB`;
}

function consistentMembers(controlPlanes: readonly Seen[]): HealthCheck {
  const first = controlPlanes.find(({ live }) => membersText(live) !== undefined);
  return eachMeasured("etcd members to be consistent across nodes", controlPlanes, ({ live }) => {
    const members = membersText(live);
    if (members === undefined) return unreadOf(live, "etcd") ?? unknown("it has no list of members");
    return first === undefined || members === membersText(first.live)
      ? undefined
      : failed(`it has other members than ${first.machine.name}`);
  });
}

function membersText(live: Seen["live"]): string | undefined {
  if (live.state !== "running") return undefined;
  return live.etcd?.members
    .map(({ id, hostname, isLearner }) => `${id} ${hostname} ${isLearner}`)
    .sort()
    .join();
}

function knownMembers(controlPlanes: readonly Seen[]): HealthCheck {
  const name = "etcd members to be control plane nodes";
  const members = controlPlanes.flatMap(({ live }) =>
    live.state === "running" ? (live.etcd?.members ?? []) : [],
  );
  if (members.length === 0) {
    const state = controlPlanes.some(isOnItsWay) ? "progressing" : "unknown";
    return checkOf(name, [{ state, why: "no members were seen" }]);
  }
  const names = new Set(controlPlanes.map(({ machine }) => machine.name));
  const addresses = new Set(controlPlanes.map(({ machine }) => machine.loopback));
  const strangers = members.filter(
    ({ hostname, peerUrls }) =>
      !names.has(hostname) && !peerUrls.some((url) => addresses.has(URL.parse(url)?.hostname ?? "")),
  );
  const called = new Set(strangers.map(({ hostname, id }) => hostname || `member ${id}`));
  return checkOf(
    name,
    [...called].map((one) => failed(`${one}: it is a member and no control plane of git`)),
  );
}
