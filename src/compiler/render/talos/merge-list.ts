import { within } from "../../../core/diagnostic.ts";
import { sourceIndex } from "./sources.ts";
import { asList, asMapping, placeOf, type Sides, take, textOf, type Walk } from "./walk.ts";

/** How a list merges. */
export interface ListRule {
  /** `append`, `replace`, or the field by which elements find each other. */
  readonly by: string;
  /** Merges two elements that found each other. */
  readonly mergeElement: (sides: Sides) => unknown;
}

/** Merges lists: most append, some are replaced, some merge the elements that a field says are the same. */
export function mergeList(walk: Walk, rule: ListRule, sides: Sides): unknown {
  const { left, right } = sides;
  if (right === null || right === undefined) return left;
  switch (rule.by) {
    case "append":
      return left === null || left === undefined ? take(walk, sides) : appendList(walk, sides);
    case "replace":
      return take(walk, sides);
    case "image":
      return replaceElements(walk, sides);
    default:
      return mergeElements(walk, rule, sides);
  }
}

/** Puts the patch's elements after the machine's. */
export function appendList(walk: Walk, sides: Sides): unknown {
  const [left, right] = [asList(sides.left), asList(sides.right)];
  if (right.length === 0) return sides.left;
  noteAppended(walk, { list: right, indexes: [...right.keys()], start: left.length });
  return [...left, ...right];
}

/** Elements merge with the first that has the same key, among them those that this patch put there. */
function mergeElements(walk: Walk, rule: ListRule, sides: Sides): unknown {
  const right = asList(sides.right);
  const result = [...asList(sides.left)];
  right.forEach((element, index) => {
    const same = result.findIndex((other) => isSameElement(rule.by, other, element));
    if (same < 0) {
      noteAppended(walk, { list: right, indexes: [index], start: result.length });
      result.push(element);
      return;
    }
    walk.path.push(same);
    walk.from.push(sourceIndex(walk.sources, right, index));
    result[same] = rule.mergeElement({ left: result[same], right: element });
    walk.path.pop();
    walk.from.pop();
  });
  return right.length === 0 ? sides.left : result;
}

/** Rules of image verification: the last rule for the same images is replaced whole. */
function replaceElements(walk: Walk, sides: Sides): unknown {
  const [left, right] = [asList(sides.left), asList(sides.right)];
  const result = [...left];
  right.forEach((element, index) => {
    const same = left.findLastIndex((other) => fieldText(other, "image") === fieldText(element, "image"));
    if (same < 0) {
      noteAppended(walk, { list: right, indexes: [index], start: result.length });
      result.push(element);
      return;
    }
    walk.path.push(same);
    walk.from.push(sourceIndex(walk.sources, right, index));
    result[same] = take(walk, { left: result[same], right: element });
    walk.path.pop();
    walk.from.pop();
  });
  return right.length === 0 ? sides.left : result;
}

function isSameElement(by: string, one: unknown, other: unknown): boolean {
  if (by === "vlanId")
    return Number(asMapping(one)["vlanId"] ?? 0) === Number(asMapping(other)["vlanId"] ?? 0);
  if (by === "interface" && fieldText(other, "interface") === "") {
    return isSameSelector(asMapping(one)["deviceSelector"], asMapping(other)["deviceSelector"]);
  }
  return fieldText(one, by) === fieldText(other, by);
}

/** Go compares the two selectors by identity of what their pointer `physical` points to: it is never the same. */
function isSameSelector(one: unknown, other: unknown): boolean {
  if (one === null || one === undefined || other === null || other === undefined) return false;
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].every((key) =>
    key === "physical"
      ? (asMapping(one)[key] ?? asMapping(other)[key] ?? undefined) === undefined
      : fieldText(one, key) === fieldText(other, key),
  );
}

function fieldText(element: unknown, key: string): string {
  return textOf(asMapping(element)[key]);
}

interface Appended {
  /** The patch's list. */
  readonly list: readonly unknown[];
  /** Which of its elements, in order. */
  readonly indexes: readonly number[];
  /** Where the first of them comes to stand. */
  readonly start: number;
}

function noteAppended(walk: Walk, { list, indexes, start }: Appended): void {
  if (walk.events === undefined) return;
  const at = placeOf(walk);
  walk.events.push({
    do: "append",
    document: walk.document,
    path: [...walk.path],
    index: start,
    elements: indexes.map((index) => ({
      value: list[index],
      at: within(at, sourceIndex(walk.sources, list, index)),
    })),
    layer: walk.layer,
    at,
    sources: walk.sources,
  });
}
