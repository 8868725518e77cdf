import { type Cursor, endOfLine, nextLine, PIPE, SPACE } from "./yaml-cursor.ts";

/**
 * Reads `|` or `>` at the cursor, with `-` or nothing behind it; its lines have to be indented deeper than `indent`.
 *
 * @returns undefined outside the subset: indentation indicators, `+`, comments, and lines that start or end in spaces
 */
export function readBlockScalar(c: Cursor, indent: number): string | undefined {
  const { text } = c;
  const isLiteral = text.charCodeAt(c.at) === PIPE;
  const header = /^[|>](-?) *$/.exec(text.slice(c.at, endOfLine(text, c.at)));
  if (header === null) return undefined;
  c.at = Math.min(endOfLine(text, c.at) + 1, text.length);
  const lines = readLines(c, indent);
  if (lines === undefined) return undefined;
  nextLine(c);
  const content = isLiteral ? lines.join("\n") : fold(lines);
  return content === undefined || header[1] === "-" ? content : `${content}\n`;
}

/** The lines without their common indentation and without empty lines at the end; at least one. */
function readLines(c: Cursor, indent: number): string[] | undefined {
  const { text } = c;
  const lines: string[] = [];
  let width = 0;
  while (c.at < text.length) {
    const end = endOfLine(text, c.at);
    const spaces = countSpaces(text, c.at);
    const isEmpty = c.at + spaces === end;
    if (isEmpty && spaces > 0) return undefined;
    if (!isEmpty && width === 0) width = spaces > indent ? spaces : -1;
    if (!isEmpty && (width === -1 || spaces < width)) break;
    lines.push(text.slice(c.at + (isEmpty ? 0 : width), end));
    c.at = Math.min(end + 1, text.length);
  }
  while (lines.at(-1) === "") lines.pop();
  return lines.length === 0 ? undefined : lines;
}

function countSpaces(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) === SPACE) at++;
  return at - from;
}

/** Joins lines by spaces; each empty line stands for a line break. */
function fold(lines: readonly string[]): string | undefined {
  let folded = "";
  let isJoined = true;
  for (const line of lines) {
    if (line === "") {
      folded += "\n";
      isJoined = true;
      continue;
    }
    if (line.startsWith(" ") || line.endsWith(" ")) return undefined;
    folded += isJoined ? line : ` ${line}`;
    isJoined = false;
  }
  return folded;
}
