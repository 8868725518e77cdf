import type { Place } from "./encryption-rule.ts";
import { type Branch, type Comment, isComment, type Leaf, type List, type Value } from "./tree.ts";

/** What stands in place of a leaf or comment; `steps` leads to it in the document, numbers of list items included. */
export type Visit = (
  item: Leaf | Comment,
  place: Place,
  steps: readonly (string | number)[],
) => Leaf | Comment;

/** Where a walk is. */
interface Position {
  readonly path: readonly string[];
  readonly comments: readonly (readonly string[])[];
  readonly steps: readonly (string | number)[];
}

/** A document with every leaf but nulls, and every comment, replaced, in the order in which sops visits them. */
export function walk(branch: Branch, visit: Visit): Branch {
  return walkBranch(branch, { path: [], comments: [], steps: [] }, visit);
}

function walkBranch(branch: Branch, at: Position, visit: Visit): Branch {
  let pending: readonly string[] = [];
  const items = branch.items.map((item) => {
    if (isComment(item)) {
      pending = [...pending, item.text];
      const place = { path: at.path, comments: [...at.comments, pending], isComment: true };
      return asComment(visit(item, place, at.steps), item);
    }
    const inner = {
      path: [...at.path, item.key],
      comments: [...at.comments, pending],
      steps: [...at.steps, item.key],
    };
    pending = [];
    return { ...item, value: asValue(walkValue(item.value, inner, visit)) };
  });
  return { kind: "branch", items };
}

function walkList(list: List, at: Position, visit: Visit): List {
  let pending: readonly string[] = [];
  let index = 0;
  const items = list.items.map((item) => {
    if (isComment(item)) pending = [...pending, item.text];
    const comments = [...at.comments, pending];
    if (isComment(item)) return visit(item, { path: at.path, comments, isComment: true }, at.steps);
    pending = [];
    index += 1;
    return walkValue(item, { path: at.path, comments, steps: [...at.steps, index - 1] }, visit);
  });
  return { kind: "list", items };
}

function walkValue(value: Value, at: Position, visit: Visit): Value | Comment {
  if (value.kind === "branch") return walkBranch(value, at, visit);
  if (value.kind === "list") return walkList(value, at, visit);
  if (value.type === "null") return value;
  return visit(value, { path: at.path, comments: at.comments, isComment: false }, at.steps);
}

/** A comment among keys stays one, whatever it was turned into. */
function asComment(item: Leaf | Comment, before: Comment): Comment {
  return isComment(item)
    ? { ...item, isInline: before.isInline }
    : { kind: "comment", text: item.text, isInline: before.isInline };
}

/** A value that turns out to be a comment, which sops never writes behind a key, stays a text. */
function asValue(item: Value | Comment): Value {
  return isComment(item) ? { kind: "leaf", type: "str", text: item.text } : item;
}
