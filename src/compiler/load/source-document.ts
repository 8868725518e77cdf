import type { SourceRef } from "../../core/diagnostic.ts";

/** What a file is for, by its place in the repository. */
export type FileRole = "documents" | "patch" | "lock" | "secrets";

/** One YAML document as a plain value. */
export interface SourceDocument {
  readonly value: unknown;
  readonly at: SourceRef;
}

/** A file of the repository that was read; of those with the role `secrets` what is not encrypted can be seen. */
export interface LoadedFile {
  readonly file: string;
  readonly role: FileRole;
  readonly documents: readonly SourceDocument[];
  /** Errors were found in it, so documents that it holds may be missing here. */
  readonly isBroken?: true;
}
