import { type Diagnostic, error, type SourcePosition } from "../../core/diagnostic.ts";

/** A text as the readers of YAML get it, with a way from offsets to positions. */
export interface SourceText {
  /** Without a byte order mark, lines ended by a line feed alone. */
  readonly text: string;
  /** Line and column of an offset into `text`; both are those of the original. */
  positionAt(offset: number): SourcePosition;
}

/** Prepares the text of a file; lines and columns stay what an editor shows. */
export function sourceText(file: string, original: string): SourceText {
  const unmarked = original.startsWith("\uFEFF") ? original.slice(1) : original;
  const text = unmarked.includes("\r\n") ? unmarked.replaceAll("\r\n", "\n") : unmarked;
  let starts: readonly number[] | undefined;
  return {
    text,
    positionAt(offset) {
      starts ??= lineStarts(text);
      const clamped = Math.max(0, Math.min(offset, text.length));
      const line = lineOf(starts, clamped);
      return { file, line: line + 1, column: clamped - (starts[line] ?? 0) + 1 };
    },
  };
}

/** What makes a text unfit for any reader of YAML: conflict markers (ICH1004), control characters (ICH1005). */
export function checkText(file: string, source: SourceText): Diagnostic | undefined {
  const { text } = source;
  const marker = /^(?:<{7} |>{7} |\|{7} |={7}$)/m.exec(text);
  if (marker !== null) return conflict(file, source.positionAt(marker.index));
  const unfit = /[^\P{Cc}\n\t]|[\u2028\u2029\uFEFF]/u.exec(text);
  if (unfit === null) return undefined;
  const name = `U+${unfit[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
  const message = `the file holds the character ${name}, which does not belong in YAML`;
  const hint = "remove it, or write it as an escape in double quotes";
  return error("ICH1005", source.positionAt(unfit.index), message, { hint });
}

function conflict(file: string, at: SourcePosition): Diagnostic {
  const message =
    "git could not merge two changes here, and the lines that it marks were committed as they are";
  const hint = file.startsWith("inventory/allocations/")
    ? "take the lock files of the main branch, `git checkout main -- inventory/allocations`, and run `ichor compile`"
    : "keep the lines that are meant and remove the markers";
  return error("ICH1004", at, message, { hint });
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

/** Index of the last line that starts at or before the offset. */
function lineOf(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
