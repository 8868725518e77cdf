import type { SourceTree, Unreadable } from "../../src/model/source-tree.ts";

/**
 * Changes a repository as a text says. The text has sections, each with a heading:
 *
 * - `=== PATH`: below it blocks of lines that start with `- ` and what they are replaced by, lines that start
 *   with `+ `. The removed lines have to stand in the file together, exactly once. A block of `+ ` lines alone
 *   goes to the end of the file.
 * - `=== PATH new`: the text below is the whole file.
 * - `=== PATH deleted`: the file goes.
 * - `=== PATH not-utf8 DETAIL` (or too-large, not-a-file): the file is there and cannot be read.
 *
 * `\xNN` and `\uNNNN` in lines of edits stand for that character. Lines before the first heading are comments.
 */
export function applyEdits(tree: SourceTree, text: string): SourceTree {
  const edited = new Map(tree);
  for (const section of text.split(/^=== /m).slice(1)) {
    const end = section.indexOf("\n");
    const [path = "", how, ...detail] = section.slice(0, end).trim().split(" ");
    const body = section.slice(end + 1);
    if (how === undefined) edited.set(path, replaceLines(textOf(edited, path), body, path));
    else if (how === "new") edited.set(path, unescaped(body));
    else if (how === "deleted") edited.delete(path);
    else edited.set(path, { unreadable: how as Unreadable["unreadable"], detail: detail.join(" ") });
  }
  return edited;
}

/** The text of a file, empty where it cannot be read. */
export function textOf(tree: SourceTree, path: string): string {
  const text = tree.get(path);
  return typeof text === "string" ? text : "";
}

function replaceLines(text: string, body: string, path: string): string {
  let edited = text;
  for (const [, before = "", after = ""] of body.matchAll(/((?:^- .*\n|^-\n)*)((?:^\+ .*\n|^\+\n)*)/gm)) {
    if (before === "" && after === "") continue;
    const from = before.replace(/^- ?/gm, "");
    const to = unescaped(after.replace(/^\+ ?/gm, ""));
    if (from === "") {
      edited += to;
      continue;
    }
    const at = edited.indexOf(from);
    if (at < 0 || edited.indexOf(from, at + 1) >= 0) {
      throw new Error(
        `${path}: these lines stand there ${at < 0 ? "not at all" : "more than once"}:\n${from}`,
      );
    }
    edited = edited.slice(0, at) + to + edited.slice(at + from.length);
  }
  return edited;
}

function unescaped(text: string): string {
  return text.replace(
    /\\x([0-9a-f]{2})|\\u([0-9a-f]{4})/g,
    (_, byte: string | undefined, unit: string | undefined) =>
      String.fromCharCode(Number.parseInt(byte ?? unit ?? "", 16)),
  );
}
