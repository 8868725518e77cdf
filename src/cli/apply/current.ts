import { spawnSync } from "node:child_process";
import { readFolder } from "../../compiler/write/read-sources.ts";
import { writeArtifacts } from "../../compiler/write/write-artifacts.ts";
import { colorOf, type Registration } from "../command.ts";
import { type Compiled, compileTree } from "../compile-here.ts";
import { formatText } from "../format-diagnostics.ts";
import { UsageError } from "../terminal.ts";

/**
 * The repository compiled; undefined where it has errors, which were printed.
 *
 * @throws UsageError where what stands in generated/ is not what comes out: only that was reviewed
 */
export function compileCurrent(registration: Registration, root: string): Compiled | undefined {
  const { terminal } = registration;
  const { value, diagnostics } = compileTree(readFolder(root));
  if (value === undefined) {
    terminal.stderr(formatText(diagnostics, { color: colorOf(registration) }));
    return undefined;
  }
  const written = writeArtifacts(root, value.artifacts, { check: true, overwrite: false });
  const stale = [...written.created, ...written.changed, ...written.removed];
  if (stale.length === 0) return value;
  throw new UsageError(
    `generated/ and inventory/allocations/ are not what the repository compiles to (${stale[0]}${stale.length > 1 ? ` and ${stale.length - 1} more` : ""}): run "ichor compile" and have the result reviewed`,
  );
}

/** The commit that is checked out; undefined where git knows none. */
export function commitOf(root: string): string | undefined {
  const asked = spawnSync("git", ["-C", root, "rev-parse", "HEAD"], { encoding: "utf8" });
  return asked.status === 0 ? asked.stdout.trim() : undefined;
}
