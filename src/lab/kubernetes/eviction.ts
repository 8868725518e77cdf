import { deletePod, keyOf } from "./pods.ts";
import { notFound, Refusal, statusOf } from "./refusal.ts";
import type { Budget, ClusterState, PodState } from "./state.ts";

export interface EvictionCall {
  readonly namespace: string;
  readonly name: string;
  /** `deleteOptions.preconditions.uid` */
  readonly uid: string | undefined;
}

const SUCCESS = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 };

/**
 * Evicts a pod as Kubernetes' API server does.
 *
 * @returns the body of its answer with status 201: a failure too where two budgets claim the pod
 * @throws Refusal
 */
export function evict(state: ClusterState, call: EvictionCall, now: number): object {
  const pod = state.pods.get(keyOf(call));
  if (pod === undefined) throw notFound("pods", call.name);
  if (!isBeyondBudgets(pod)) {
    const budgets = [...state.budgets.values()].filter((budget) => covers(budget, pod));
    if (budgets.length > 1) return twoBudgets();
    for (const budget of budgets) checkBudget(state, budget, pod);
  }
  checkUid(pod, call.uid);
  deletePod(state, pod, now);
  return SUCCESS;
}

function isBeyondBudgets({ phase, endsAt }: PodState): boolean {
  return phase !== "Running" || endsAt !== undefined;
}

function covers({ namespace, labels }: Budget, pod: PodState): boolean {
  const wanted = Object.entries(labels);
  return (
    namespace === pod.namespace &&
    wanted.length > 0 &&
    wanted.every(([key, value]) => pod.labels[key] === value)
  );
}

function twoBudgets(): object {
  const message =
    "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
  return statusOf(new Refusal(500, "", message));
}

/** A pod that is not ready may go where there are enough without it. */
function checkBudget(state: ClusterState, budget: Budget, pod: PodState): void {
  const healthy = [...state.pods.values()].filter(
    (one) => covers(budget, one) && one.ready && one.endsAt === undefined,
  ).length;
  const { minAvailable, name } = budget;
  if (healthy > minAvailable || (!pod.ready && healthy >= minAvailable && minAvailable > 0)) return;
  const message = `The disruption budget ${name} needs ${minAvailable} healthy pods and has ${healthy} currently`;
  throw new Refusal(
    429,
    "TooManyRequests",
    "Cannot evict pod as it would violate the pod's disruption budget.",
    { causes: [{ reason: "DisruptionBudget", message }] },
  );
}

function checkUid(pod: PodState, uid: string | undefined): void {
  if (uid === undefined || uid === "" || uid === pod.uid) return;
  const why = `the UID in the precondition (${uid}) does not match the UID in record (${pod.uid}). The object might have been deleted and then recreated`;
  throw new Refusal(
    409,
    "Conflict",
    `Operation cannot be fulfilled on Pod ${JSON.stringify(pod.name)}: ${why}`,
    { name: pod.name, kind: "Pod" },
  );
}
