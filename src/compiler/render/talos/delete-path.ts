import { isMapping } from "../../../core/mapping.ts";
import { fieldType, innerType, pointedTo, type TypeFacts } from "./fields.ts";
import type { Deletion } from "./split-patch.ts";
import { asList, asMapping, leaveOut, refuse, textOf, type Walk } from "./walk.ts";

/** Stands for a place that has nothing to delete. */
const NOTHING = Symbol("nothing to delete");

interface Target {
  readonly deletion: Deletion;
  /** How many steps of the deletion's path were walked. */
  readonly depth: number;
  readonly value: unknown;
}

/**
 * Deletes what a patch names from a document of this type and returns the rest; the document itself where there is
 * nothing to delete, which is an error as in Talos.
 *
 * Semantics: Talos, pkg/machinery/config/configloader/internal/decoder/selector.go. Reports ICH5109.
 */
export function deletePath<T>(
  walk: Walk,
  type: TypeFacts,
  { deletion, document }: { readonly deletion: Deletion; readonly document: T },
): T {
  const result = remove(walk, type, { deletion, depth: 0, value: document });
  walk.path.length = 0;
  if (result !== NOTHING) return result as T;
  walk.path.push(...deletion.path);
  const refused = refuse(walk, missing(walk, deletion), document);
  walk.path.length = 0;
  return refused;
}

function missing(walk: Walk, { element }: Deletion) {
  return {
    code: "ICH5109",
    message:
      element === undefined
        ? `is to be deleted, but ${walk.document} has nothing there; Talos takes that for a mistake`
        : `has no element with ${element.key} "${element.text}" that could be deleted from ${walk.document}; Talos takes that for a mistake, and finds elements only by a text`,
    hint: "take the deletion out, or move it to a layer where all machines have what it deletes",
  } as const;
}

function remove(walk: Walk, type: TypeFacts, target: Target): unknown {
  switch (type.class) {
    case "pointer":
      return isMissing(target.value) ? NOTHING : remove(walk, innerType(type, walk.minor), target);
    case "struct":
      return removeField(walk, type, target);
    case "map":
      return removeKey(walk, innerType(type, walk.minor), target);
    case "args":
      return removeKey(walk, { class: "string" }, target);
    case "free":
      return removeKey(walk, { class: "any" }, target);
    case "any":
      // Talos looks for elements only in lists whose type it knows.
      return isMapping(target.value) ? removeKey(walk, type, target) : NOTHING;
    case "list":
      return removeElement(walk, type, target);
    case "bool":
    case "duration":
    case "float":
    case "forgetful":
    case "integer":
    case "sealed":
    case "size":
    case "string":
    case "text":
    case "url":
      return NOTHING;
  }
}

function removeField(walk: Walk, type: TypeFacts, target: Target): unknown {
  const key = String(target.deletion.path[target.depth]);
  const field = type.closed === true ? undefined : fieldType(type, key, walk.minor);
  return field === undefined ? NOTHING : removeBelow(walk, field, { target, key });
}

function removeKey(walk: Walk, values: TypeFacts, target: Target): unknown {
  const key = String(target.deletion.path[target.depth]);
  const isThere = isMapping(target.value) && Object.hasOwn(target.value, key);
  return isThere ? removeBelow(walk, values, { target, key }) : NOTHING;
}

/** Removes the key, or something under it; a mapping that becomes empty stays, as in Talos. */
function removeBelow(
  walk: Walk,
  type: TypeFacts,
  { target, key }: { readonly target: Target; readonly key: string },
): unknown {
  const { [key]: value, ...others } = asMapping(target.value);
  const depth = target.depth + 1;
  walk.path.push(key);
  if (depth === target.deletion.path.length && target.deletion.element === undefined) {
    leaveOut(walk);
    return others;
  }
  const rest = remove(walk, type, { deletion: target.deletion, depth, value });
  return rest === NOTHING ? NOTHING : { ...asMapping(target.value), [key]: rest };
}

function removeElement(walk: Walk, type: TypeFacts, { deletion, value }: Target): unknown {
  const { element } = deletion;
  const struct = pointedTo(innerType(type, walk.minor), walk.minor);
  const field = element === undefined ? undefined : fieldType(struct, element.key, walk.minor);
  if (element === undefined || field?.selects !== true) return NOTHING;
  const list = asList(value);
  const index = list.findIndex((one) => printed(field, asMapping(one)[element.key]) === element.text);
  if (index < 0) return NOTHING;
  walk.events?.push({
    do: "take",
    document: walk.document,
    path: [...walk.path],
    index,
    layer: walk.layer,
    at: deletion.at,
  });
  return list.toSpliced(index, 1);
}

/** A value as Talos prints it, which is what it compares: names of an enumeration have one spelling, and zero has a name. */
function printed(type: TypeFacts, value: unknown): string {
  const text = textOf(value ?? type.zero?.[0]);
  return type.values?.find((known) => known.toLowerCase() === text.toLowerCase()) ?? text;
}

function isMissing(value: unknown): boolean {
  return value === null || value === undefined;
}
