import { CORDON_MARK, type KubernetesApi, type PodFilter } from "../../kubernetes-api.ts";
import type { Connection } from "./connection.ts";
import { evict } from "./evict.ts";
import type { Request } from "./exchange.ts";
import { type ListRequest, list } from "./lists.ts";
import { nodeOf, podOf, understand } from "./objects.ts";
import { isMissing, objectOf, statusOf } from "./status.ts";

/** How long a request may take, in milliseconds. */
export interface Deadlines {
  /** Until a connection is secure. */
  readonly connect: number;
  readonly read: number;
  readonly write: number;
}

/** What every part of the API needs. */
export interface Channel {
  readonly cluster: string;
  readonly connection: Connection;
  readonly deadlines: Deadlines;
}

/** As other clients name themselves by the fields that they write. */
const FIELD_MANAGER = "ichor";

/** A cluster's API over a connection. */
export function kubernetesApi(channel: Channel): KubernetesApi {
  const pods = async (filter: PodFilter) => {
    const request = podsRequest(filter);
    const found = await list(channel, request);
    return understand({ cluster: channel.cluster, operation: request.operation }, () => found.map(podOf));
  };
  return {
    nodes: async () => {
      const found = await list(channel, NODES);
      return understand({ cluster: channel.cluster, operation: NODES.operation }, () => found.map(nodeOf));
    },
    node: (name) => readNode(channel, name),
    setUnschedulable: async (name, unschedulable, mark) => {
      const request = cordonRequest(name, unschedulable, mark);
      const at = { cluster: channel.cluster, operation: request.operation };
      const sent = { ...request, deadline: channel.deadlines.write };
      await channel.connection.ask(sent, (answer) => objectOf(answer, "Node", at));
    },
    pods,
    evict: (pod) =>
      evict(channel, pod, async () => {
        const there = await pods({ namespace: pod.namespace });
        return there.some(({ uid }) => uid === pod.uid);
      }),
    close: () => channel.connection.close(),
  };
}

const NODES: ListRequest = {
  operation: "listing nodes",
  path: "/api/v1/nodes",
  kind: "NodeList",
  query: {},
};

async function readNode({ cluster, connection, deadlines }: Channel, name: string) {
  const operation = `reading node ${name}`;
  const at = { cluster, operation };
  const request: Request = { operation, method: "GET", path: pathOfNode(name), deadline: deadlines.read };
  return connection.ask(request, (answer) => {
    if (isMissing(statusOf(answer), "nodes")) return undefined;
    const object = objectOf(answer, "Node", at);
    return understand(at, () => nodeOf(object));
  });
}

function cordonRequest(
  name: string,
  unschedulable: boolean,
  mark: string | undefined,
): Omit<Request, "deadline"> {
  const patch = {
    metadata: { annotations: { [CORDON_MARK]: mark ?? null } },
    spec: { unschedulable: unschedulable ? true : null },
  };
  return {
    operation: `making node ${name} ${unschedulable ? "unschedulable" : "schedulable"}`,
    method: "PATCH",
    path: `${pathOfNode(name)}?fieldManager=${FIELD_MANAGER}`,
    body: { type: "application/merge-patch+json", value: patch },
  };
}

function podsRequest({ node, namespace, labels }: PodFilter): ListRequest {
  return {
    operation: "listing pods",
    path:
      namespace === undefined ? "/api/v1/pods" : `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`,
    kind: "PodList",
    query: {
      ...(node !== undefined && { fieldSelector: `spec.nodeName=${escapeValue(node)}` }),
      ...(labels !== undefined && { labelSelector: labels }),
    },
  };
}

function pathOfNode(name: string): string {
  return `/api/v1/nodes/${encodeURIComponent(name)}`;
}

/** Of a field selector. */
function escapeValue(text: string): string {
  return text.replace(/[\\,=]/g, "\\$&");
}
