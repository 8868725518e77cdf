import { styleText } from "node:util";
import { CODES } from "../core/codes.ts";
import type { LocatedDiagnostic, SourcePosition } from "../core/diagnostic.ts";

type Style = Parameters<typeof styleText>[0];
type Paint = (style: Style, text: string) => string;

/**
 * Diagnostics for people, one line each with what belongs to it indented below, and the count at the end:
 *
 * @example
 * ```text
 * clusters/hel1/hel1-vran7/cluster.yaml:12:7 error ICH3001 no pool named "genral" (did you mean "general"?)
 *   see inventory/sites/hel1/pools.yaml:4:9 the pools of the site
 *   hint: correct the name
 * 1 error
 * ```
 *
 * @returns text that ends with a line break; empty where there are none
 */
export function formatText(
  diagnostics: readonly LocatedDiagnostic[],
  options: { readonly color: boolean },
): string {
  if (diagnostics.length === 0) return "";
  // The caller knows whether colours are wanted; what styleText would find out by itself must not count.
  const paint: Paint = (style, text) =>
    options.color ? styleText(style, text, { validateStream: false }) : text;
  const lines = diagnostics.flatMap((diagnostic) => linesOf(diagnostic, paint));
  return `${[...lines, formatCount(diagnostics)].join("\n")}\n`;
}

function linesOf(diagnostic: LocatedDiagnostic, paint: Paint): readonly string[] {
  const { at, code, severity, message, related = [], hint } = diagnostic;
  const word = paint(severity === "error" ? ["red", "bold"] : ["yellow", "bold"], severity);
  const place = paint("bold", formatPosition(at));
  return [
    `${place} ${word} ${paint("dim", code)} ${onOneLine(message)}`,
    ...related.map((other) => `  see ${formatPosition(other.at)} ${onOneLine(other.message)}`),
    ...(hint === undefined ? [] : [`  ${paint("cyan", "hint:")} ${onOneLine(hint)}`]),
  ];
}

/** `3 errors, 1 warning`. */
function formatCount(diagnostics: readonly LocatedDiagnostic[]): string {
  const { errors, warnings } = count(diagnostics);
  const parts = [
    ...(errors > 0 ? [plural(errors, "error")] : []),
    ...(warnings > 0 ? [plural(warnings, "warning")] : []),
  ];
  return parts.join(", ");
}

function plural(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}

function count(diagnostics: readonly LocatedDiagnostic[]): {
  readonly errors: number;
  readonly warnings: number;
} {
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  return { errors, warnings: diagnostics.length - errors };
}

function formatPosition({ file, line, column }: SourcePosition): string {
  return `${onOneLine(file)}:${line}:${column}`;
}

/** Values from files must neither break a line nor steer a terminal: control characters are shown escaped. */
function onOneLine(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Diagnostics for programs: one JSON document, whose form `formatVersion` names. */
export function formatJson(diagnostics: readonly LocatedDiagnostic[]): string {
  const document = {
    formatVersion: "1.0",
    ...count(diagnostics),
    diagnostics: diagnostics.map(({ code, severity, message, at, related = [], hint }) => ({
      code,
      severity,
      title: CODES[code].title,
      message,
      ...flatPosition(at),
      ...(hint === undefined ? {} : { hint }),
      related: related.map((other) => ({ message: other.message, ...flatPosition(other.at) })),
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function flatPosition({ file, line, column }: SourcePosition): SourcePosition {
  return { file, line, column };
}

/**
 * Diagnostics as GitHub's workflow commands, which show them beside the lines of a pull request.
 * https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
 */
export function formatGithub(diagnostics: readonly LocatedDiagnostic[]): string {
  return diagnostics.map((diagnostic) => `${workflowCommand(diagnostic)}\n`).join("");
}

function workflowCommand({ code, severity, message, at, related = [], hint }: LocatedDiagnostic): string {
  const title = `${code} ${CODES[code].title}`;
  const properties = { file: at.file, line: at.line, col: at.column, title };
  const list = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(String(value))}`);
  const text = [
    message,
    ...related.map((other) => `see ${formatPosition(other.at)} ${other.message}`),
    ...(hint === undefined ? [] : [`hint: ${hint}`]),
  ].join("\n");
  return `::${severity} ${list.join(",")}::${escapeMessage(text)}`;
}

/** As `escapeData` of github.com/actions/toolkit, packages/core/src/command.ts. */
function escapeMessage(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

/** As `escapeProperty` there. */
function escapeProperty(text: string): string {
  return escapeMessage(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
