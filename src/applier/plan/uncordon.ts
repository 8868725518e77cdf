import type { DesiredCluster } from "../desired.ts";
import { isCordonedByRun, type KubernetesNode } from "../kubernetes-api.ts";
import type { Live, LiveMachine } from "../live.ts";
import { type Draft, reboots } from "./draft.ts";
import type { PlanInput } from "./input.ts";

const NOTE = "a run of ichor made its node unschedulable and has not undone that";

/**
 * Has a node made schedulable again that a run has left otherwise: it was cut off, or did not see the node ready. A
 * reboot does so at its end. What a person made unschedulable carries no mark and stays.
 */
export function withUncordon(input: PlanInput, { name }: DesiredCluster, draft: Draft): Draft {
  const node = nodeOf(input.live, name, draft.machine.name);
  if (node === undefined || !isCordonedByRun(node)) return draft;
  const noted: Draft = { ...draft, notes: [...draft.notes, NOTE] };
  const mayTouch = input.drains && !input.locked.has(draft.machine.name);
  const isInWay = draft.refusals.length > 0 || reboots(draft.actions);
  if (!mayTouch || isInWay || !isWell(draft.live)) return noted;
  return { ...noted, actions: [...draft.actions, { do: "uncordon" }] };
}

function nodeOf({ kubernetes }: Live, cluster: string, machine: string): KubernetesNode | undefined {
  const live = kubernetes.get(cluster);
  return live?.state === "running" ? live.nodes.find(({ name }) => name === machine) : undefined;
}

function isWell(live: LiveMachine): boolean {
  return live.state === "running" && live.stage === "running" && live.ready;
}
