import { join } from "node:path";
import type { Artifact } from "../../model/artifact.ts";
import type { Present } from "./plan-folder.ts";

/** Where the lock files are. */
export const LOCK_FOLDER = "inventory/allocations/";

/** What has to happen to the lock files. */
export interface LockPlan {
  readonly created: readonly Artifact[];
  readonly changed: readonly Artifact[];
  readonly removed: readonly string[];
  readonly unchanged: number;
}

/**
 * Compares lock files with what is there. A lock file that is no longer made, because its rack or site is
 * gone, is removed only when it records nothing: a claim or the count of wipes is never forgotten this way.
 */
export function planLocks(artifacts: readonly Artifact[], present: Present): LockPlan {
  const { root, fs, output } = present;
  const read = (path: string) => fs.readFile(join(root, path)).toString("utf8");
  const made = new Set(artifacts.map(({ path }) => path));
  const created = artifacts.filter(({ path }) => !output.files.has(path));
  const changed = artifacts.filter(({ path, text }) => output.files.has(path) && read(path) !== text);
  const gone = [...output.files].filter((path) => path.startsWith(LOCK_FOLDER) && !made.has(path));
  return {
    created,
    changed,
    removed: gone.filter((path) => recordsNothing(read(path))),
    unchanged: artifacts.length - created.length - changed.length,
  };
}

/** Whether a lock file has only servers that were never used, or nothing at all. */
function recordsNothing(text: string): boolean {
  return text
    .split("\n")
    .every((line) => /^\s*(?:#.*|\{\}|[a-z0-9][a-z0-9.-]*:|claim: free w0)?\s*$/u.test(line));
}
