import { isMapping } from "../../core/mapping.ts";
import type { Path } from "../../core/path.ts";

/** A value of a document with its place. */
export interface Leaf {
  readonly path: Path;
  readonly value: unknown;
}

/** Every value inside of a value, lists and mappings themselves too, in their order. */
export function leavesOf(value: unknown, path: Path = []): readonly Leaf[] {
  const own = path.length === 0 ? [] : [{ path, value }];
  if (Array.isArray(value)) return [...own, ...value.flatMap((one, at) => leavesOf(one, [...path, at]))];
  if (!isMapping(value)) return own;
  return [...own, ...Object.entries(value).flatMap(([key, one]) => leavesOf(one, [...path, key]))];
}
