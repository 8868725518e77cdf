import { invariant, mustGet } from "../../core/invariant.ts";
import type { NodePlan } from "../../model/blueprint.ts";
import { CONTROL_PLANE } from "../../model/claim.ts";
import { groupOfPlace } from "../../model/cluster-groups.ts";
import type { Doc } from "../../model/inventory.ts";
import { classOf } from "./images.ts";
import type { Holder, Made } from "./made.ts";
import { patchLayers } from "./patch-layers.ts";

/** A server in a cluster, with everything that its configuration needs. */
export function planNode(made: Made, cluster: Doc<"Cluster">, holder: Holder): NodePlan {
  const { place, server } = holder;
  const { inventory, images } = made;
  const machineClass = classOf(inventory, place);
  const group = groupOfPlace(cluster, place);
  invariant(group !== undefined, `${cluster.name} has no group ${place.group}`);
  const image = images.imageFor({
    model: server.model,
    site: server.site,
    cluster,
    class: machineClass,
    joins: true,
  });
  const written = mustGet(inventory.servers, server.name).spec;
  return {
    name: server.name,
    place,
    type: place.group === CONTROL_PLANE ? "controlplane" : "worker",
    server,
    groupAt: group.at,
    class: machineClass,
    schematic: image.boot.schematic,
    installer: image.installer,
    installDisk: written.installDisk ?? machineClass?.spec.installDisk ?? server.model.spec.installDisk,
    labels: {
      "topology.kubernetes.io/region": server.site,
      "topology.kubernetes.io/zone": server.rack,
      ...machineClass?.spec.labels,
      ...group.spec.labels,
    },
    taints: [...new Set([...(machineClass?.spec.taints ?? []), ...(group.spec.taints ?? [])])],
    sysctls: machineClass?.spec.sysctls ?? {},
    volumes: { ...server.model.spec.volumes, ...machineClass?.spec.volumes },
    group: { labels: Object.keys(group.spec.labels ?? {}), taints: group.spec.taints ?? [] },
    schedulable: cluster.spec.controlPlane.schedulable ?? false,
    patches: patchLayers(inventory, { cluster, server, class: machineClass, group }),
  };
}
