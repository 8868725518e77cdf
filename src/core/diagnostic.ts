import type { Code } from "./codes.ts";
import type { Path } from "./path.ts";

/** A place in a source file named by what stands there; {@link SourcePosition} is found for it when it is shown. */
export interface SourceRef {
  /** Path from the root of the repository, with forward slashes. */
  readonly file: string;
  /** Index of the YAML document in the file, from 0. */
  readonly document: number;
  readonly path: Path;
  /** Points at the key of the last step of `path` instead of at its value. */
  readonly on?: "key";
}

/** A place in a source file by line and column, both from 1; columns count UTF-16 units, as editors do. */
export interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export type Severity = "error" | "warning";

/** Another place that has to be seen to understand a diagnostic. */
export interface Related {
  readonly message: string;
  readonly at: SourceRef | SourcePosition;
}

/**
 * A mistake in the repository, as a value: collected, sorted, printed, never thrown.
 * `message` says what is wrong with which value and why; `hint` says what to do. Both, and what is said of related
 * places, start in lower case unless with a name or a kind, and end without a full stop.
 */
export interface Diagnostic {
  readonly code: Code;
  readonly severity: Severity;
  readonly message: string;
  readonly at: SourceRef | SourcePosition;
  readonly related?: readonly Related[];
  readonly hint?: string;
}

/** A diagnostic whose places all have lines and columns. */
export interface LocatedDiagnostic extends Diagnostic {
  readonly at: SourcePosition;
  readonly related?: readonly { readonly message: string; readonly at: SourcePosition }[];
}

/** A value together with what was found wrong on the way to it. */
export interface Outcome<T> {
  readonly value: T;
  readonly diagnostics: readonly Diagnostic[];
}

/** Makes an error; `options` adds a hint and related places. */
export function error(
  code: Code,
  at: SourceRef | SourcePosition,
  message: string,
  options: Pick<Diagnostic, "hint" | "related"> = {},
): Diagnostic {
  return { code, severity: "error", message, at, ...options };
}

/** Makes a warning; `options` adds a hint and related places. */
export function warning(
  code: Code,
  at: SourceRef | SourcePosition,
  message: string,
  options: Pick<Diagnostic, "hint" | "related"> = {},
): Diagnostic {
  return { code, severity: "warning", message, at, ...options };
}

/** The same document as `ref`, further down by `steps`. */
export function within(ref: SourceRef, ...steps: readonly (string | number)[]): SourceRef {
  return { file: ref.file, document: ref.document, path: [...ref.path, ...steps] };
}

/** The key of the value that `ref` and `steps` lead to. */
export function keyOf(ref: SourceRef, ...steps: readonly (string | number)[]): SourceRef {
  return { ...within(ref, ...steps), on: "key" };
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === "error");
}

/** Orders by file, line, column, code, message, so that the same repository always prints the same list. */
export function sortDiagnostics(diagnostics: readonly LocatedDiagnostic[]): LocatedDiagnostic[] {
  return diagnostics.toSorted(
    (a, b) =>
      compareText(a.at.file, b.at.file) ||
      a.at.line - b.at.line ||
      a.at.column - b.at.column ||
      compareText(a.code, b.code) ||
      compareText(a.message, b.message),
  );
}

/** Compares by UTF-16 units: the same order on every machine and in every locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
