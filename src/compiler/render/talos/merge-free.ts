import { isMapping } from "../../../core/mapping.ts";
import type { TypeFacts } from "./fields.ts";
import { appendList } from "./merge-list.ts";
import { asMapping, refuse, type Sides, take, under, type Walk } from "./walk.ts";

/**
 * Merges what Talos keeps without a type of its own, such as the kubelet's extra configuration: mappings key by key,
 * lists by appending; a value never changes its sort.
 */
export function mergeFree(walk: Walk, type: TypeFacts, sides: Sides): unknown {
  const { left, right } = sides;
  // Talos keeps the mapping inside another value, where an empty one is none.
  if (right === null || right === undefined || Object.keys(right).length === 0) return left;
  if (left === null || left === undefined || type.merge === "replace") return take(walk, sides);
  return mergeMappings(walk, sides);
}

function mergeMappings(walk: Walk, sides: Sides): unknown {
  const result = { ...asMapping(sides.left) };
  for (const [key, right] of Object.entries(asMapping(sides.right))) {
    result[key] = under(walk, key, () => mergeAny(walk, { left: result[key], right }));
  }
  return result;
}

function mergeAny(walk: Walk, sides: Sides): unknown {
  const { left, right } = sides;
  if (left === null || left === undefined) return take(walk, sides);
  if (sortOf(left) !== sortOf(right)) {
    return refuse(
      walk,
      {
        code: "ICH5110",
        message: `is ${sortOf(left)} in ${walk.document} and ${sortOf(right)} in this patch; Talos refuses to merge the two`,
        hint: "write the same sort of value, or delete the key in one patch document and set it in the next",
      },
      left,
    );
  }
  if (isMapping(left)) return mergeMappings(walk, sides);
  if (Array.isArray(left)) return appendList(walk, sides);
  return right === "" || right === 0 ? left : take(walk, sides);
}

/** What Go's YAML reader tells apart. */
function sortOf(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  if (typeof value === "string") return "a text";
  if (typeof value === "boolean") return "true or false";
  const isWhole = Number.isInteger(value) || typeof value === "bigint";
  return isWhole ? "a whole number" : "a number with a fraction";
}
