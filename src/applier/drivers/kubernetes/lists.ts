import type { Mapping } from "../../../core/mapping.ts";
import { KubernetesError } from "../../kubernetes-api.ts";
import type { Channel } from "./api.ts";
import type { Answer, Request } from "./exchange.ts";
import { listAt, mappingAt, textAt, understand } from "./objects.ts";
import { type CallPlace, objectOf, statusOf } from "./status.ts";

const PAGE = 500;

/** Kubernetes is made for clusters of up to 150 000 pods. */
const MOST_PAGES = 400;

/** How often a list is begun anew because the server had forgotten how it went on. */
const BEGINNINGS = 3;

export interface ListRequest {
  readonly operation: string;
  readonly path: string;
  /** `PodList` */
  readonly kind: string;
  readonly query: Readonly<Record<string, string>>;
}

/** All objects of a list, page by page. */
export async function list(channel: Channel, request: ListRequest): Promise<readonly Mapping[]> {
  const at = { cluster: channel.cluster, operation: request.operation };
  for (let beginning = 1; beginning <= BEGINNINGS; beginning++) {
    const found = await pages(channel, request, at);
    if (found !== "expired") return found;
  }
  throw new KubernetesError("unavailable", at, "the list expired each time before it was read to its end");
}

async function pages(
  channel: Channel,
  request: ListRequest,
  at: CallPlace,
): Promise<readonly Mapping[] | "expired"> {
  const items: Mapping[] = [];
  let next = "";
  for (let count = 0; count < MOST_PAGES; count++) {
    const sent = requestOf(channel, request, next);
    const page = await channel.connection.ask(sent, (answer) =>
      next !== "" && isExpired(answer) ? "expired" : pageOf(answer, request.kind, at),
    );
    if (page === "expired") return page;
    for (const item of page.items) items.push(item);
    next = page.next;
    if (next === "") return items;
  }
  throw new KubernetesError("internal", at, `the list has no end within ${MOST_PAGES} pages`);
}

function requestOf(channel: Channel, { operation, path, query }: ListRequest, next: string): Request {
  const full = new URLSearchParams({ ...query, limit: `${PAGE}`, ...(next !== "" && { continue: next }) });
  return { operation, method: "GET", path: `${path}?${full.toString()}`, deadline: channel.deadlines.read };
}

function isExpired(answer: Answer): boolean {
  return answer.status === 410 && statusOf(answer) !== undefined;
}

interface Page {
  readonly items: readonly Mapping[];
  /** Empty on the last page. */
  readonly next: string;
}

function pageOf(answer: Answer, kind: string, at: CallPlace): Page {
  const object = objectOf(answer, kind, at);
  return understand(at, () => ({
    items: listAt(object, "items"),
    next: textAt(mappingAt(object, "metadata"), "continue"),
  }));
}
