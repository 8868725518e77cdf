import { spawnSync } from "node:child_process";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "../../compiler/load/load.ts";
import { formatClusterLock } from "../../compiler/resolve/lock-files.ts";
import { readLocks } from "../../compiler/validate/read-locks.ts";
import { temporaryPath } from "../../compiler/write/scan-output.ts";
import { gitFolderOf } from "../secrets/git-folder.ts";

/** A fact could not be written down, so nothing that rests on it may be done. */
export class RecordError extends Error {
  override readonly name = "RecordError";
}

/**
 * Writes into the lock file of a site on which server a cluster was bootstrapped, and commits that one file where the
 * repository is a git work tree. Done twice it changes nothing.
 *
 * @throws RecordError where the file says another server, or git refuses
 */
export function recordBootstrapped(
  root: string,
  at: { readonly site: string; readonly cluster: string; readonly server: string },
): void {
  const path = `inventory/allocations/${at.site}/clusters.yaml`;
  const before = readFileSync(join(root, path), "utf8");
  const locks = readLocks(load(new Map([[path, before]])).value).value;
  const clusters = new Map(locks.clusters.get(at.site));
  const known = clusters.get(at.cluster);
  if (known === undefined) throw new RecordError(`${path} does not have the cluster "${at.cluster}"`);
  if (known.bootstrapped === at.server) return;
  if (known.bootstrapped !== undefined) {
    throw new RecordError(
      `${path} says that "${at.cluster}" was bootstrapped on "${known.bootstrapped}", not on "${at.server}"`,
    );
  }
  clusters.set(at.cluster, { ...known, bootstrapped: at.server });
  const temporary = join(root, temporaryPath(path));
  writeFileSync(temporary, formatClusterLock(clusters));
  renameSync(temporary, join(root, path));
  commit(root, path, `${at.cluster}: bootstrapped on ${at.server}`);
}

function commit(root: string, path: string, message: string): void {
  if (gitFolderOf(join(root, path)) === undefined) return;
  const git = (...args: string[]) => spawnSync("git", ["-C", root, ...args], { encoding: "utf8" });
  const done = git("commit", "--quiet", "--message", message, "--only", "--", path);
  if (done.status !== 0) throw new RecordError(`git could not commit ${path}: ${done.stderr.trim()}`);
}
