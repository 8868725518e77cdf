import { spawnSync } from "node:child_process";
import type { Registration } from "../command.ts";

/** At most so many paths are written out in a command. */
const PATHS_MAX = 6;

/** Says how what was done to files becomes everybody's; nothing where git sees no change, or is not used. */
export function sayCommit(
  { terminal }: Registration,
  root: string,
  change: { readonly paths: readonly string[]; readonly message: string },
): void {
  const status = ["status", "--porcelain", "-z", "--untracked-files=all", "--", ...change.paths];
  const asked = spawnSync("git", ["-C", root, ...status], { encoding: "utf8" });
  const seen = asked.status === 0 ? asked.stdout.split("\0") : [];
  const changed = change.paths.filter((path) => seen.some((line) => line.endsWith(path)));
  if (changed.length === 0) return;
  const paths = changed.length > PATHS_MAX ? "locks" : changed.join(" ");
  const git = root === terminal.cwd ? "git" : `git -C '${root}'`;
  terminal.stderr(
    `commit it, so that everybody sees it: ${git} add --all ${paths} && ${git} commit --message "${change.message}" -- ${paths}\n`,
  );
}
