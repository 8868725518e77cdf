import { Composer, CST, type Document, type ErrorCode, Lexer, type ParsedNode, Parser } from "yaml";
import { MAX_DEPTH } from "./yaml-cursor.ts";

/** What stops a file from being read, at an offset. */
export interface Refusal {
  readonly kind: "syntax" | "too-deep" | "too-large" | "anchor" | "alias" | "tag" | "directive";
  readonly offset: number;
  /** The text that was met, or what the library says of it. */
  readonly detail: string;
  /** The library's name of a syntax error. */
  readonly code?: ErrorCode;
}

/** A file as syntax trees. */
export interface ParsedYaml {
  readonly documents: readonly Document.Parsed<ParsedNode>[];
  /** In the order of the text; the trees can be trusted only where there are none. */
  readonly refusals: readonly Refusal[];
}

/** Bounds the time that a file takes: the largest rack that people write has some 10,000 tokens. */
export const MAX_TOKENS = 200_000;

/**
 * Reads any text with the `yaml` package, in bounded time and without ever throwing: tokens are counted and nesting is
 * measured while the text is split up, before anything recursive sees it, and aliases are never followed.
 *
 * @param text without byte order mark and carriage returns
 */
export function parseYaml(text: string): ParsedYaml {
  try {
    const { tokens, refusals, unclosed } = split(text);
    if (tokens === undefined) return { documents: [], refusals };
    const documents = compose(tokens);
    // What is refused at a place explains what the library says of it.
    const refused = new Set(refusals.map(({ offset }) => offset));
    const broken = documents.refusals
      .map((refusal) => atItsQuote(refusal, unclosed))
      .filter(({ offset }) => !refused.has(offset));
    const all = [...refusals, ...broken].toSorted((a, b) => a.offset - b.offset);
    return { documents: documents.value, refusals: all };
  } catch (thrown) {
    const detail = thrown instanceof Error ? thrown.message : String(thrown);
    return { documents: [], refusals: [{ kind: "syntax", offset: 0, detail }] };
  }
}

interface Split {
  /** Directives and documents; undefined where the text exceeds a limit. */
  readonly tokens: readonly CST.Token[] | undefined;
  readonly refusals: readonly Refusal[];
  /** Where quoted scalars start whose end is missing. */
  readonly unclosed: readonly number[];
}

function split(text: string): Split {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  const refusals: Refusal[] = [];
  const unclosed: number[] = [];
  const stop = (kind: Refusal["kind"], detail: number): Split => ({
    tokens: undefined,
    unclosed,
    refusals: [...refusals, { kind, offset: parser.offset, detail: String(detail) }],
  });
  let count = 0;
  let isContentNext = false;
  for (const lexeme of new Lexer().lex(text)) {
    if (++count > MAX_TOKENS) return stop("too-large", MAX_TOKENS);
    const kind = isContentNext ? undefined : refusedToken(lexeme);
    if (kind !== undefined) refusals.push({ kind, offset: parser.offset, detail: lexeme });
    if (!isContentNext && isUnclosed(lexeme)) unclosed.push(parser.offset);
    isContentNext = lexeme === CST.SCALAR;
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (isTooDeep(parser)) return stop("too-deep", MAX_DEPTH);
  }
  for (const token of parser.end()) tokens.push(token);
  return { tokens, refusals, unclosed };
}

/** A missing quote is reported where the text ends; people look for it where the quoted text starts. */
function atItsQuote(refusal: Refusal, unclosed: readonly number[]): Refusal {
  if (!refusal.detail.startsWith("Missing closing")) return refusal;
  return { ...refusal, offset: unclosed.findLast((start) => start < refusal.offset) ?? refusal.offset };
}

function isTooDeep({ stack }: Parser): boolean {
  return stack.length > MAX_DEPTH && stack.filter((token) => CST.isCollection(token)).length > MAX_DEPTH;
}

function isUnclosed(lexeme: string): boolean {
  const isQuoted = lexeme.startsWith('"') || lexeme.startsWith("'");
  return isQuoted && (lexeme.length === 1 || lexeme.at(-1) !== lexeme[0]);
}

function refusedToken(lexeme: string): Refusal["kind"] | undefined {
  const type = CST.tokenType(lexeme);
  if (type === "directive-line") return "directive";
  return type === "anchor" || type === "alias" || type === "tag" ? type : undefined;
}

/** The trees, and the first syntax error of each document: the others mostly follow from it. */
function compose(tokens: readonly CST.Token[]): {
  value: ParsedYaml["documents"];
  refusals: readonly Refusal[];
} {
  // Duplicate keys are found by plainValue: the library would compare each key with each.
  const composer = new Composer({ version: "1.2", schema: "core", uniqueKeys: false, logLevel: "silent" });
  const documents = [...composer.compose(tokens)] as Document.Parsed<ParsedNode>[];
  const errors = [...documents.map((document) => document.errors), composer.streamInfo().errors];
  const refusals = errors.flatMap(([first]): readonly Refusal[] =>
    first === undefined
      ? []
      : [{ kind: "syntax", offset: first.pos[0], detail: first.message, code: first.code }],
  );
  return { value: documents, refusals };
}
