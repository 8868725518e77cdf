import { load } from "../../compiler/load/load.ts";
import { validate } from "../../compiler/validate/validate.ts";
import type { Diagnostic } from "../../core/diagnostic.ts";
import type { SourceTree } from "../../model/source-tree.ts";

/** What the compiler says of the clusters' bundles: whether they are those that were recorded. */
export function validateSecrets(tree: SourceTree): readonly Diagnostic[] {
  return validate(load(tree).value).diagnostics.filter(({ code }) => code.startsWith("ICH9"));
}
