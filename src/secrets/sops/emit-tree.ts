import { emitKey, emitLeaf } from "../../core/yaml-emit.ts";
import type { Branch, Leaf, List, Tree, Value } from "./tree.ts";
import { isComment, plainOf } from "./tree.ts";

/** sops indents by four spaces: files keep their form when both tools edit them. */
const STEP = "    ";

/** How far a line is indented, and how far what belongs to its value is. */
interface Indent {
  readonly at: string;
  readonly deeper: string;
}

function indentOf(at: string): Indent {
  return { at, deeper: at + STEP };
}

/** Writes a file as sops lays it out, comments with it. */
export function emitTree(tree: Tree): string {
  return tree.map((branch) => emitBranch(branch, indentOf(""), "") || "{}\n").join("---\n");
}

/**
 * @param first what stands before the first line: the indentation, or nothing behind a dash
 */
function emitBranch(branch: Branch, indent: Indent, first: string): string {
  let text = "";
  let lead = first;
  let inline: string[] = [];
  for (const item of branch.items) {
    if (isComment(item)) {
      if (item.isInline) inline.push(item.text);
      else text += `${lead}#${item.text}\n`;
      if (!item.isInline) lead = indent.at;
      continue;
    }
    const beside = inline.map((comment) => ` #${comment}`).join("");
    text += lead + emitKey(item.key, indent.at) + emitValue(item.value, indent.deeper, beside);
    inline = [];
    lead = indent.at;
  }
  return text + inline.map((comment) => `${indent.at}#${comment}\n`).join("");
}

/**
 * @param first what stands before the first line: the indentation, or a space behind another dash
 */
function emitList(list: List, at: string, first: string): string {
  let text = "";
  let lead = first;
  let inline: string[] = [];
  for (const item of list.items) {
    if (isComment(item)) {
      if (item.isInline) inline.push(item.text);
      else text += `${lead}#${item.text}\n`;
      if (!item.isInline) lead = at;
      continue;
    }
    const beside = inline.map((comment) => ` #${comment}`).join("");
    text += `${lead}-${emitItem(item, at, beside)}`;
    inline = [];
    lead = at;
  }
  return text + inline.map((comment) => `${at}#${comment}\n`).join("");
}

function emitItem(item: Value, at: string, beside: string): string {
  if (item.kind === "leaf" || !hasValues(item)) return emitValue(item, at + STEP, beside);
  const inner = `${at}  `;
  // A comment cannot stand between a dash and what follows it on one line.
  const [first] = item.items;
  const isCommented = beside !== "" || (first !== undefined && isComment(first) && !first.isInline);
  const [start, lead] = isCommented ? [`${beside}\n`, inner] : [" ", ""];
  return item.kind === "branch"
    ? start + emitBranch(item, { at: inner, deeper: at + STEP }, lead)
    : start + emitList(item, inner, lead);
}

function emitValue(value: Value, deeper: string, beside: string): string {
  if (value.kind === "leaf") return besideText(emitPlain(value, deeper), beside);
  if (!hasValues(value)) return emitEmpty(value, deeper, beside);
  return value.kind === "branch"
    ? `${beside}\n${emitBranch(value, indentOf(deeper), deeper)}`
    : `${beside}\n${emitList(value, deeper, deeper)}`;
}

/** An empty collection may still have comments. */
function emitEmpty(value: Branch | List, deeper: string, beside: string): string {
  const comments = value.items.filter((item) => isComment(item)).map(({ text }) => `${deeper}#${text}\n`);
  return ` ${value.kind === "branch" ? "{}" : "[]"}${beside}\n${comments.join("")}`;
}

/** Behind the first line: that of a block begins with `|`. */
function besideText(text: string, beside: string): string {
  const end = text.indexOf("\n");
  return text.slice(0, end) + beside + text.slice(end);
}

function hasValues({ items }: Branch | List): boolean {
  return items.some((item: Value | Branch["items"][number]) => item.kind !== "comment");
}

function emitPlain(leaf: Leaf, indent: string): string {
  if (leaf.plain !== undefined && leaf.plain !== "") return ` ${leaf.plain}\n`;
  switch (leaf.type) {
    case "str":
      // Our own quoting of what sops writes plainly would change every line when the other tool edits the file.
      return leaf.text.startsWith("ENC[AES256_GCM,") ? ` ${leaf.text}\n` : emitLeaf(leaf.text, indent);
    case "time":
      return ` ${leaf.text}\n`;
    case "float":
      return emitFloat(leaf);
    case "int":
    case "bool":
    case "null":
      return emitLeaf(plainOf(leaf), indent);
  }
}

/** A float stays a float: `1` would be read as an integer. */
function emitFloat(leaf: Leaf): string {
  return /^-?\d+$/.test(leaf.text) ? ` ${leaf.text}.0\n` : emitLeaf(plainOf(leaf), "");
}
