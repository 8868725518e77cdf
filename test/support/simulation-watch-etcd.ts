import type { EtcdCluster } from "../../src/lab/etcd.ts";
import { clusterOf, type Part, type Sight } from "./simulation-sight.ts";

/** Of each cluster there is one etcd, made once. */
export function watchEtcd({ machines, violate, isRecorded }: Sight): Part {
  const bootstraps = new Map<string, number>();
  const members = (cluster: string) =>
    machines().filter((machine) => machine.etcd !== undefined && clusterOf(machine) === cluster);
  return {
    before: (_, { method, machine }) => {
      if (method !== "Bootstrap") return;
      const cluster = clusterOf(machine);
      const [holder] = members(cluster);
      if (holder !== undefined)
        violate(
          `${machine.spec.name} is told to begin, and etcd of ${cluster} has data on ${holder.spec.name}`,
        );
      // Where somebody wiped all members before git knew of them there was none.
      if (members(cluster).length === 0 && !isRecorded(cluster)) bootstraps.delete(cluster);
    },
    after: (_, { method, machine }) => {
      if (method !== "Bootstrap") return;
      const cluster = clusterOf(machine);
      const count = (bootstraps.get(cluster) ?? 0) + 1;
      bootstraps.set(cluster, count);
      if (count > 1) violate(`etcd of ${cluster} bootstrapped ${count} times`);
    },
    check: () => {
      const clusters = new Map<string, EtcdCluster>();
      for (const { etcd } of machines()) {
        if (etcd === undefined) continue;
        const known = clusters.get(etcd.cluster.key);
        if (known !== undefined && known !== etcd.cluster) violate(`${etcd.cluster.key} has two etcds`);
        clusters.set(etcd.cluster.key, etcd.cluster);
      }
    },
  };
}
