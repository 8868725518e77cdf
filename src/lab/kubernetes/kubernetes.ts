import type { Cancel } from "../clock.ts";
import type { Fleet } from "../fleet.ts";
import type { Machine } from "../machine.ts";
import { createRandom } from "../random.ts";
import { serves } from "./api-server.ts";
import { type Followed, follow } from "./follow.ts";
import type { ClusterState } from "./state.ts";

/** The machines that have one cluster in their configurations, as far as they are known. */
export interface Group {
  readonly machines: ReadonlySet<Machine>;
}

/** The Kubernetes of every cluster of a fleet, as it follows from the machines. */
export interface Kubernetes {
  /** What the API server of a machine shows; undefined where it does not serve. */
  readonly at: (machine: Machine) => ClusterState | undefined;
  readonly groupOf: (machine: Machine) => Group | undefined;
  /** By the name in the configurations of its control planes; there is none before its API served for the first time. */
  readonly named: (cluster: string) => ClusterState | undefined;
  /** Something of it was written: its controllers look at it soon. */
  readonly wrote: (state: ClusterState) => void;
  /** Called with every group in which other machines than before may serve. */
  readonly onChange: (listener: (group: Group) => void) => Cancel;
}

interface OwnGroup extends Followed {
  readonly machines: Set<Machine>;
  timer: { readonly at: number; readonly cancel: Cancel } | undefined;
}

/** A cluster is looked at so often at most: thousands of machines change at about the same time. */
const STEP_MS = 500;

/**
 * Simulates Kubernetes in every cluster of a fleet whose control planes have an authority for it. Nothing is drawn from
 * the machines' own chance.
 */
export function createKubernetes(fleet: Fleet, seed: string): Kubernetes {
  const { clock } = fleet;
  const groups = new Map<string, OwnGroup>();
  const groupOf = new Map<Machine, OwnGroup>();
  const listeners = new Set<(group: Group) => void>();
  const tell = (group: OwnGroup) => {
    for (const listener of listeners) listener(group);
  };
  const wake = (group: OwnGroup, wanted: number) => {
    const { timer } = group;
    const at = (Math.floor(wanted / STEP_MS) + 1) * STEP_MS;
    if (timer !== undefined && timer.at <= at) return;
    timer?.cancel();
    const cancel = clock.schedule(at - clock.now(), () => {
      group.timer = undefined;
      const moment = { now: clock.now(), due: (due: number) => wake(group, due) };
      follow(group, moment, ({ id }) => createRandom(`${seed}/kubernetes/${id}`));
      tell(group);
    });
    group.timer = { at, cancel };
  };
  const join = (machine: Machine, key: string) => {
    const group = groups.get(key) ?? { machines: new Set(), clusters: new Map(), timer: undefined };
    groups.set(key, group);
    groupOf.get(machine)?.machines.delete(machine);
    groupOf.set(machine, group);
    group.machines.add(machine);
  };
  fleet.onChange((machine) => {
    const key = machine.active?.cluster;
    if (key !== undefined && !groups.get(key)?.machines.has(machine)) join(machine, key);
    const group = groupOf.get(machine);
    if (group === undefined || !isSimulated(group)) return;
    wake(group, clock.now());
    tell(group);
  });
  return {
    at: (machine) => {
      const { etcd } = machine;
      if (etcd === undefined || !serves(machine)) return undefined;
      return groupOf.get(machine)?.clusters.get(etcd.cluster);
    },
    groupOf: (machine) => groupOf.get(machine),
    named: (cluster) => findNamed(groups.values(), cluster),
    wrote: (state) => {
      for (const group of groups.values()) {
        if ([...group.clusters.values()].includes(state)) wake(group, clock.now());
      }
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Where no control plane has an authority, or none has run yet, there is nothing to follow. */
function isSimulated({ machines, clusters }: OwnGroup): boolean {
  if (clusters.size > 0) return true;
  for (const { active } of machines) if (active?.kubernetes.api?.ca !== undefined) return true;
  return false;
}

function findNamed(groups: Iterable<OwnGroup>, name: string): ClusterState | undefined {
  for (const { machines, clusters } of groups) {
    for (const { active, persistent, etcd } of machines) {
      const found = etcd && clusters.get(etcd.cluster);
      if (found !== undefined && (active ?? persistent)?.clusterName === name) return found;
    }
  }
  return undefined;
}
