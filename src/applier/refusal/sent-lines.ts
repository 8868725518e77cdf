import type { Path } from "../../core/path.ts";

/** A place in a stream of documents. */
export interface Place {
  /** From 0. */
  readonly document: number;
  readonly path: Path;
}

interface Level {
  readonly indent: number;
  step: string | number;
}

/**
 * What stands on a line, from 1, of a text that `emitYamlDocuments` wrote; undefined where there is no such line. The
 * lines of a text in a literal block are those of its key.
 */
export function placeOfLine(text: string, line: number): Place | undefined {
  const lines = text.split("\n");
  if (line < 1 || line > lines.length) return undefined;
  let document = 0;
  let levels: Level[] = [];
  let block: number | undefined;
  for (const current of lines.slice(0, line)) {
    const indent = /^ */.exec(current)?.[0].length ?? 0;
    const isContent = block !== undefined && (current === "" || indent > block);
    if (isContent) continue;
    block = undefined;
    if (current === "---") {
      document += 1;
      levels = [];
    } else if (current !== "") {
      levels = descend(levels, current, indent);
      if (/(?:^|[:-]) \|[-+]?$/.test(current)) block = levels.at(-1)?.indent ?? 0;
    }
  }
  return { document, path: levels.map(({ step }) => step) };
}

/** The levels that a line is at: those above it, dashes before a key, and the key. */
function descend(above: readonly Level[], line: string, indent: number): Level[] {
  let rest = line.slice(indent);
  let at = indent;
  let levels = above.filter((level) => level.indent <= at);
  while (rest === "-" || rest.startsWith("- ")) {
    levels = levels.filter((level) => level.indent <= at);
    const same = levels.at(-1);
    if (same?.indent === at && typeof same.step === "number") {
      levels = [...levels.slice(0, -1), { indent: at, step: same.step + 1 }];
    } else levels.push({ indent: at, step: 0 });
    rest = rest.slice(2);
    at += 2;
  }
  const key = keyOf(rest);
  return key === undefined
    ? levels
    : [...levels.filter((level) => level.indent < at), { indent: at, step: key }];
}

/** Quoted keys are JSON; a key too long for a line stands on one of its own, behind a question mark. */
function keyOf(text: string): string | undefined {
  const [, long, quoted, plain] =
    /^(?:\? (.*)|("(?:[^"\\]|\\.)*"):(?: .*)?|((?:[^:"]|:(?! |$))+):(?: .*)?)$/s.exec(text) ?? [];
  const written = quoted ?? long;
  if (written === undefined) return plain;
  return written.startsWith('"') ? (JSON.parse(written) as string) : written;
}
