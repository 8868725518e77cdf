import type { Code } from "../../core/codes.ts";
import { didYouMean } from "../../core/suggest.ts";

/** What is wrong with a disk selector, without its place. */
export interface SelectorMistake {
  readonly code: Code;
  readonly message: string;
  readonly hint: string;
}

/** Fields of `disk`: Talos' `block.DiskSpec` at v1.14.1. */
const DISK_FIELDS = new Set([
  "size",
  "io_size",
  "sector_size",
  "readonly",
  "model",
  "serial",
  "modalias",
  "wwid",
  "bus_path",
  "sub_system",
  "transport",
  "rotational",
  "cdrom",
  "dev_path",
  "pretty_size",
  "secondary_disks",
  "uuid",
  "symlinks",
  "firmware_version",
]);

/** Multipliers that Talos adds to CEL, all unsigned (`cel/celenv` at v1.14.1). */
const UNITS = new Set(["KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "kB", "MB", "GB", "TB", "PB", "EB"]);

/** Words and functions of CEL and those that Talos adds. */
const WORDS = new Set([
  "true",
  "false",
  "null",
  "in",
  "glob",
  "has",
  "size",
  "int",
  "uint",
  "double",
  "string",
  "bool",
  "bytes",
  "dyn",
  "type",
  "duration",
  "timestamp",
  "matches",
]);

/** White space and comments have no group. */
const TOKEN =
  /\s+|\/\/.*|(?<text>[rRbB]*"(?:[^"\\]|\\.)*"|[rRbB]*'(?:[^'\\]|\\.)*')|(?<number>(?:0x[0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)u?)|(?<word>[A-Za-z_]\w*)|(?<sign>==|!=|<=|>=|&&|\|\||[-+*/%<>!?:,.()[\]{}])|(?<wrong>[\s\S])/gy;

interface Token {
  readonly sort: "text" | "number" | "word" | "sign" | "wrong";
  readonly text: string;
}

/**
 * Finds the mistakes of a disk selector, a CEL expression over `disk` and `system_disk`, that can be found without
 * evaluating CEL: unknown signs, brackets, names and signed sizes.
 */
export function judgeDiskSelector(selector: string): SelectorMistake[] {
  const tokens = tokensOf(selector);
  const unreadable = whyUnreadable(tokens);
  if (unreadable !== undefined) {
    const message = `the disk selector ${code(selector)} cannot be read: ${unreadable}`;
    return [
      { code: "ICH3421", message, hint: 'it is an expression in CEL, such as `disk.transport == "nvme"`' },
    ];
  }
  return [...unknownWords(selector, tokens), ...signedSizes(selector, tokens)];
}

function tokensOf(selector: string): Token[] {
  return [...selector.matchAll(TOKEN)].flatMap(({ groups = {} }) =>
    (["text", "number", "word", "sign", "wrong"] as const).flatMap((sort) => {
      const text = groups[sort];
      return text === undefined ? [] : [{ sort, text }];
    }),
  );
}

function whyUnreadable(tokens: readonly Token[]): string | undefined {
  if (tokens.length === 0) return "it is empty";
  const open: string[] = [];
  for (const { sort, text } of tokens) {
    if (sort === "wrong") return whyWrong(text);
    if (sort !== "sign") continue;
    const closing = { "(": ")", "[": "]", "{": "}" }[text];
    if (closing !== undefined) open.push(closing);
    else if (")]}".includes(text) && open.pop() !== text) return `a "${text}" closes nothing`;
  }
  return open.length === 0 ? undefined : `a "${open.at(-1)}" is missing`;
}

function whyWrong(text: string): string {
  if (text === "=") return 'a single "=" compares nothing; write "=="';
  if (text === "&" || text === "|") return `a single "${text}" is no operator; write "${text}${text}"`;
  if (text === '"' || text === "'") return `a quote ${text} is not closed`;
  return `"${text}" has no meaning here`;
}

function unknownWords(selector: string, tokens: readonly Token[]): SelectorMistake[] {
  const variables = macroVariables(tokens);
  const report = (message: string, hint: string): SelectorMistake => ({
    code: "ICH3422",
    message: `the disk selector ${code(selector)} ${message}`,
    hint,
  });
  return tokens.flatMap(({ sort, text }, index) => {
    if (sort !== "word") return [];
    const before = tokens[index - 1]?.text;
    if (before === ".") {
      if (tokens[index - 2]?.text !== "disk" || DISK_FIELDS.has(text)) return [];
      const hint = `disks have ${[...DISK_FIELDS].join(", ")}`;
      return [report(`asks for \`disk.${text}\`, which no disk has${didYouMean(text, DISK_FIELDS)}`, hint)];
    }
    const known = ["disk", "system_disk", ...UNITS, ...WORDS, ...variables];
    if (known.includes(text)) return [];
    const hint = "it may use `disk`, `system_disk`, and units such as GB and GiB; and is `&&`, or is `||`";
    return [report(`uses "${text}", which means nothing${didYouMean(text, known)}`, hint)];
  });
}

/** An expression as messages show it, cut where it is long. */
function code(selector: string): string {
  const max = 100;
  return `\`${selector.length <= max ? selector : `${selector.slice(0, max - 1)}…`}\``;
}

/** Names that macros bring in: `s` of `disk.symlinks.exists(s, s.startsWith("x"))`. */
function macroVariables(tokens: readonly Token[]): string[] {
  return tokens.flatMap(({ sort, text }, index) => {
    const isFirst = tokens[index - 1]?.text === "(" && tokens[index + 1]?.text === ",";
    const macro = tokens[index - 2];
    const isMacro = /^(all|exists|exists_one|map|filter)$/.test(macro?.text ?? "");
    return sort === "word" && isFirst && isMacro ? [text] : [];
  });
}

/** CEL does not mix signed and unsigned numbers: `400 * GB` and `disk.size > 400` fail on the machine. */
function signedSizes(selector: string, tokens: readonly Token[]): SelectorMistake[] {
  return tokens.flatMap(({ sort, text }, index) => {
    if (sort !== "number" || text.endsWith("u") || !isBesideSize(tokens, index)) return [];
    const message = `the disk selector ${code(selector)} compares a size with the signed number ${text}, which CEL refuses`;
    const hint = /^\d+$/.test(text) ? `write ${text}u` : "write a whole number with a u behind it";
    return [{ code: "ICH3423", message, hint: `sizes are unsigned: ${hint}` }];
  });
}

/** Whether a number is multiplied with a unit or compared with a size: `N * GB`, `GB * N`, `disk.size > N`, `N < disk.size`. */
function isBesideSize(tokens: readonly Token[], index: number): boolean {
  const at = (offset: number): string => tokens[index + offset]?.text ?? "";
  const isUnit = (at(1) === "*" && UNITS.has(at(2))) || (at(-1) === "*" && UNITS.has(at(-2)));
  const comparison = /^(==|!=|<=|>=|<|>)$/;
  const size = /^(size|io_size|sector_size)$/;
  const isRight = comparison.test(at(-1)) && size.test(at(-2)) && at(-3) === ".";
  const isLeft = comparison.test(at(1)) && at(3) === "." && size.test(at(4));
  return isUnit || isRight || isLeft;
}
