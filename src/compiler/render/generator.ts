import type { Artifact } from "../../model/artifact.ts";
import type { Blueprint } from "../../model/blueprint.ts";

/** Makes one sort of file from the blueprint. Pure; never sees what other generators made. */
export interface Generator {
  /** For messages: `ipxe`, `argocd`. */
  readonly name: string;
  readonly generate: (blueprint: Blueprint) => Iterable<Artifact>;
}
