import type { Outcome } from "../../core/diagnostic.ts";
import type { Artifact } from "../../model/artifact.ts";
import type { Blueprint } from "../../model/blueprint.ts";
import { GENERATORS } from "./generators.ts";
import { renderMachines } from "./talos/talos.ts";

/**
 * Spells the blueprint out as the files of generated/. Reports ICH5xxx for users' patches that Talos would
 * refuse.
 */
export function render(blueprint: Blueprint): Outcome<readonly Artifact[]> {
  const machines = renderMachines(blueprint);
  const others = GENERATORS.flatMap((generator) => [...generator.generate(blueprint)]);
  return { value: [...machines.value, ...others], diagnostics: machines.diagnostics };
}
