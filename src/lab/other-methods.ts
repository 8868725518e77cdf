import type * as messages from "../applier/drivers/talos/proto/messages.ts";
import { ApiError } from "./api-error.ts";
import { requireAdmin } from "./authorization.ts";
import type { Incoming, Methods } from "./calls.ts";
import type { Cancel } from "./clock.ts";
import type { Machine } from "./machine.ts";
import { getResource, listResources, type StoredResource } from "./resource-store.ts";
import { checkNamespace, resourceType } from "./resources.ts";
import { pullImage, upgradeBeside } from "./upgrade.ts";

/** What a simulated machine answers of LifecycleService. */
export const LIFECYCLE_METHODS: Methods = {
  unary: {},
  stream: {
    Upgrade: (request: messages.UpgradeRequest, { machine }, { send }) =>
      new Promise((resolve) => {
        upgradeBeside(machine, request.source?.imageName ?? "", {
          line: (message) => send({ progress: { message } }),
          done: (exitCode) => {
            send({ progress: { exitCode } });
            resolve();
          },
        });
      }),
  },
};

/** What it answers of ImageService. */
export const IMAGE_METHODS: Methods = {
  unary: {},
  stream: {
    Pull: (request: messages.PullRequest, { machine }, { send }) =>
      new Promise((resolve) => {
        pullImage(machine, request.imageRef, {
          layer: (layerId, offset) =>
            send({
              pullProgress: {
                layerId,
                progress: { status: "DOWNLOADING", offset: String(offset), total: "3" },
              },
            }),
          done: (name) => {
            send({ name });
            resolve();
          },
        });
      }),
  },
};

interface Kind {
  readonly namespace: string;
  readonly type: string;
}

/** What a filter of List and Watch says; labels are none on the machine's own resources. */
interface Filters {
  readonly labelQuery?: readonly { readonly terms: readonly { readonly invert: boolean }[] }[];
  readonly idQuery?: { readonly regexp: string } | null;
}

/** What it answers of COSI's State; `onChange` tells of every change of a machine. */
export function stateMethods(onChange: (machine: Machine, listener: () => void) => Cancel): Methods {
  return {
    unary: {
      Get: (request: Kind & { readonly id: string }, incoming) => {
        checkAccess(incoming, request);
        return { resource: messageOf(incoming.machine, getResource(incoming.machine, request)) };
      },
    },
    stream: {
      List: (request: Kind & { readonly options: Filters | null }, incoming, { send }) => {
        checkAccess(incoming, request);
        const { machine } = incoming;
        for (const resource of listResources(machine, request.namespace, request.type)) {
          if (matches(resource, request.options)) send({ resource: messageOf(machine, resource) });
        }
        return Promise.resolve();
      },
      Watch: (request: WatchRequest, incoming, stream) => watch(request, incoming, stream, onChange),
    },
  };
}

interface WatchRequest extends Kind {
  readonly id?: string;
  readonly options: (Filters & { readonly bootstrapContents: boolean }) | null;
  readonly apiVersion: number;
}

/** An empty answer says that the watch has begun; then what is there, where that is asked for; then what changes. */
function watch(
  request: WatchRequest,
  incoming: Incoming,
  { send, ended }: { readonly send: (message: unknown) => void; readonly ended: AbortSignal },
  onChange: (machine: Machine, listener: () => void) => Cancel,
): Promise<void> {
  checkAccess(incoming, request);
  const { namespace, type, id, options, apiVersion } = request;
  const { machine } = incoming;
  const isOne = id !== undefined && id !== "";
  const current = () =>
    new Map(
      listResources(machine, namespace, type)
        .filter((resource) => (isOne ? resource.id === id : matches(resource, options)))
        .map((resource) => [resource.id, resource]),
    );
  const tell = (eventType: string, resource: StoredResource | undefined, old?: StoredResource) =>
    send({
      event: [
        {
          eventType,
          resource: resource && messageOf(machine, resource),
          old: old && messageOf(machine, old),
        },
      ],
    });
  let known = current();
  send({ event: [] });
  if (isOne || options?.bootstrapContents === true) {
    for (const resource of known.values()) tell("CREATED", resource);
    if (isOne && known.size === 0) tell("DESTROYED", missing(namespace, type, id));
    if (!isOne && apiVersion >= 1) tell("BOOTSTRAPPED", undefined);
  }
  const cancel = onChange(machine, () => {
    const next = current();
    for (const [key, resource] of next) {
      const old = known.get(key);
      if (old === undefined) tell("CREATED", resource);
      else if (old.version !== resource.version) tell("UPDATED", resource, old);
    }
    for (const [key, old] of known) if (!next.has(key)) tell("DESTROYED", old);
    known = next;
  });
  return new Promise((resolve) => {
    ended.addEventListener("abort", () => {
      cancel();
      resolve();
    });
  });
}

function missing(namespace: string, type: string, id: string): StoredResource {
  return { namespace, type, id, version: 0, yaml: "", annotations: {} };
}

function checkAccess({ machine, roles }: Incoming, { namespace, type }: Kind): void {
  if (resourceType(machine, type).isSensitive) requireAdmin(roles);
  checkNamespace(namespace);
}

function matches({ id }: StoredResource, filters: Filters | null): boolean {
  const pattern = filters?.idQuery?.regexp ?? "";
  const queries = filters?.labelQuery ?? [];
  const hasLabels = queries.length === 0 || queries.some(({ terms }) => terms.every(({ invert }) => invert));
  if (pattern === "") return hasLabels;
  try {
    return hasLabels && new RegExp(pattern).test(id);
  } catch {
    throw new ApiError("INVALID_ARGUMENT", `error parsing regexp: ${JSON.stringify(pattern)}`);
  }
}

function messageOf(machine: Machine, resource: StoredResource): object {
  const { namespace, type, id, version, yaml, annotations } = resource;
  const created = { seconds: Math.floor(machine.bootedAt / 1000).toString(), nanos: 0 };
  return {
    metadata: {
      namespace,
      type,
      id,
      version: version === 0 ? "undefined" : String(version),
      phase: "running",
      created,
      updated: created,
      annotations,
    },
    spec: { yamlSpec: yaml },
  };
}
