import type { DesiredMachine } from "../desired.ts";
import type { LiveMachine, RunningMachine } from "../live.ts";
import type { EtcdMember } from "../talos-api.ts";
import { identityProblem, withMachine } from "./connection.ts";
import type { ClusterRun, MachineRun } from "./context.ts";
import { problem, StepFailure } from "./failure.ts";
import { type Look, step, waitStep, withLastWords } from "./step.ts";

/** What is to be done to a control plane: join etcd, be changed in place, be away for a while or perhaps, or nothing any more. */
export type Purpose = "join" | "change" | "reboot" | "after";

/** A control plane and what it is seen as. */
export interface Seen {
  readonly machine: DesiredMachine;
  readonly live: LiveMachine;
}

/** Looks at the control planes of a cluster. */
export function lookAtControlPlanes({ context, desired }: ClusterRun): Promise<readonly Seen[]> {
  const machines = desired.machines.filter(({ type }) => type === "controlplane");
  return Promise.all(
    machines.map(async (machine) => ({ machine, live: asItself(machine, await context.observe(machine)) })),
  );
}

/** A machine that answers in the place of another says nothing of that one. */
function asItself(machine: DesiredMachine, live: LiveMachine): LiveMachine {
  if (live.state !== "running") return live;
  if (live.hardware.uuid === "") return { state: "unreachable", why: "its hardware is not seen" };
  const wrong = identityProblem(machine, live.hardware, { macs: false });
  return wrong === undefined ? live : { state: "foreign", why: "another machine answers at its address" };
}

/**
 * Why a control plane must not be touched for a purpose, or is not a healthy member after it; undefined where all is
 * well. Silence of a machine that should be a member is no proof of anything.
 */
export function etcdProblem(seen: readonly Seen[], target: string, purpose: Purpose): string | undefined {
  const lists = listsOf(seen);
  const [first] = lists;
  if (first === undefined) return noLists(seen, target, purpose);
  const ids = idsOf(first.members);
  const differing = lists.find(({ members }) => idsOf(members) !== ids);
  if (differing !== undefined) return `"${differing.name}" has other members than "${first.name}"`;
  for (const { hostname } of first.members) {
    if (hostname === target && purpose !== "after") continue;
    const member = seen.find(({ machine }) => machine.name === hostname);
    if (member === undefined) return `its member "${hostname}" is no control plane of the cluster`;
    const why = memberProblem(member.live);
    if (why !== undefined) return `its member "${hostname}" ${why}`;
  }
  if (purpose === "after" && !first.members.some(({ hostname }) => hostname === target)) {
    return `"${target}" is no member yet`;
  }
  return leaderProblem(seen, first.members.length);
}

interface MemberList {
  readonly name: string;
  readonly members: readonly EtcdMember[];
}

function listsOf(seen: readonly Seen[]): readonly MemberList[] {
  return seen.flatMap(({ machine, live }) =>
    live.state === "running" && live.etcd !== undefined
      ? [{ name: machine.name, members: live.etcd.members }]
      : [],
  );
}

/** Of two members neither can be spared: alone the other one decides nothing. */
function checkSpare({ machine }: MachineRun, seen: readonly Seen[]): void {
  if (!listsOf(seen).some(({ members }) => members.length === 2)) return;
  const message = `etcd of "${machine.cluster}" has two members: neither of them is rebooted or cut off`;
  throw new StepFailure("refused", problem("ICH8009", message));
}

/** No machine shows members: right where there are none, unknown where they should be. */
function noLists(seen: readonly Seen[], target: string, purpose: Purpose): string | undefined {
  if (purpose === "after") return `"${target}" shows no members`;
  // Of several, the one that is meant has to show with whom it is: git may not name all of them any more.
  const counts = (name: string) => name !== target || seen.length > 1;
  const silent = seen.find(({ machine, live }) => counts(machine.name) && !isWithoutEtcd(live));
  return silent === undefined ? undefined : `"${silent.machine.name}" does not show its members`;
}

function idsOf(members: readonly { readonly id: string }[]): string {
  return members
    .map(({ id }) => id)
    .toSorted()
    .join(" ");
}

function memberProblem(live: LiveMachine): string | undefined {
  if (live.state !== "running") return `is ${live.state}`;
  const service = live.services.find(({ id }) => id === "etcd");
  if (service?.state !== "Running") return `does not run (${service?.state ?? "no service"})`;
  if (!service.healthy) return "is not healthy";
  const status = live.etcd?.status;
  if (status === undefined) return "does not show its state";
  if (status.errors.length > 0) return `has errors: ${status.errors.join("; ")}`;
  if (status.isLearner) return "is still learning";
  return status.leader === "0" || status.leader === "" ? "has no leader" : undefined;
}

/** All that show their state must agree on one leader. */
function leaderProblem(seen: readonly Seen[], members: number): string | undefined {
  const leaders = new Set(
    seen.flatMap(({ live }) =>
      live.state === "running" && live.etcd?.status !== undefined ? [live.etcd.status.leader] : [],
    ),
  );
  return leaders.size > 1 && members > 1 ? "its members do not agree on a leader" : undefined;
}

/** States of the service before it has ever been told to begin: with any other one there may be data. */
const BEFORE_BOOTSTRAP: readonly string[] = ["Initialized", "Waiting", "Preparing"];

/** Whether etcd was seen not to exist on a machine. */
export function isWithoutEtcd(live: LiveMachine): boolean {
  if (live.state === "maintenance") return true;
  if (live.state !== "running" || live.etcd !== undefined) return false;
  const service = live.services.find(({ id }) => id === "etcd");
  return service !== undefined && BEFORE_BOOTSTRAP.includes(service.state);
}

/** Before a control plane is touched: the other members are healthy, and no machine joins what git does not record. */
export async function beforeControlPlane(run: MachineRun, purpose: Purpose): Promise<void> {
  const { cluster, context, machine } = run;
  if (machine.type !== "controlplane") return;
  await withLastWords("ICH8009", "etcd is not healthy", () =>
    waitStep(run, "etcd", context.limits.etcd, async (): Promise<Look<void>> => {
      const seen = await lookAtControlPlanes(cluster);
      if (purpose === "reboot") checkSpare(run, seen);
      const why = etcdProblem(seen, machine.name, purpose);
      if (why !== undefined) return { waiting: why };
      if (purpose === "join") checkRecorded(run, seen);
      return { done: undefined };
    }),
  );
}

function checkRecorded({ cluster, machine }: MachineRun, seen: readonly Seen[]): void {
  if (cluster.bootstrapped !== undefined) return;
  const runs = seen.find(({ live }) => live.state === "running" && live.etcd !== undefined);
  if (runs === undefined) return;
  throw new StepFailure(
    "waiting",
    problem(
      "ICH8010",
      `"${machine.name}" does not join: etcd runs on "${runs.machine.name}" and git does not record it as bootstrapped`,
    ),
  );
}

/** After a control plane was touched: all members are healthy, it among them. */
export async function afterControlPlane(run: MachineRun): Promise<void> {
  const { cluster, context, machine } = run;
  if (machine.type !== "controlplane") return;
  await withLastWords("ICH8009", "etcd is not healthy", () =>
    waitStep(run, "etcd", context.limits.join, async (): Promise<Look<void>> => {
      const why = etcdProblem(await lookAtControlPlanes(cluster), machine.name, "after");
      return why === undefined ? { done: undefined } : { waiting: why };
    }),
  );
}

/** A control plane that was a member is one again. */
export async function afterMember(run: MachineRun, live: RunningMachine): Promise<void> {
  if (live.etcd !== undefined || run.cluster.bootstrapped !== undefined) await afterControlPlane(run);
}

/** Gives leadership to another member before this one goes away: an election by timeout costs the cluster seconds. */
export async function giveUpLeadership(run: MachineRun): Promise<void> {
  const { context, machine } = run;
  await step(
    run,
    "forfeit",
    () => withMachine(run, (api) => api.forfeitEtcdLeadership()),
    context.limits.attempts,
  );
  await waitStep(run, "forfeit", context.limits.leader, async (): Promise<Look<void>> => {
    const now = await context.observe(machine);
    if (now.state !== "running" || now.etcd?.status === undefined)
      return { waiting: "its state is not seen" };
    return leads(now) ? { waiting: "it still leads" } : { done: undefined };
  });
}

/** Whether a control plane leads now and others could. */
export async function isLeader({ context, machine }: MachineRun): Promise<boolean> {
  return machine.type === "controlplane" && leads(await context.observe(machine));
}

/** Whether others are there to lead and this one does. */
function leads(live: LiveMachine): live is RunningMachine {
  if (live.state !== "running" || live.etcd?.status === undefined) return false;
  return live.etcd.members.length > 1 && live.etcd.status.leader === live.etcd.status.memberId;
}
