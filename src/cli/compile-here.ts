import { type Compilation, compile } from "../compiler/compile.ts";
import { readFolder } from "../compiler/write/read-sources.ts";
import { hasErrors, type LocatedDiagnostic } from "../core/diagnostic.ts";
import { colorOf, type Registration, rootOf } from "./command.ts";
import { formatText } from "./format-diagnostics.ts";
import { requireRepository } from "./repository.ts";

/** A compilation without errors. */
export interface Compiled extends Compilation {
  readonly inventory: NonNullable<Compilation["inventory"]>;
  readonly blueprint: NonNullable<Compilation["blueprint"]>;
}

/** The compilation where it has no errors, undefined where it has. */
export function withoutErrors(compilation: Compilation): {
  readonly value: Compiled | undefined;
  readonly diagnostics: readonly LocatedDiagnostic[];
} {
  const { inventory, blueprint, diagnostics } = compilation;
  const isWhole = !hasErrors(diagnostics) && inventory !== undefined && blueprint !== undefined;
  return { value: isWhole ? { ...compilation, inventory, blueprint } : undefined, diagnostics };
}

/** Compiles the repository in memory; prints its errors, where it has any, and returns undefined. */
export function compileHere(registration: Registration): Compiled | undefined {
  const root = requireRepository(rootOf(registration));
  const { value, diagnostics } = withoutErrors(compile(readFolder(root)));
  if (value === undefined) {
    registration.terminal.stderr(formatText(diagnostics, { color: colorOf(registration) }));
  }
  return value;
}
