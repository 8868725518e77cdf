import { CST, isAlias, isMap, isScalar, isSeq, Lexer, type Node, type Pair, parseAllDocuments } from "yaml";
import { type Diagnostic, error, type Outcome, type SourcePosition } from "../../core/diagnostic.ts";
import { plainScalar } from "./go-scalar.ts";
import type { Branch, Comment, Entry, List, Tree, Value } from "./tree.ts";
import { leaf } from "./tree.ts";

/**
 * Reads a YAML file as sops does: documents that are mappings, with their comments. Reports what is no YAML or
 * truncated (ICH9001) and what sops or ichor cannot hold (ICH9002); the value is undefined then.
 */
export function parseTree(file: string, text: string): Outcome<Tree | undefined> {
  const reading = new Reading(file, text);
  const documents = parseAllDocuments(text, { schema: "failsafe", logLevel: "silent", prettyErrors: false });
  if (!Array.isArray(documents)) return { value: [], diagnostics: [] };
  const [broken] = documents.flatMap((document) => document.errors);
  if (broken !== undefined) {
    // What the library says of it quotes the text.
    const message = "the file is not valid YAML from here on; the text is not shown, since it may be secret";
    const hint = "take the file from git again: it may have been cut off or merged by hand";
    return {
      value: undefined,
      diagnostics: [error("ICH9001", reading.at(broken.pos[0]), message, { hint })],
    };
  }
  const tree = documents.map((document) => {
    const end = { offset: document.range[2], column: -1 };
    return reading.document(document.contents, end);
  });
  const isWhole = reading.diagnostics.length === 0;
  return { value: isWhole ? tree : undefined, diagnostics: reading.diagnostics };
}

/** What comes after a collection: comments that are indented deeper belong to the collection. */
interface Next {
  readonly offset: number;
  readonly column: number;
}

interface CommentToken {
  readonly offset: number;
  readonly column: number;
  readonly text: string;
  /** Nothing stands before it on its line. */
  readonly isOwnLine: boolean;
}

/** One file being read: its comments in order are given to the items they stand before, beside or below. */
class Reading {
  readonly diagnostics: Diagnostic[] = [];
  readonly #file: string;
  readonly #text: string;
  readonly #comments: readonly CommentToken[];
  #taken = 0;

  constructor(file: string, text: string) {
    this.#file = file;
    this.#text = text;
    this.#comments = commentsOf(text);
  }

  at(offset: number): SourcePosition {
    const start = this.#lineStart(offset);
    const line = this.#text.slice(0, start).split("\n").length;
    return { file: this.#file, line, column: offset - start + 1 };
  }

  document(contents: Node | null, next: Next): Branch {
    if (isMap<Node, Node | null>(contents)) return this.#branch(contents.items, next, 0);
    const isEmpty = contents === null || (isScalar(contents) && contents.source === "");
    if (!isEmpty) this.#refuse(contents, "a SOPS file holds mappings; this document is something else");
    return { kind: "branch", items: this.#take(next.offset) };
  }

  #value(node: Node | null, next: Next): Value {
    if (isMap<Node, Node | null>(node)) return this.#branch(node.items, next, this.#columnOf(node));
    if (isSeq<Node>(node)) return this.#list(node.items, next, this.#columnOf(node));
    if (isAlias(node)) this.#refuse(node, "ichor reads no anchors and aliases in encrypted files");
    if (!isScalar(node)) return leaf("null", "");
    if (node.anchor !== undefined)
      this.#refuse(node, "ichor reads no anchors and aliases in encrypted files");
    const isText = node.type !== "PLAIN" || node.tag === "tag:yaml.org,2002:str";
    if (node.tag !== undefined && node.tag !== "tag:yaml.org,2002:str") {
      this.#refuse(node, "ichor reads no tags in encrypted files");
    }
    const found = isText ? leaf("str", String(node.value)) : plainScalar(node.source ?? "");
    if (found === undefined) this.#refuse(node, "sops holds no integer above 9223372036854775807");
    if (found === undefined || node.type !== "PLAIN" || (node.source ?? "").includes("\n")) {
      return found ?? leaf("null", "");
    }
    return node.source === undefined ? found : { ...found, plain: node.source };
  }

  #branch(pairs: readonly Pair<Node, Node | null>[], next: Next, column: number): Branch {
    const items: (Entry | Comment)[] = [];
    pairs.forEach((pair, index) => {
      const start = offsetOf(pair.key);
      const following = pairs[index + 1];
      const after = following === undefined ? next : { offset: offsetOf(following.key), column };
      items.push(...this.#take(start), ...this.#beside(pair.value, after));
      items.push({ kind: "entry", key: this.#key(pair.key), value: this.#value(pair.value, after) });
    });
    return { kind: "branch", items: [...items, ...this.#below(column, next)] };
  }

  #list(nodes: readonly Node[], next: Next, column: number): List {
    const items: (Value | Comment)[] = [];
    nodes.forEach((node, index) => {
      const following = nodes[index + 1];
      const after = following === undefined ? next : { offset: this.#dashBefore(following), column };
      items.push(...this.#take(this.#dashBefore(node)), ...this.#beside(node, after));
      items.push(this.#value(node, after));
    });
    return { kind: "list", items: [...items, ...this.#below(column, next)] };
  }

  #key(node: Node): string {
    const source = isScalar(node) ? String(node.value) : "";
    const isText = isScalar(node) && (node.type !== "PLAIN" || plainScalar(source)?.type === "str");
    if (!isText || source === "<<") this.#refuse(node, "sops holds no keys but texts: put the key in quotes");
    return source;
  }

  /** Comments before an offset. */
  #take(offset: number): Comment[] {
    const from = this.#taken;
    while ((this.#comments[this.#taken]?.offset ?? Number.POSITIVE_INFINITY) < offset) this.#taken += 1;
    return this.#comments.slice(from, this.#taken).map(({ text }) => comment(text, false));
  }

  /** Comments on the line of a value; those of a collection's key stand before the key in the tree, as in sops. */
  #beside(node: Node | null, next: Next): Comment[] {
    const end = isMap(node) || isSeq(node) ? (firstOffset(node) ?? next.offset) : next.offset;
    const found: Comment[] = [];
    for (;;) {
      const token = this.#comments[this.#taken];
      if (token === undefined || token.offset >= end || token.isOwnLine) return found;
      found.push(comment(token.text, isScalar(node)));
      this.#taken += 1;
    }
  }

  /** Comments below the last item of a collection that are indented like it or deeper. */
  #below(column: number, next: Next): Comment[] {
    const found: Comment[] = [];
    for (;;) {
      const token = this.#comments[this.#taken];
      const isInside = token !== undefined && token.offset < next.offset;
      if (!isInside || token.column < column || token.column <= next.column) return found;
      found.push(comment(token.text, false));
      this.#taken += 1;
    }
  }

  /** The dash of a list's item; its first character where there is none. */
  #dashBefore(node: Node): number {
    const offset = offsetOf(node);
    const line = this.#text.slice(this.#lineStart(offset), offset);
    const dash = /-\s+(?:[&!]\S+\s+)?$/.exec(line);
    return dash === null ? offset : offset - line.length + dash.index;
  }

  #columnOf(node: Node): number {
    const offset = firstOffset(node) ?? offsetOf(node);
    const start = isSeq<Node>(node) && node.items[0] !== undefined ? this.#dashBefore(node.items[0]) : offset;
    return start - this.#lineStart(start);
  }

  #lineStart(offset: number): number {
    return offset === 0 ? 0 : this.#text.lastIndexOf("\n", offset - 1) + 1;
  }

  #refuse(node: Node, message: string): void {
    this.diagnostics.push(error("ICH9002", this.at(offsetOf(node)), message));
  }
}

function comment(text: string, isInline: boolean): Comment {
  return { kind: "comment", text, isInline };
}

function offsetOf(node: Node | null): number {
  return node?.range?.[0] ?? 0;
}

function firstOffset(node: Node): number | undefined {
  if (isMap<Node>(node)) return node.items[0] === undefined ? undefined : offsetOf(node.items[0].key);
  return isSeq<Node>(node) && node.items[0] !== undefined ? offsetOf(node.items[0]) : undefined;
}

/** Every comment of a text, in order: the lexer knows what is a comment and what the inside of a text. */
function commentsOf(text: string): readonly CommentToken[] {
  const found: CommentToken[] = [];
  if (!text.includes("#")) return found;
  let offset = 0;
  let lineStart = 0;
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token);
    if (type === "doc-mode" || type === "flow-error-end" || type === "scalar") continue;
    if (type === "comment") {
      const isOwnLine = text.slice(lineStart, offset).trim() === "";
      found.push({ offset, column: offset - lineStart, text: token.slice(1), isOwnLine });
    }
    const newline = token.lastIndexOf("\n");
    if (newline >= 0) lineStart = offset + newline + 1;
    offset += token.length;
  }
  return found;
}
