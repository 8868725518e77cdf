import { type Diagnostic, hasErrors, type LocatedDiagnostic } from "../core/diagnostic.ts";
import { type Artifact, sortArtifacts } from "../model/artifact.ts";
import type { Blueprint } from "../model/blueprint.ts";
import type { Inventory } from "../model/inventory.ts";
import type { SourceTree } from "../model/source-tree.ts";
import { audit } from "./audit/audit.ts";
import { load } from "./load/load.ts";
import { locate } from "./load/locate.ts";
import { render } from "./render/render.ts";
import { resolve } from "./resolve/resolve.ts";
import { plaintextSecrets } from "./validate/plaintext-secrets.ts";
import { secretReferences } from "./validate/secret-references.ts";
import { validate } from "./validate/validate.ts";

/** What a repository compiles to. With an error among the diagnostics there is nothing to write. */
export interface Compilation {
  /** The lock files and everything under generated/, by path; empty where there are errors. */
  readonly artifacts: readonly Artifact[];
  /** Undefined where an earlier phase found errors. */
  readonly inventory: Inventory | undefined;
  readonly blueprint: Blueprint | undefined;
  readonly diagnostics: readonly LocatedDiagnostic[];
}

/**
 * The whole compiler as a pure function: load, validate, resolve, render, audit. Reports every diagnostic of a
 * phase at once; a phase that finds errors is the last one, since what follows would only repeat them.
 */
export function compile(tree: SourceTree): Compilation {
  let found: readonly Diagnostic[] = [];
  const end = (rest: Partial<Compilation> = {}): Compilation => ({
    artifacts: [],
    inventory: undefined,
    blueprint: undefined,
    ...rest,
    diagnostics: locate(tree, found),
  });

  const loaded = load(tree);
  found = [...found, ...loaded.diagnostics];
  const validated = validate(loaded.value);
  found = [
    ...found,
    ...validated.diagnostics,
    ...plaintextSecrets(tree, loaded.value),
    ...secretReferences(loaded.value),
  ];
  const inventory = validated.value;
  if (inventory === undefined || hasErrors(found)) return end({ inventory });

  const resolved = resolve(inventory);
  found = [...found, ...resolved.diagnostics];
  if (resolved.value === undefined) return end({ inventory });
  const { blueprint, lockFiles } = resolved.value;
  if (hasErrors(found)) return end({ inventory, blueprint });

  const rendered = render(blueprint);
  found = [...found, ...rendered.diagnostics];
  if (hasErrors(found)) return end({ inventory, blueprint });

  const artifacts = sortArtifacts([...lockFiles, ...rendered.value]);
  found = [...found, ...audit(blueprint, artifacts)];
  return end({ inventory, blueprint, artifacts: hasErrors(found) ? [] : artifacts });
}
