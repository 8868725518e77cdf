import { isMapping, type Mapping } from "../../core/mapping.ts";
import { badRequest, Refusal } from "./refusal.ts";
import { type ClusterState, type NodeState, nextVersion } from "./state.ts";

/**
 * Merges a patch (RFC 7386) into a node: its annotations, its labels and whether it takes pods; the rest of a node is
 * nobody's to patch here.
 *
 * @throws Refusal and nothing is changed
 */
export function patchNode(state: ClusterState, node: NodeState, patch: Mapping): void {
  const metadata = mappingIn(patch, "metadata");
  const spec = mappingIn(patch, "spec");
  const { resourceVersion } = metadata;
  if (resourceVersion !== undefined && resourceVersion !== String(node.version)) throw outdated(node.name);
  const { unschedulable = node.unschedulable } = spec;
  if (typeof unschedulable !== "boolean" && unschedulable !== null) throw undecodable("spec.unschedulable");
  const annotations = merged(node.annotations, metadata, "annotations");
  const setLabels = merged(node.setLabels, metadata, "labels", true);
  const isSame =
    node.unschedulable === (unschedulable ?? false) &&
    isEqual(node.annotations, annotations) &&
    isEqual(node.setLabels, setLabels);
  if (isSame) return;
  node.unschedulable = unschedulable ?? false;
  node.annotations = definedOf(annotations);
  node.setLabels = setLabels;
  node.version = nextVersion(state);
}

type Texts = Readonly<Record<string, string | undefined>>;

/** @param keepsRemoved what was removed is kept as undefined, since it may stand elsewhere too */
function merged(before: Texts, metadata: Mapping, field: string, keepsRemoved = false): Texts {
  if (metadata[field] === null) return {};
  const after: Record<string, string | undefined> = { ...before };
  for (const [key, value] of Object.entries(mappingIn(metadata, field))) {
    if (typeof value === "string") after[key] = value;
    else if (value !== null) throw undecodable(`metadata.${field}`);
    else if (keepsRemoved) after[key] = undefined;
    else delete after[key];
  }
  return after;
}

function definedOf(texts: Texts): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(texts).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function isEqual(a: Texts, b: Texts): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && a[key] === b[key]);
}

function mappingIn(value: Mapping, key: string): Mapping {
  const entry = value[key] ?? {};
  if (!isMapping(entry)) throw undecodable(key);
  return entry;
}

function undecodable(field: string): Refusal {
  return badRequest(`unable to decode the patch: ${field} is of another type`);
}

function outdated(name: string): Refusal {
  return new Refusal(
    409,
    "Conflict",
    `Operation cannot be fulfilled on nodes ${JSON.stringify(name)}: the object has been modified; please apply your changes to the latest version and try again`,
    { name, kind: "nodes" },
  );
}
