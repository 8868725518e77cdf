import type { Machine } from "../../src/lab/machine.ts";
import { type Arrival, type Process, reportedUuid } from "./simulation-driver.ts";
import {
  clusterOf,
  DESTRUCTIVE,
  inner,
  isControlPlane,
  OF_KUBERNETES,
  type Part,
  type Sight,
  WRITES,
} from "./simulation-sight.ts";

/** Which machine gets what: only the one that is meant, that git names, that was proved to be it. */
export function watchWrites(sight: Sight): Part {
  const { clock, violate, holderOf, isRecorded, known, desiredOf, planOf } = sight;
  const networkBoots = new Map<Process, Map<Machine, number>>();

  const checkIdentity = (process: Process, { method, meant, machine }: Arrival) => {
    const desired = desiredOf(process, machine).machine;
    if (DESTRUCTIVE.has(method)) violate(`${method} of ${meant}, which nobody approved`);
    if (machine.spec.name !== meant) violate(`${method} for ${meant} reached ${machine.spec.name}`);
    if (desired === undefined) violate(`${method} of ${meant}, which git does not name`);
    else if (
      desired.uuid !== reportedUuid(machine) &&
      !method.startsWith("power") &&
      !OF_KUBERNETES.has(method)
    )
      violate(`${method} for ${meant} reached a machine that took its place`);
    const holder = holderOf(clusterOf(machine));
    if (holder !== undefined && holder !== process.id)
      violate(`${method} of ${meant} by ${process.id} under the lease of ${holder}`);
    if ((planOf(process, meant)?.actions.length ?? 0) === 0)
      violate(`${method} of ${meant}, which is not planned`);
  };
  const checkFirstContact = (process: Process, { machine }: Arrival) => {
    const { name, serial } = machine.spec;
    if (machine.api !== "maintenance") return;
    checkEtcdFirst(process, machine);
    const booted = networkBoots.get(process)?.get(machine);
    if (desiredOf(process, machine).machine?.bmc !== undefined) {
      if (booted === undefined || machine.bootedAt < booted)
        violate(`${name} gets secrets and was not booted by this run`);
      return;
    }
    const today = new Date(clock.now()).toISOString().slice(0, 10);
    const approvals = (known(process)?.desired.approvals ?? []).filter(({ expires }) => expires >= today);
    if (!approvals.some(({ actions }) => actions.some((action) => action.serial === serial)))
      violate(`${name} gets secrets without BMC and Approval`);
  };
  /** Who joins waits for the one on which the plan has etcd begin; a worker for etcd at all. */
  const checkEtcdFirst = (process: Process, machine: Machine) => {
    const cluster = clusterOf(machine);
    if (isRecorded(cluster)) return;
    const planned = known(process)?.plan?.clusters.find((one) => one.cluster === cluster)?.machines ?? [];
    const first = planned.find(({ actions }) =>
      actions.some((action) => action.do === "bootstrap" || action.do === "record-bootstrap"),
    );
    const { name } = machine.spec;
    if (first !== undefined && first.machine !== name)
      violate(`${name} is installed before ${first.machine}, on which etcd begins`);
    if (!isControlPlane(machine)) violate(`${name} is installed and nobody knows of an etcd`);
  };
  const checkNetworkBoot = (process: Process, machine: Machine) => {
    if (machine.persistent !== undefined || machine.etcd !== undefined || machine.stage === "installing")
      violate(`${machine.spec.name} is booted from the network and is installed`);
    inner(networkBoots, process).set(machine, clock.now());
  };

  return {
    before: (process, arrival) => {
      const { method, machine, request } = arrival;
      if (!WRITES.has(method)) return;
      checkIdentity(process, arrival);
      if (method === "power networkBoot") checkNetworkBoot(process, machine);
      if (method !== "ApplyConfiguration") return;
      const text = Buffer.from((request as { readonly data: Uint8Array }).data).toString("utf8");
      if (!text.includes(`hostname: ${machine.spec.name}\n`))
        violate(`${machine.spec.name} gets the configuration of another machine`);
      checkFirstContact(process, arrival);
    },
  };
}
