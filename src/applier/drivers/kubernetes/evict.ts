import { type Eviction, KubernetesError, type KubernetesPod } from "../../kubernetes-api.ts";
import type { Channel } from "./api.ts";
import type { Answer, Request } from "./exchange.ts";
import { isMissing, numberOf, objectOf, type Status, statusOf } from "./status.ts";

/** How Kubernetes says that it does not resolve whose word counts, by HTTP 500 without a reason. */
const SEVERAL_BUDGETS = /more than one PodDisruptionBudget/;

/**
 * Asks for the end of a pod.
 *
 * @param isThere whether the pod with this UID is still there, asked where a conflict does not say of what
 */
export async function evict(
  { connection, cluster, deadlines }: Channel,
  pod: KubernetesPod,
  isThere: () => Promise<boolean>,
): Promise<Eviction> {
  const request = requestOf(pod, deadlines.write);
  const at = { cluster, operation: request.operation };
  const found = await connection.ask(request, (answer) => {
    const status = statusOf(answer);
    const refused = status === undefined ? undefined : refusalOf(answer, status);
    if (refused === undefined) objectOf(answer, undefined, at);
    return refused ?? ({ state: "accepted" } as const);
  });
  if (found.state !== "conflict") return found;
  if (await isThere()) throw new KubernetesError("conflict", at, found.why);
  return { state: "gone" };
}

function requestOf({ namespace, name, uid }: KubernetesPod, deadline: number): Request {
  const eviction = {
    apiVersion: "policy/v1",
    kind: "Eviction",
    metadata: { name, namespace },
    deleteOptions: { preconditions: { uid } },
  };
  return {
    operation: `evicting pod ${namespace}/${name}`,
    method: "POST",
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}/eviction`,
    body: { type: "application/json", value: eviction },
    deadline,
  };
}

type Refusal = Exclude<Eviction, { readonly state: "accepted" }>;

/** Only what Kubernetes itself says: its limit of requests is 429 too, without a status. */
function refusalOf(
  answer: Answer,
  status: Status,
): Refusal | { readonly state: "conflict"; readonly why: string } | undefined {
  const number = numberOf(answer, status);
  if (isMissing(status, "pods")) return { state: "gone" };
  if (number === 409) return { state: "conflict", why: status.message };
  if (number !== 429 && !SEVERAL_BUDGETS.test(status.message)) return undefined;
  const budgets = status.causes.filter(({ reason }) => reason === "DisruptionBudget");
  return { state: "blocked", why: budgets.map(({ message }) => message).join("; ") || status.message };
}
