import { type Compilation, compile } from "../compiler/compile.ts";
import { readFolder } from "../compiler/write/read-sources.ts";
import { hasErrors, type LocatedDiagnostic } from "../core/diagnostic.ts";
import type { SourceTree } from "../model/source-tree.ts";
import { colorOf, type Registration, rootOf } from "./command.ts";
import { formatText } from "./format-diagnostics.ts";
import { requireRepository } from "./repository.ts";

/** A compilation without errors. */
export interface Compiled extends Compilation {
  readonly inventory: NonNullable<Compilation["inventory"]>;
  readonly blueprint: NonNullable<Compilation["blueprint"]>;
  /** What it was compiled from: places are found in it. */
  readonly tree: SourceTree;
}

/** Compiles a tree; the value is undefined where there are errors. */
export function compileTree(tree: SourceTree): {
  readonly value: Compiled | undefined;
  readonly diagnostics: readonly LocatedDiagnostic[];
} {
  const compilation = compile(tree);
  const { inventory, blueprint, diagnostics } = compilation;
  const isWhole = !hasErrors(diagnostics) && inventory !== undefined && blueprint !== undefined;
  return { value: isWhole ? { ...compilation, inventory, blueprint, tree } : undefined, diagnostics };
}

/** Compiles the repository in memory; prints its errors, where it has any, and returns undefined. */
export function compileHere(registration: Registration): Compiled | undefined {
  const root = requireRepository(rootOf(registration));
  const { value, diagnostics } = compileTree(readFolder(root));
  if (value === undefined) {
    registration.terminal.stderr(formatText(diagnostics, { color: colorOf(registration) }));
  }
  return value;
}
