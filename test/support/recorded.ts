import { parse } from "yaml";
import { readLocks } from "../../src/compiler/validate/read-locks.ts";
import type { Outcome } from "../../src/core/diagnostic.ts";
import type { Artifact } from "../../src/model/artifact.ts";
import type { Inventory, Locks } from "../../src/model/inventory.ts";

/** Reads lock files from their texts. */
export function locksOf(files: readonly Artifact[]): Outcome<Locks> {
  return readLocks(
    files.map(({ path: file, text }) => ({
      file,
      role: "lock",
      documents: [{ value: parse(text), at: { file, document: 0, path: [] } }],
    })),
  );
}

/** The inventory in a repository that has these lock files. */
export function recorded(inventory: Inventory, files: readonly Artifact[]): Inventory {
  return { ...inventory, locks: locksOf(files).value };
}
