import { isMapping, type Mapping } from "../../core/mapping.ts";
import { mappingAt, textAt } from "../config-values.ts";
import { authorize, type User } from "./access.ts";
import { evict } from "./eviction.ts";
import { type ListedObject, type ListQuery, listPage } from "./lists.ts";
import { nodeObject, podObject } from "./objects.ts";
import { patchNode } from "./patch.ts";
import { badRequest, notFound, Refusal, statusOf } from "./refusal.ts";
import { type ClusterState, labelsOf } from "./state.ts";

/** A request to an API server. */
export interface ApiRequest {
  readonly method: string;
  /** With its query. */
  readonly url: string;
  /** Without parameters, in lower case; empty where there is none. */
  readonly contentType: string;
  readonly body: string;
  /** Undefined: no certificate of the cluster's authority. */
  readonly user: User | undefined;
}

export interface ApiAnswer {
  readonly status: number;
  /** A text is sent as such. */
  readonly body: object | string;
}

/** The cluster that a request is for. */
export interface ApiContext {
  readonly state: ClusterState;
  readonly now: number;
  /** `v1.36.3` */
  readonly version: string;
  /** Something was written. */
  readonly changed: () => void;
}

/** What an API server answers. Never throws for what is asked. */
export function answerRequest(request: ApiRequest, context: ApiContext): ApiAnswer {
  try {
    return route(request, context);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { status: error.code, body: statusOf(error) };
  }
}

function route(request: ApiRequest, context: ApiContext): ApiAnswer {
  const { method } = request;
  const { pathname, searchParams } = new URL(request.url, "https://cluster.invalid");
  const path = decodePath(pathname);
  authorize(request, path);
  if (searchParams.has("dryRun")) throw badRequest("the lab does everything in earnest: there is no dryRun");
  if (method === "GET" && pathname === "/readyz") return { status: 200, body: "ok" };
  if (method === "GET" && pathname === "/version") return { status: 200, body: versionBody(context) };
  const [api, v1, resource = "", ...rest] = path;
  if (api !== "api" || v1 !== "v1") throw unknownPath();
  if (resource === "nodes") return nodes(request, context, rest, queryOf(searchParams));
  if (resource === "pods" && rest.length === 0)
    return pods(request, context, undefined, queryOf(searchParams));
  const [namespace, kind, name, subresource, ...more] = rest;
  if (resource !== "namespaces" || namespace === undefined || kind !== "pods" || more.length > 0) {
    throw unknownPath();
  }
  if (name === undefined) return pods(request, context, namespace, queryOf(searchParams));
  if (subresource !== "eviction") throw unknownPath();
  return eviction(request, context, namespace, name);
}

function decodePath(pathname: string): readonly string[] {
  try {
    return pathname.split("/").slice(1).map(decodeURIComponent);
  } catch {
    throw badRequest("the path is not encoded as it should be");
  }
}

function unknownPath(): Refusal {
  return new Refusal(404, "NotFound", "the server could not find the requested resource", {});
}

function notAllowed(): Refusal {
  return new Refusal(
    405,
    "MethodNotAllowed",
    "the server does not allow this method on the requested resource",
    {},
  );
}

function versionBody({ version }: ApiContext): object {
  const [, major = "", minor = ""] = /^v(\d+)\.(\d+)/.exec(version) ?? [];
  return { major, minor, gitVersion: version, platform: "linux/amd64" };
}

function queryOf(parameters: URLSearchParams): ListQuery {
  if (["1", "true"].includes(parameters.get("watch") ?? "")) throw badRequest("the lab has no watches");
  return {
    fieldSelector: parameters.get("fieldSelector") ?? "",
    labelSelector: parameters.get("labelSelector") ?? "",
    limit: parameters.get("limit") ?? "0",
    from: parameters.get("continue") ?? "",
  };
}

function nodes(
  request: ApiRequest,
  context: ApiContext,
  [name, ...more]: readonly string[],
  query: ListQuery,
): ApiAnswer {
  const { state } = context;
  if (more.length > 0) throw unknownPath();
  if (name === undefined) {
    if (request.method !== "GET") throw notAllowed();
    const all = [...state.nodes.values()].map(
      (node): ListedObject => ({
        key: node.name,
        fields: { "metadata.name": node.name, "spec.unschedulable": String(node.unschedulable) },
        labels: () => labelsOf(node),
        object: () => nodeObject(node),
      }),
    );
    return { status: 200, body: listPage("NodeList", state, all, query) };
  }
  const node = state.nodes.get(name);
  if (node === undefined) throw notFound("nodes", name);
  if (request.method === "PATCH") {
    if (request.contentType !== "application/merge-patch+json") throw unsupportedType();
    patchNode(state, node, objectIn(request));
    context.changed();
  } else if (request.method !== "GET") throw notAllowed();
  return { status: 200, body: { kind: "Node", apiVersion: "v1", ...nodeObject(node) } };
}

function unsupportedType(): Refusal {
  const text =
    "the body of the request was in an unknown format - accepted media types include: application/merge-patch+json";
  return new Refusal(415, "UnsupportedMediaType", text);
}

function pods(
  { method }: ApiRequest,
  { state }: ApiContext,
  namespace: string | undefined,
  query: ListQuery,
): ApiAnswer {
  if (method !== "GET") throw notAllowed();
  const all = [...state.pods.values()]
    .filter((pod) => namespace === undefined || pod.namespace === namespace)
    .map(
      (pod): ListedObject => ({
        key: `${pod.namespace}/${pod.name}`,
        fields: {
          "metadata.name": pod.name,
          "metadata.namespace": pod.namespace,
          "spec.nodeName": pod.node ?? "",
          "status.phase": pod.phase,
        },
        labels: () => pod.labels,
        object: () => podObject(pod),
      }),
    );
  return { status: 200, body: listPage("PodList", state, all, query) };
}

function eviction(request: ApiRequest, context: ApiContext, namespace: string, name: string): ApiAnswer {
  if (request.method !== "POST") throw notAllowed();
  const wanted = objectIn(request);
  if (wanted["apiVersion"] !== "policy/v1" || wanted["kind"] !== "Eviction") {
    throw badRequest("the object provided is unrecognized (must be of type Eviction, policy/v1)");
  }
  const metadata = mappingAt(wanted, "metadata");
  if (metadata["name"] !== name) throw badRequest("name in URL does not match name in Eviction object");
  if ((metadata["namespace"] ?? namespace) !== namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  const options = mappingAt(wanted, "deleteOptions");
  if (options["dryRun"] !== undefined)
    throw badRequest("the lab does everything in earnest: there is no dryRun");
  const uid = textAt(mappingAt(options, "preconditions"), "uid");
  const body = evict(context.state, { namespace, name, uid }, context.now);
  context.changed();
  return { status: 201, body };
}

function objectIn({ body }: ApiRequest): Mapping {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    throw badRequest(
      `couldn't get version/kind; json parse error: ${error instanceof Error ? error.message : ""}`,
    );
  }
  if (!isMapping(value)) throw badRequest("couldn't get version/kind; json parse error: not an object");
  return value;
}
