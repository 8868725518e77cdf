import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** The root of the git work tree that a file is in; undefined where it is in none. */
export function gitFolderOf(path: string): string | undefined {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (existsSync(join(folder, ".git"))) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}
