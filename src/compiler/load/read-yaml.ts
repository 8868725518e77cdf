import type { ErrorCode } from "yaml";
import { type Diagnostic, error, type Outcome } from "../../core/diagnostic.ts";
import { parseYaml, type Refusal } from "./parse-yaml.ts";
import { plainValue, shorten } from "./plain-value.ts";
import { readYamlSubset } from "./read-yaml-subset.ts";
import { checkText, type SourceText, sourceText } from "./source-text.ts";

/** A broken file gets no longer list than this: whoever mends so many places runs ichor again. */
const MAX_DIAGNOSTICS = 100;

/**
 * Reads all documents of a file as plain values, by YAML 1.2's core schema; an empty document is null. A plain date is
 * a text. Reports ICH1004 to ICH1014, all errors. The value is empty where the structure of the file is unknown
 * (ICH1004 to ICH1010); otherwise it holds every document, those with errors in them too. Pure, never throws, and
 * takes bounded time for any text.
 *
 * @param file path for the positions, from the root of the repository
 */
export function readYaml(file: string, text: string): Outcome<readonly unknown[]> {
  const source = sourceText(file, text);
  const unfit = checkText(file, source);
  if (unfit !== undefined) return { value: [], diagnostics: [unfit] };
  const value = readYamlSubset(source.text);
  return value === undefined ? readAnyYaml(source) : { value, diagnostics: [] };
}

/** Reads what lies outside the subset with the `yaml` package, and says what is wrong with it. */
function readAnyYaml(source: SourceText): Outcome<readonly unknown[]> {
  const { documents, refusals } = parseYaml(source.text);
  if (refusals.length > 0) {
    const said = refusals.slice(0, MAX_DIAGNOSTICS).map((refusal) => describe(refusal, source));
    return { value: [], diagnostics: said };
  }
  const diagnostics: Diagnostic[] = [];
  const value = documents.map(({ contents }) => plainValue(contents, { source, diagnostics }));
  return { value, diagnostics: diagnostics.slice(0, MAX_DIAGNOSTICS) };
}

function describe(refusal: Refusal, source: SourceText): Diagnostic {
  const at = source.positionAt(refusal.offset);
  const { detail } = refusal;
  switch (refusal.kind) {
    case "syntax":
      return describeSyntax(refusal, source);
    case "too-deep":
      return error("ICH1008", at, `the document is nested deeper than ${detail} levels here`);
    case "too-large":
      return error(
        "ICH1008",
        at,
        `the file has more than ${detail} tokens; this is where the next one starts`,
      );
    case "anchor":
      return error("ICH1009", at, `${shorten(detail)} is an anchor; ichor reads no anchors and aliases`, {
        hint: "remove it and write the value out where it is used, or put the text in quotes",
      });
    case "alias":
      return error("ICH1009", at, `${shorten(detail)} is an alias; ichor reads no anchors and aliases`, {
        hint: "write the value out, say it in a higher layer, or put the text in quotes",
      });
    case "tag":
      return error("ICH1010", at, `${shorten(detail)} is a tag; ichor reads none`, {
        hint: "remove it, or put the text in quotes",
      });
    case "directive":
      return error("ICH1010", at, `${shorten(detail)} is a directive; ichor reads none`, {
        hint: "remove the line",
      });
  }
}

function describeSyntax({ offset, detail, code }: Refusal, source: SourceText): Diagnostic {
  const at = source.positionAt(offset);
  if (hasTabIndent(source.text, offset)) {
    const message = "the line is indented with a tab; YAML is indented with spaces";
    return error("ICH1007", at, message, { hint: "replace the tabs at the start of the line by spaces" });
  }
  const isOpen = /must .*end with a [\]}]$/.test(detail);
  const hint = isOpen ? CLOSE_BRACKET : code === undefined ? undefined : HINTS[code];
  const message = `the file is not valid YAML: ${shorten(inOwnWords(detail.replaceAll(/\s+/g, " ")), 160)}`;
  return error("ICH1006", at, message, hint === undefined ? {} : { hint });
}

/** What the library says, but for the two most common errors, which it says in the terms of YAML's grammar. */
function inOwnWords(detail: string): string {
  const quote = /^Missing closing (["'])quote/.exec(detail)?.[1];
  if (quote !== undefined) return `the text that starts here has no closing ${quote}`;
  const bracket = /^Flow .* end with a ([\]}])/.exec(detail)?.[1];
  return bracket === undefined
    ? detail
    : `a bracket opened above is not closed with ${bracket} before this line`;
}

/** Whether the line of an offset starts with spaces and a tab. */
function hasTabIndent(text: string, offset: number): boolean {
  const start = text.lastIndexOf("\n", Math.max(0, offset - 1)) + 1;
  return (
    /^ *\t/.test(text.slice(start, start + 200)) ||
    (text[offset] === "\t" && /^\s*$/.test(text.slice(start, offset)))
  );
}

const CLOSE_BRACKET = "close the bracket, or indent the lines inside it deeper than its key";

const HINTS: Readonly<Partial<Record<ErrorCode, string>>> = {
  BAD_INDENT: "indent the line like its neighbours: spaces only, the same number for keys of one mapping",
  BAD_SCALAR_START: "put the value in quotes: it starts with a character that has a meaning of its own",
  BLOCK_AS_IMPLICIT_KEY:
    "put the value in quotes if it holds a colon followed by a space; otherwise start a new line",
  BLOCK_IN_FLOW: "close the bracket before the next line, or write the whole as lines without brackets",
  MISSING_CHAR: "look for a quote, bracket, comma or colon that is missing here or on the line before",
  MULTILINE_IMPLICIT_KEY:
    "look for a colon that is missing on this line, or a quote that is not closed above it",
  UNEXPECTED_TOKEN: "look at this line and the one before: a value may have ended earlier than it seems",
};
