import { badRequest, Refusal } from "./refusal.ts";
import { fieldSelector, labelSelector } from "./selectors.ts";
import type { ClusterState } from "./state.ts";

/** Something that a list may show; what it is made of is asked for where it is shown. */
export interface ListedObject {
  /** Its place in the order of etcd. */
  readonly key: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly labels: () => Readonly<Record<string, string>>;
  readonly object: () => object;
}

export interface ListQuery {
  readonly fieldSelector: string;
  readonly labelSelector: string;
  readonly limit: string;
  /** `continue` */
  readonly from: string;
}

/** What these objects can be selected by. */
const FIELDS = {
  NodeList: ["metadata.name", "spec.unschedulable"],
  PodList: ["metadata.name", "metadata.namespace", "spec.nodeName", "status.phase"],
} as const;

/** One page of a list. @throws Refusal where the query is none */
export function listPage(
  kind: "NodeList" | "PodList",
  state: ClusterState,
  all: readonly ListedObject[],
  query: ListQuery,
): object {
  const limit = limitOf(query.limit);
  const after = keyAfter(query.from, state);
  const byField = fieldSelector(query.fieldSelector, FIELDS[kind]);
  const byLabel = labelSelector(query.labelSelector);
  const found = all
    .filter(({ key, fields, labels }) => key > after && byField(fields) && byLabel(labels()))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const page = limit === 0 ? found : found.slice(0, limit);
  const last = page.at(-1)?.key;
  const isMore = last !== undefined && page.length < found.length;
  return {
    kind,
    apiVersion: "v1",
    metadata: {
      resourceVersion: String(state.version),
      ...(isMore && {
        continue: tokenOf(last, state),
        remainingItemCount: found.length - page.length,
      }),
    },
    items: page.map(({ object }) => object()),
  };
}

function limitOf(text: string): number {
  if (!/^\d{1,9}$/.test(text))
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

function tokenOf(key: string, { id }: ClusterState): string {
  return Buffer.from(JSON.stringify({ v: "lab", etcd: id, start: key })).toString("base64url");
}

function keyAfter(token: string, { id }: ClusterState): string {
  if (token === "") return "";
  const [, etcd, start] =
    /^\{"v":"lab","etcd":"(\w+)","start":"(.*)"\}$/.exec(Buffer.from(token, "base64url").toString()) ?? [];
  if (start === undefined) throw badRequest("continue key is not valid");
  // Another etcd knows nothing of it.
  if (etcd !== id) {
    throw new Refusal(
      410,
      "Expired",
      "The provided continue parameter is too old to display a consistent list result.",
    );
  }
  return start;
}
