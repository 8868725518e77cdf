import { isUtf8 } from "node:buffer";
import type { Dirent } from "node:fs";
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { compareText } from "../../core/diagnostic.ts";
import { MAX_FILE_BYTES, type SourceTree, type Unreadable } from "../../model/source-tree.ts";

/** The folders that people write; nothing else of a repository is read. */
export const SOURCE_FOLDERS = ["approvals", "clusters", "inventory", "locks"] as const;

/**
 * Reads what the compiler compiles from a folder, sorted by path. Links are not followed and oversized files
 * not opened: both are in the tree as {@link Unreadable}, as is what cannot be read. Names that begin with a
 * dot are left out: editors, systems and an interrupted `compile` leave such files.
 *
 * @param root - the repository; a folder without any of the source folders gives an empty tree
 */
export function readFolder(root: string): SourceTree {
  const files: [string, string | Unreadable][] = [];
  const pending: string[] = [];
  for (const folder of SOURCE_FOLDERS) {
    const stats = lstatSync(join(root, folder), { throwIfNoEntry: false });
    if (stats?.isDirectory() === true) pending.push(folder);
    else if (stats !== undefined) files.push([folder, notAFile(stats)]);
  }
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      if (isIgnored(entry.name)) continue;
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) pending.push(path);
      else files.push([path, entry.isFile() ? readSource(join(root, path)) : notAFile(entry)]);
    }
  }
  return new Map(files.sort(([a], [b]) => compareText(a, b)));
}

/** Whether a file or folder of this name is no part of the repository's sources. */
export function isIgnored(name: string): boolean {
  return name.startsWith(".");
}

/** The text of a file, or why there is none. */
export function decodeSource(bytes: Buffer): string | Unreadable {
  if (bytes.length > MAX_FILE_BYTES) return tooLarge(bytes.length);
  if (!isUtf8(bytes)) return { unreadable: "not-utf8", detail: encodingOf(bytes) };
  return bytes.toString("utf8");
}

/** What stands for a file that is too large to be read. */
export function tooLarge(size: number): Unreadable {
  return { unreadable: "too-large", detail: `${size} bytes` };
}

function readSource(path: string): string | Unreadable {
  try {
    const { size } = lstatSync(path);
    return size > MAX_FILE_BYTES ? tooLarge(size) : decodeSource(readFileSync(path));
  } catch (cause) {
    const reason = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
    return { unreadable: "not-a-file", detail: `a file that cannot be opened (${reason})` };
  }
}

function notAFile(entry: Pick<Dirent, "isFile" | "isSymbolicLink">): Unreadable {
  if (entry.isSymbolicLink()) return { unreadable: "not-a-file", detail: "a symbolic link" };
  return {
    unreadable: "not-a-file",
    detail: entry.isFile() ? "a file, not a folder" : "a device, pipe or socket",
  };
}

function encodingOf(bytes: Buffer): string {
  const mark = bytes.subarray(0, 2).toString("latin1");
  if (mark === "\u00ff\u00fe" || mark === "\u00fe\u00ff") return "UTF-16";
  return "bytes that are not UTF-8";
}
