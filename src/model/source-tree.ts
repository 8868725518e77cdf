/** Why the text of a file cannot be used. */
export interface Unreadable {
  readonly unreadable: "not-utf8" | "too-large" | "not-a-file";
  /** What was seen, for the message: `52428800 bytes`, `a symbolic link`. */
  readonly detail: string;
}

/**
 * The files of a repository that the compiler reads, by path from the root with forward slashes.
 * A plain value: it may come from a folder, from a commit or from a test.
 */
export type SourceTree = ReadonlyMap<string, string | Unreadable>;

/** Files larger than this are refused unread: the largest file that a person writes, a rack, has some 20 kB. */
export const MAX_FILE_BYTES = 4 * 1024 * 1024;
