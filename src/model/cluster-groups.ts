import { type SourceRef, within } from "../core/diagnostic.ts";
import { CONTROL_PLANE, type Place } from "./claim.ts";
import type { Doc } from "./inventory.ts";
import type { ControlPlaneSpec, WorkersSpec } from "./kinds/cluster.ts";

/** The control planes of a cluster, or one of its groups of workers. */
export interface ClusterGroup {
  /** `control-plane` or the name of the workers. */
  readonly name: string;
  readonly spec: ControlPlaneSpec | WorkersSpec;
  readonly at: SourceRef;
}

/** All groups of a cluster, the control planes first. */
export function clusterGroups(cluster: Doc<"Cluster">): ClusterGroup[] {
  const { controlPlane, workers = [] } = cluster.spec;
  return [
    { name: CONTROL_PLANE, spec: controlPlane, at: within(cluster.at, "spec", "controlPlane") },
    ...workers.map((spec, index) => ({
      name: spec.name,
      spec,
      at: within(cluster.at, "spec", "workers", index),
    })),
  ];
}

/** The group that a place belongs to; undefined where the cluster has no such group. */
export function groupOfPlace(cluster: Doc<"Cluster">, place: Place): ClusterGroup | undefined {
  return clusterGroups(cluster).find(({ name }) => name === place.group);
}
