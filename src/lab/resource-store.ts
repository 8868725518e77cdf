import { sha256 } from "../core/hash.ts";
import { emitYaml } from "../core/yaml-emit.ts";
import { ApiError } from "./api-error.ts";
import type { Machine } from "./machine.ts";
import { type PlainResource, resourceType } from "./resources.ts";

/** A resource as COSI's State service shows it. */
export interface StoredResource {
  readonly namespace: string;
  readonly type: string;
  readonly id: string;
  /** Grows by one with each change since the machine booted. */
  readonly version: number;
  readonly yaml: string;
  readonly annotations: Readonly<Record<string, string>>;
}

interface Known {
  /** Of its YAML: thousands of machines with their whole configurations would be many texts. */
  readonly digest: string;
  readonly version: number;
}

/** Of each machine, since its last boot: what was shown of a resource last. */
const shown = new WeakMap<Machine, { readonly bootId: string; readonly resources: Map<string, Known> }>();

/**
 * The resources of a type in a namespace, by identifier.
 *
 * @throws ApiError where there is no such type
 */
export function listResources(machine: Machine, namespace: string, type: string): readonly StoredResource[] {
  const found = resourceType(machine, type);
  if (found.namespace !== namespace) return [];
  return [...found.list(machine)]
    .map((resource) => store(machine, namespace, type, resource))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** @throws ApiError where there is none */
export function getResource(
  machine: Machine,
  { namespace, type, id }: { readonly namespace: string; readonly type: string; readonly id: string },
): StoredResource {
  const found = listResources(machine, namespace, type).find((resource) => resource.id === id);
  if (found !== undefined) return found;
  throw new ApiError("NOT_FOUND", `resource ${type}(${namespace}/${id}@undefined) doesn't exist`);
}

function store(machine: Machine, namespace: string, type: string, resource: PlainResource): StoredResource {
  let of = shown.get(machine);
  if (of === undefined || of.bootId !== machine.bootId) {
    of = { bootId: machine.bootId, resources: new Map() };
    shown.set(machine, of);
  }
  const { id, spec, annotations = {} } = resource;
  const key = `${type} ${id}`;
  const known = of.resources.get(key);
  const yaml = emitYaml(spec);
  const digest = sha256(yaml);
  const version = known === undefined ? 1 : known.digest === digest ? known.version : known.version + 1;
  if (version !== known?.version) of.resources.set(key, { digest, version });
  return { namespace, type, id, version, yaml, annotations };
}
