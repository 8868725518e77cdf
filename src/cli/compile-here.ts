import { type Compilation, compile } from "../compiler/compile.ts";
import { readFolder } from "../compiler/write/read-sources.ts";
import { hasErrors } from "../core/diagnostic.ts";
import { colorOf, type Registration, rootOf } from "./command.ts";
import { formatText } from "./format-diagnostics.ts";
import { requireRepository } from "./repository.ts";

/** A compilation without errors. */
export interface Compiled extends Compilation {
  readonly inventory: NonNullable<Compilation["inventory"]>;
  readonly blueprint: NonNullable<Compilation["blueprint"]>;
}

/** Compiles the repository in memory; prints its errors, where it has any, and returns undefined. */
export function compileHere(registration: Registration): Compiled | undefined {
  const compilation = compile(readFolder(requireRepository(rootOf(registration))));
  const { inventory, blueprint, diagnostics } = compilation;
  if (hasErrors(diagnostics) || inventory === undefined || blueprint === undefined) {
    registration.terminal.stderr(formatText(diagnostics, { color: colorOf(registration) }));
    return undefined;
  }
  return { ...compilation, inventory, blueprint };
}
