import { didYouMean } from "../../core/suggest.ts";
import { UsageError } from "../terminal.ts";
import { encryptedFiles } from "./files.ts";
import type { Workspace } from "./workspace.ts";

/** The cluster whose bundle a file is by its place; undefined for other files. */
export function clusterOfBundle(file: string): string | undefined {
  return /^clusters\/[^/]+\/([^/]+)\/secrets\.sops\.yaml$/.exec(file)?.[1];
}

/**
 * The encrypted files that names of files and of clusters stand for, sorted; all of them where that is asked for.
 *
 * @throws UsageError where a name stands for none, and where neither names nor all are given
 */
export function chooseFiles(
  { tree }: Pick<Workspace, "tree">,
  { names, all }: { readonly names: readonly string[]; readonly all: boolean },
): readonly string[] {
  const files = encryptedFiles(tree);
  if (all) return files;
  if (names.length === 0) throw new UsageError("name files or clusters, or say --all");
  const chosen = names.map((name) => {
    const found = files.find((file) => file === name || clusterOfBundle(file) === name);
    if (found !== undefined) return found;
    const known = files.flatMap((file) => [file, clusterOfBundle(file) ?? file]);
    throw new UsageError(
      `there is no encrypted file and no bundle of a cluster "${name}"${didYouMean(name, known)}`,
    );
  });
  return [...new Set(chosen)].sort();
}
