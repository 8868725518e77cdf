import { appendFileSync, linkSync, mkdirSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { temporaryPath } from "../../compiler/write/scan-output.ts";
import type { SourceTree } from "../../model/source-tree.ts";
import type { LeakGuard } from "../../secrets/leaks/leak-guard.ts";
import { LeakError } from "../guard-output.ts";

/** The encrypted files of a repository, sorted by path. */
export function encryptedFiles(tree: SourceTree): readonly string[] {
  return [...tree.keys()].filter((path) => /[^/]\.sops\.yaml$/.test(path));
}

/** Writes files of a repository of which none may hold a secret in the clear. */
export interface SecretsWriter {
  /** Writes a file in one step, or not at all. */
  readonly replace: (path: string, text: string) => void;
  /**
   * Writes a file that must not be there in one step: of two who try at once, one fails.
   *
   * @throws Error with the code EEXIST where the file is there
   */
  readonly create: (path: string, text: string) => void;
  /** Adds lines to a file, which is made where it is not there. */
  readonly append: (path: string, text: string) => void;
}

/** Paths are from the root, with forward slashes. */
export function secretsWriter(root: string, guard: LeakGuard): SecretsWriter {
  const prepare = (path: string, text: string): void => {
    const leak = guard.check(text);
    if (leak !== undefined) throw new LeakError(leak);
    mkdirSync(dirname(join(root, path)), { recursive: true });
  };
  const writeBeside = (path: string, text: string): string => {
    prepare(path, text);
    const temporary = join(root, temporaryPath(path));
    writeFileSync(temporary, text);
    return temporary;
  };
  return {
    replace: (path, text) => {
      renameSync(writeBeside(path, text), join(root, path));
    },
    create: (path, text) => {
      const temporary = writeBeside(path, text);
      try {
        linkSync(temporary, join(root, path));
      } finally {
        unlinkSync(temporary);
      }
    },
    append: (path, text) => {
      prepare(path, text);
      appendFileSync(join(root, path), text);
    },
  };
}
