import { join } from "node:path";
import type { WriteFs } from "./write-fs.ts";

/** The folders that ichor writes into. */
const OUTPUT_FOLDERS = ["generated/clusters", "generated/sites", "inventory/allocations"];

/** What is there before a run writes. Paths are from the root of the repository, with forward slashes. */
export interface Output {
  readonly files: ReadonlySet<string>;
  /** Folders below the output folders. */
  readonly folders: ReadonlySet<string>;
  /** Links, devices and the like, where neither a file nor a folder can be written. */
  readonly others: ReadonlySet<string>;
  /** What an interrupted run left behind. */
  readonly temporary: readonly string[];
}

/** Where a file is written before it takes its place: in the same folder, so that the last step is a rename. */
export function temporaryPath(path: string): string {
  const at = path.lastIndexOf("/") + 1;
  return `${path.slice(0, at)}.ichor-${path.slice(at)}.tmp`;
}

/** Looks through the folders that ichor writes into, without following links. */
export function scanOutput(root: string, fs: WriteFs): Output {
  const files = new Set<string>();
  const folders = new Set<string>();
  const others = new Set<string>();
  const temporary: string[] = [];
  const pending = OUTPUT_FOLDERS.filter((folder) => isReachable(folder, { root, fs, others }));
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const entry of fs.readdir(join(root, folder))) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        folders.add(path);
        pending.push(path);
      } else if (!entry.isFile()) others.add(path);
      else if (/^\.ichor-.*\.tmp$/u.test(entry.name)) temporary.push(path);
      else files.add(path);
    }
  }
  return { files, folders, others, temporary };
}

/** Whether a folder is there and really in the repository; what stands in its way goes to `others`. */
function isReachable(
  folder: string,
  at: { readonly root: string; readonly fs: WriteFs; readonly others: Set<string> },
): boolean {
  const steps = folder.split("/");
  for (let count = 1; count <= steps.length; count++) {
    const path = steps.slice(0, count).join("/");
    const found = at.fs.lstat(join(at.root, path));
    if (found === undefined) return false;
    if (!found.isDirectory()) {
      at.others.add(path);
      return false;
    }
  }
  return true;
}
