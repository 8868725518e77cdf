import { warning } from "../../../core/diagnostic.ts";
import type { Mapping } from "../../../core/mapping.ts";
import { formatPath } from "../../../core/path.ts";
import { fieldType, innerType, pointedTo, type TypeClass, type TypeFacts } from "./fields.ts";
import { mergeFree } from "./merge-free.ts";
import { type ListRule, mergeList } from "./merge-list.ts";
import { mergeSize, mergeUrl } from "./merge-parts.ts";
import { asMapping, leaveOut, placeOf, refuse, type Sides, take, textOf, under, type Walk } from "./walk.ts";

/**
 * Merges the patch's value into the machine's, by the type that Talos gives both, and returns the result; undefined
 * means no value. What does not change is shared with `left`.
 *
 * Semantics: Talos, pkg/machinery/config/merge/merge.go and the types' own Merge methods.
 * Reports ICH5110, ICH5111 and ICH5113.
 */
export function mergeValue(walk: Walk, type: TypeFacts, sides: Sides): unknown {
  switch (type.class) {
    case "pointer":
      return mergePointer(walk, type, sides);
    case "struct":
      return mergeStruct(walk, type, sides);
    case "map":
      return mergeMap(walk, type, sides);
    case "list":
      return mergeList(walk, listRule(walk, type), sides);
    case "args":
      return mergeArgs(walk, sides);
    case "any":
    case "free":
      return mergeFree(walk, type, sides);
    case "url":
      return mergeUrl(walk, sides);
    case "size":
      return mergeSize(walk, sides);
    case "sealed":
      return mergeSealed(walk, sides);
    case "forgetful":
      return mergeForgetful(walk, sides);
    case "bool":
      return mergeBool(walk, sides);
    case "duration":
    case "float":
    case "integer":
    case "string":
    case "text":
      return isZero(type, sides.right) ? sides.left : take(walk, sides);
  }
}

/**
 * Merges a mapping that is a struct: field by field. Fields that it does not have are left out of account,
 * since `checkPatch` reports them.
 */
export function mergeStruct(walk: Walk, type: TypeFacts, sides: Sides): unknown {
  const [left, right] = [asMapping(sides.left), asMapping(sides.right)];
  let result: Record<string, unknown> | undefined;
  const mergeField = (key: string) => {
    const field = fieldType(type, key, walk.minor);
    if (field === undefined) return;
    const before = left[key];
    const after = under(walk, key, () => mergeValue(walk, field, { left: before, right: right[key] }));
    if (after === before) return;
    result ??= { ...left };
    if (after === undefined) delete result[key];
    else result[key] = after;
  };
  for (const key of Object.keys(right)) mergeField(key);
  for (const key of type.always ?? []) if (!Object.hasOwn(right, key)) mergeField(key);
  return result ?? sides.left;
}

const ZERO_DURATION = /^[-+]?(0|(0+(\.0*)?(ns|us|µs|μs|ms|s|m|h))+)$/;

/** Whether a value of the patch is what Go takes for the type's zero value, so that a merge skips it. */
function isZero(type: TypeFacts, value: unknown): boolean {
  if (value === null || value === undefined) return true;
  if (type.class === "duration") return ZERO_DURATION.test(textOf(value));
  if (type.class === "text") return type.zero?.includes(textOf(value).toLowerCase()) ?? false;
  return type.class === "string" ? value === "" : value === 0;
}

/** Behind a pointer, zero is a value of its own. */
function mergePointer(walk: Walk, type: TypeFacts, sides: Sides): unknown {
  const { left, right } = sides;
  if (right === null || right === undefined) return left;
  if (left === null || left === undefined) return take(walk, sides);
  const inner = innerType(type, walk.minor);
  return PLAIN.has(inner.class) ? take(walk, sides) : mergeValue(walk, inner, sides);
}

/** Scalars that have nothing of their own to say about merges. */
const PLAIN: ReadonlySet<TypeClass> = new Set(["bool", "string", "integer", "float", "duration", "text"]);

function mergeMap(walk: Walk, type: TypeFacts, sides: Sides): unknown {
  const { left, right } = sides;
  if (right === null || right === undefined) return left;
  if (left === null || left === undefined) return take(walk, sides);
  const values = innerType(type, walk.minor);
  return mergeKeys(walk, sides, (one) => mergeValue(walk, values, one));
}

/** Values of program arguments are texts or lists, and never merged with each other. */
function mergeArgs(walk: Walk, sides: Sides): unknown {
  const { left, right } = sides;
  if (right === null || right === undefined || Object.keys(right).length === 0) return left;
  if (left === null || left === undefined) return take(walk, sides);
  return mergeKeys(walk, sides, (one) => take(walk, one));
}

function mergeKeys(walk: Walk, sides: Sides, mergeOne: (sides: Sides) => unknown): Mapping {
  const result = { ...asMapping(sides.left) };
  for (const [key, right] of Object.entries(asMapping(sides.right))) {
    const isThere = Object.hasOwn(result, key);
    const one = { left: result[key], right };
    result[key] = under(walk, key, () => (isThere ? mergeOne(one) : take(walk, one)));
  }
  return result;
}

/** A flag that Talos cannot tell from an absent one: what the patch does not say is false. */
function mergeBool(walk: Walk, sides: Sides): unknown {
  const { left, right } = sides;
  if (right !== undefined) return take(walk, { left, right: right ?? false });
  return left === undefined || left === null || left === false ? left : forget(walk, sides);
}

function mergeForgetful(walk: Walk, sides: Sides): unknown {
  const { left, right } = sides;
  if (right !== null && right !== undefined && right !== "") return take(walk, sides);
  return left === undefined || left === null || left === "" ? left : forget(walk, sides);
}

function forget(walk: Walk, { left, right }: Sides): undefined {
  if (right === undefined) {
    walk.diagnostics.push(
      warning(
        "ICH5113",
        placeOf(walk),
        `Talos' merge loses \`${formatPath(walk.path)}\` of ${walk.document}, which was ${JSON.stringify(left)}, because this patch changes the document and does not repeat it`,
        { hint: "repeat the value in the patch to keep it, or set it to null to say that it shall go" },
      ),
    );
  }
  return leaveOut(walk);
}

function mergeSealed(walk: Walk, { left, right }: Sides): unknown {
  return refuse(
    walk,
    {
      code: "ICH5111",
      message:
        right === undefined
          ? `of ${walk.document} stops every merge into that document: Talos v1.${walk.minor} cannot merge values of this type, not even absent ones`
          : `of ${walk.document} is already set, and Talos v1.${walk.minor} cannot merge values of this type`,
      hint: "delete what is there in one patch document (`$patch: delete`) and set it anew in the next",
    },
    left,
  );
}

function listRule(walk: Walk, type: TypeFacts): ListRule {
  return {
    by: type.merge ?? "append",
    mergeElement: (sides) => mergeStruct(walk, pointedTo(innerType(type, walk.minor), walk.minor), sides),
  };
}
