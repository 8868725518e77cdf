import type { ClusterPlan, NodePlan, SitePlan } from "../../../model/blueprint.ts";

/** What a machine's own documents are made from. */
export interface Machine {
  readonly site: SitePlan;
  readonly cluster: ClusterPlan;
  readonly node: NodePlan;
}
