import process from "node:process";
import type { Live } from "../src/applier/live.ts";
import { observeFleet } from "../src/applier/observe/observe.ts";
import { formatPlan } from "../src/applier/plan/format.ts";
import type { Plan } from "../src/applier/plan/plan.ts";
import { planFleet } from "../src/applier/plan/plan-fleet.ts";
import type { TalosApi, TalosDriver } from "../src/applier/talos-api.ts";
import { machinesOf, planInput, type Session } from "../src/cli/apply/session.ts";
import { openPlace, PARALLEL, type Place } from "./plan-session.ts";

/** What a part of a run took. */
export interface Phase {
  readonly name: "open" | "observe" | "plan";
  readonly wallMs: number;
  /** User and system time. */
  readonly cpuMs: number;
}

export interface PlanRun {
  readonly phases: readonly Phase[];
  readonly plan: Plan;
  readonly text: string;
  /** How often each call was made. */
  readonly calls: Readonly<Record<string, number>>;
}

/** Whether workers are reached as `ichor plan` reaches them, or each machine by a connection of its own. */
export type Ways = "relayed" | "dialled";

/** Does what `ichor plan` does, part by part. */
export async function planPlace(place: Place, ways: Ways = "relayed"): Promise<PlanRun> {
  const phases: Phase[] = [];
  const timed = async <T>(name: Phase["name"], run: () => Promise<T>): Promise<T> => {
    const [cpu, wall] = [process.cpuUsage(), performance.now()];
    const value = await run();
    const { user, system } = process.cpuUsage(cpu);
    phases.push({ name, wallMs: performance.now() - wall, cpuMs: (user + system) / 1000 });
    return value;
  };
  const session = await timed("open", () => openPlace(place));
  const calls: Record<string, number> = {};
  const live = await timed("observe", () => observeCounting(session, ways, calls));
  const { plan, text } = await timed("plan", () => {
    const made = planFleet(planInput(session, live, { mode: "auto", limits: {} }));
    return Promise.resolve({ plan: made, text: formatPlan(made) });
  });
  session.close();
  return { phases, plan, text, calls };
}

function observeCounting(session: Session, ways: Ways, calls: Record<string, number>): Promise<Live> {
  const { observer, desired } = session;
  const connect: TalosDriver["connect"] = (target) => {
    count(calls, "dial");
    return counting(observer.talos.connect(target), calls);
  };
  const relay: TalosDriver["relay"] = (controlPlane) => {
    const opened = observer.talos.relay(controlPlane);
    if (ways === "relayed") count(calls, "dial");
    return {
      close: opened.close,
      to: (machine, address) =>
        ways === "relayed"
          ? counting(opened.to(machine, address), calls)
          : connect({ ...controlPlane, machine, address }),
    };
  };
  const kubernetes = (cluster: string) => {
    const api = observer.kubernetes?.(cluster);
    return api && { ...api, nodes: counted(calls, "nodes", api.nodes) };
  };
  const talos = { ...observer.talos, connect, relay };
  const { signal } = new AbortController();
  return observeFleet({ ...observer, talos, kubernetes }, machinesOf(desired), {
    parallel: PARALLEL,
    signal,
  });
}

/** The calls that looking at a machine makes, counted by what they are. */
function counting(api: TalosApi, calls: Record<string, number>): TalosApi {
  return {
    ...api,
    version: counted(calls, "Version", api.version),
    services: counted(calls, "ServiceList", api.services),
    etcdMembers: counted(calls, "EtcdMemberList", api.etcdMembers),
    etcdStatus: counted(calls, "EtcdStatus", api.etcdStatus),
    getResource: (ref) => counted(calls, `Get ${ref.type} ${ref.id}`, api.getResource)(ref),
    listResources: (kind) => counted(calls, `List ${kind.type}`, api.listResources)(kind),
  };
}

function counted<Arguments extends unknown[], Answer>(
  calls: Record<string, number>,
  name: string,
  call: (...args: Arguments) => Answer,
): (...args: Arguments) => Answer {
  return (...args) => {
    count(calls, name);
    return call(...args);
  };
}

function count(calls: Record<string, number>, name: string): void {
  calls[name] = (calls[name] ?? 0) + 1;
}

if (import.meta.main) {
  const [, , place = "{}", ways] = process.argv;
  const { phases, text, calls } = await planPlace(
    JSON.parse(place) as Place,
    ways === "dialled" ? ways : "relayed",
  );
  process.stdout.write(JSON.stringify({ phases, text, calls }));
}
