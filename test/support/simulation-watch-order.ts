import type { ExecutionEvent } from "../../src/applier/execute/events.ts";
import type { Process } from "./simulation-driver.ts";
import { clusterOf, type Part, type Sight, stateOf, WRITES } from "./simulation-sight.ts";

type Started = Extract<ExecutionEvent, { event: "machine-started" }>;

/** A machine from the moment at which a run begins with it until it is done with it. */
interface Open {
  readonly cluster: string;
  /** Why it should not have been begun with. */
  readonly against: string | undefined;
  /** What it kept at that moment, where that is not what the plan was made of. */
  readonly changed: string | undefined;
  hasWritten: boolean;
}

/** Who is begun with when, and who is not: locks, pauses, failures, the order of machines and clusters. */
export function watchOrder(sight: Sight): Part {
  const { violate, rules, known, machines } = sight;
  const open = new Map<Process, Map<string, Open>>();
  const failed = new Map<Process, Set<string>>();
  const managed = new Map<Process, Set<string>>();
  const openOf = (process: Process) => {
    const found = open.get(process) ?? new Map<string, Open>();
    open.set(process, found);
    return found;
  };
  const setOf = (map: Map<Process, Set<string>>, process: Process) => {
    const found = map.get(process) ?? new Set<string>();
    map.set(process, found);
    return found;
  };

  const checkBeside = (process: Process, { cluster, machine }: Started) => {
    const desired = known(process)?.desired.clusters.get(cluster);
    const beside = [...openOf(process)].filter(([, one]) => one.cluster === cluster).map(([name]) => name);
    const isControlPlane = [machine, ...beside].some((name) => name.includes("-cp"));
    if (isControlPlane && beside.length > 0) violate(`${machine} is begun with beside ${beside.join(", ")}`);
    const { limits, isFile } = known(process)?.options ?? { limits: {}, isFile: true };
    const asked = isFile ? undefined : limits.maxParallel;
    const most = Math.min(desired?.maxParallel ?? 1, asked ?? Number.POSITIVE_INFINITY);
    if (beside.length >= Math.max(1, most))
      violate(`${beside.length + 1} machines of ${cluster} at a time, ${most} allowed`);
  };
  const checkManagement = (process: Process, { cluster, machine }: Started) => {
    const clusters = known(process)?.desired.clusters;
    const found = clusters?.get(cluster);
    if (found === undefined) return;
    if (found.role === "management") {
      setOf(managed, process).add(found.site);
      const beside = [...openOf(process).values()].find(
        (one) => one.cluster !== cluster && clusters?.get(one.cluster)?.site === found.site,
      );
      if (beside !== undefined)
        violate(`${machine} of a management cluster is begun with beside ${beside.cluster}`);
    } else if (setOf(managed, process).has(found.site))
      violate(`${machine} is begun with after the management cluster of its site`);
  };
  const start = (process: Process, event: Started) => {
    const { cluster, machine: name } = event;
    if (known(process)?.options.signal.aborted) violate(`${name} is begun with after an interruption`);
    if (setOf(failed, process).has(cluster)) violate(`${name} is begun with after a failure in ${cluster}`);
    checkBeside(process, event);
    checkManagement(process, event);
    const machine = machines().find(({ spec }) => spec.name === name);
    const basis = known(process)?.basis;
    const then = basis?.states.get(name);
    const now = machine === undefined ? undefined : stateOf(machine);
    const documents = known(process)
      ?.desired.clusters.get(cluster)
      ?.machines.find((one) => one.name === name)?.documents;
    const isOther = basis?.documents.get(name) !== JSON.stringify(documents);
    const against =
      rules.against(name) ?? (isOther ? "git says something else since it was planned" : undefined);
    const changed = then === undefined || then === now ? undefined : now;
    openOf(process).set(name, { cluster, against, changed, hasWritten: false });
  };

  return {
    event: (process, event) => {
      if (event.event === "machine-started") start(process, event);
      if (event.event !== "machine-done" || event.machine === undefined) return;
      openOf(process).delete(event.machine);
      if (event.outcome === "failed") setOf(failed, process).add(event.cluster);
    },
    before: (process, { method, meant, machine }) => {
      if (!WRITES.has(method)) return;
      const found = openOf(process).get(meant);
      if (found === undefined) return violate(`${method} of ${meant}, with which nobody has begun`);
      if (found.against !== undefined) violate(`${method} of ${meant}, though ${found.against}`);
      if (!found.hasWritten && found.changed === stateOf(machine))
        violate(`${method} of ${meant}, which is not as it was when it was planned`);
      found.hasWritten = true;
      if (clusterOf(machine) !== found.cluster) violate(`${method} of ${meant} reached another cluster`);
    },
  };
}
