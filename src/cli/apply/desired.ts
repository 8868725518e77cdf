import type { Desired, DesiredCluster, DesiredMachine } from "../../applier/desired.ts";
import { readYaml } from "../../compiler/load/read-yaml.ts";
import { compareText } from "../../core/diagnostic.ts";
import { invariant } from "../../core/invariant.ts";
import { formatIpv4 } from "../../core/ip.ts";
import type { ClusterPlan, NodePlan } from "../../model/blueprint.ts";
import { CONTROL_PLANE } from "../../model/claim.ts";
import type { Compiled } from "../compile-here.ts";

/** What a compilation says of some clusters, in the form that the applier takes. */
export function desiredOf(
  compiled: Compiled,
  chosen: (cluster: ClusterPlan) => boolean,
  commit: string | undefined,
): Desired {
  const { blueprint, inventory, artifacts } = compiled;
  const texts = new Map(artifacts.map(({ path, text }) => [path, text]));
  const clusters = [...blueprint.clusters.values()]
    .filter(chosen)
    .toSorted((a, b) => compareText(a.name, b.name))
    .map((cluster) => [cluster.name, desiredCluster(compiled, cluster, texts)] as const);
  const fleetPolicy = blueprint.fleet.doc.spec.policy;
  const policies = [...blueprint.sites.values()].map(({ name, spec }) => {
    const both = [fleetPolicy, spec.policy].filter((policy) => policy !== undefined);
    return [name, both] as const;
  });
  const approvals = [...inventory.approvals.values()].map(({ name, spec }) => ({ name, ...spec }));
  return { commit, clusters: new Map(clusters), policies: new Map(policies), approvals };
}

function desiredCluster(
  { inventory }: Compiled,
  cluster: ClusterPlan,
  texts: ReadonlyMap<string, string>,
): DesiredCluster {
  const { name, site, doc } = cluster;
  const { rollout } = doc.spec;
  const machines = cluster.nodes.map((node) => desiredMachine(cluster, node, texts)).toSorted(byPlace);
  const workers = machines.filter(({ type }) => type === "worker").length;
  return {
    name,
    site,
    role: cluster.role,
    contract: cluster.contract,
    talos: cluster.talos,
    kubernetes: cluster.kubernetes,
    vip: cluster.vip === undefined ? undefined : formatIpv4(cluster.vip),
    secretsFile: cluster.secretsFile,
    protect: doc.spec.protect ?? true,
    bootstrapped: cluster.bootstrapped,
    fingerprints: inventory.locks.clusters.get(site)?.get(name)?.fingerprints ?? {},
    maxParallel: rollout?.maxParallel ?? 1,
    maxUnavailable: share(rollout?.maxUnavailable ?? 1, workers),
    window: rollout?.window,
    machines,
  };
}

/** A count, or a percentage of so many rounded down; at least one, or nothing could ever change. */
function share(countOrPercent: number | string, total: number): number {
  const percent = typeof countOrPercent === "string" ? Number.parseInt(countOrPercent, 10) : undefined;
  return Math.max(1, percent === undefined ? Number(countOrPercent) : Math.floor((total * percent) / 100));
}

function desiredMachine(
  { name: cluster, site }: ClusterPlan,
  { name, place, type, server, labels }: NodePlan,
  texts: ReadonlyMap<string, string>,
): DesiredMachine {
  const file = `generated/clusters/${site}/${cluster}/machines/${name}.yaml`;
  const text = texts.get(file);
  invariant(text !== undefined, `the compiler made no ${file}`);
  const { bmc } = server;
  return {
    name,
    cluster,
    type,
    group: place.group,
    place: place.index,
    site: server.site,
    rack: server.rack,
    serial: server.serial,
    uuid: server.uuid,
    loopback: formatIpv4(server.loopback),
    bootstrap: formatIpv4(server.bootstrap.server),
    macs: Object.fromEntries(server.uplinks.map((uplink) => [uplink.name, uplink.mac])),
    bmc:
      bmc === undefined
        ? undefined
        : {
            address: bmc.address,
            driver: bmc.driver,
            ...(bmc.credentials === undefined ? {} : { credentials: bmc.credentials }),
          },
    labels,
    documents: readYaml(file, text).value,
    file,
  };
}

/** Control planes first, each group in the order of its places. */
function byPlace(a: DesiredMachine, b: DesiredMachine): number {
  const rank = ({ group }: DesiredMachine) => (group === CONTROL_PLANE ? 0 : 1);
  return rank(a) - rank(b) || compareText(a.group, b.group) || a.place - b.place;
}
