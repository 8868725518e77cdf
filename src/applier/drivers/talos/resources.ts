import {
  type Resource,
  type ResourceEvent,
  type ResourceKind,
  type TalosApi,
  TalosError,
} from "../../talos-api.ts";
import type { Channel } from "./api.ts";
import { loadTalosServices } from "./proto/load.ts";
import type * as messages from "./proto/messages.ts";

type ResourceCalls = Pick<TalosApi, "getResource" | "listResources" | "watchResources">;

/** The state of a machine as resources (COSI): reading only, as nothing else is possible from outside. */
export function resourceCalls(channel: Channel): ResourceCalls {
  const { connection, deadlines } = channel;
  const service = loadTalosServices().state;
  const deadline = deadlines.read;
  return {
    getResource: async ({ namespace, type, id }) => {
      const request: messages.CosiRef = { namespace, type, id };
      try {
        const { resource } = await connection.repeat(() =>
          connection.unary<messages.CosiRef, messages.CosiAnswer>({
            service,
            method: "Get",
            request,
            deadline,
          }),
        );
        return resource === null ? undefined : resourceOf(resource);
      } catch (error) {
        if (error instanceof TalosError && isAbsent(error)) return undefined;
        throw error;
      }
    },
    listResources: ({ namespace, type }) =>
      connection.repeat(async () => {
        const request: messages.CosiRef = { namespace, type };
        const resources: Resource[] = [];
        const answers = connection.stream<messages.CosiRef, messages.CosiAnswer>({
          service,
          method: "List",
          request,
          deadline,
        });
        for await (const { resource } of answers) if (resource !== null) resources.push(resourceOf(resource));
        return resources;
      }),
    watchResources: (kind, signal) => watchResources(channel, kind, signal),
  };
}

const KINDS = {
  CREATED: "created",
  UPDATED: "updated",
  DESTROYED: "destroyed",
  BOOTSTRAPPED: "bootstrapped",
  ERRORED: "errored",
} as const;

async function* watchResources(
  { connection, deadlines, machine }: Channel,
  { namespace, type }: ResourceKind,
  signal: AbortSignal,
): AsyncGenerator<ResourceEvent, void> {
  if (signal.aborted) return;
  const call = {
    service: loadTalosServices().state,
    method: "Watch",
    request: { namespace, type, options: { bootstrapContents: true }, apiVersion: 1 },
    deadline: deadlines.watch,
  };
  try {
    for await (const { event } of connection.stream<messages.WatchRequest, messages.WatchAnswer>(
      call,
      signal,
    )) {
      for (const { eventType, resource } of event) {
        if (eventType === "NOOP") continue;
        yield { kind: KINDS[eventType], resource: hasContent(resource) ? resourceOf(resource) : undefined };
      }
    }
  } catch (error) {
    if (signal.aborted) return;
    throw error;
  }
  // A machine that goes down ends its streams in good order: whoever watches must know that there is no more to see.
  if (!signal.aborted)
    throw new TalosError("unavailable", { machine, operation: "Watch" }, "the machine ended the watch");
}

/** Events that are of no resource have an empty one or none. */
function hasContent(resource: messages.CosiResource | null): resource is messages.CosiResource {
  return resource !== null && resource.metadata !== null && resource.metadata.id !== "";
}

function resourceOf({ metadata, spec }: messages.CosiResource): Resource {
  return {
    namespace: metadata?.namespace ?? "",
    type: metadata?.type ?? "",
    id: metadata?.id ?? "",
    version: metadata?.version ?? "",
    yaml: spec?.yamlSpec ?? "",
  };
}

/** A type that this version of Talos does not have is refused like one that nobody may read, but for its words. */
function isAbsent({ code, details }: TalosError): boolean {
  return (
    code === "not-found" ||
    (code === "permission-denied" && /^resource type .* is not supported$/.test(details))
  );
}
