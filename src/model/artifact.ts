/** A file that the compiler makes. */
export interface Artifact {
  /** Path from the root of the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** Orders a list of artifacts by path. */
export function sortArtifacts(artifacts: readonly Artifact[]): Artifact[] {
  return artifacts.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}
