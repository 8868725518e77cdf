import { join } from "node:path";
import { sha256 } from "../../core/hash.ts";
import type { Artifact } from "../../model/artifact.ts";
import { formatManifest, hashBytes, MANIFEST, type Manifest, parseManifest } from "./manifest.ts";
import type { Output } from "./scan-output.ts";
import type { WriteFs } from "./write-fs.ts";

/** What has to happen in a folder that has a manifest. */
export interface FolderPlan {
  readonly folder: string;
  readonly created: readonly Artifact[];
  readonly changed: readonly Artifact[];
  /** Paths of files that are no longer made. */
  readonly removed: readonly string[];
  /** Paths, also among `changed` or `removed`, whose text is not what ichor wrote. */
  readonly edited: readonly string[];
  readonly unchanged: number;
  /** The manifest before; undefined where there is none. */
  readonly before: string | undefined;
  /** The manifest while files are written: it knows the old and the new text of every file. */
  readonly during: string;
  /** The manifest afterwards; undefined where nothing is made any more. */
  readonly after: string | undefined;
}

/** The repository as it is, and the means to look into it. */
export interface Present {
  readonly root: string;
  readonly fs: WriteFs;
  readonly output: Output;
}

/** Compares what is to be in a folder with what is there and with what ichor last wrote there. */
export function planFolder(folder: string, artifacts: readonly Artifact[], present: Present): FolderPlan {
  const read = (path: string): Buffer | undefined =>
    present.output.files.has(path) ? present.fs.readFile(join(present.root, path)) : undefined;
  const before = read(`${folder}/${MANIFEST}`)?.toString("utf8");
  const listed = parseManifest(before ?? "");
  const made = compareMade({ folder, listed, read }, artifacts);
  const gone = compareGone({ folder, listed, read }, new Set(artifacts.map(({ path }) => path)));
  const hashes = new Map(artifacts.map(({ path, text }) => [path.slice(folder.length + 1), [sha256(text)]]));
  return {
    folder,
    ...made,
    removed: gone.removed,
    edited: [...made.edited, ...gone.edited],
    before,
    during: formatManifest(union(listed, hashes)),
    after: hashes.size === 0 ? undefined : formatManifest(hashes),
  };
}

interface Known {
  readonly folder: string;
  readonly listed: Manifest;
  readonly read: (path: string) => Buffer | undefined;
}

function compareMade(known: Known, artifacts: readonly Artifact[]) {
  const created: Artifact[] = [];
  const changed: Artifact[] = [];
  const edited: string[] = [];
  for (const artifact of artifacts) {
    const found = known.read(artifact.path);
    if (found === undefined) created.push(artifact);
    else if (!found.equals(Buffer.from(artifact.text, "utf8"))) {
      changed.push(artifact);
      if (!isOurs(known, artifact.path, found)) edited.push(artifact.path);
    }
  }
  return { created, changed, edited, unchanged: artifacts.length - created.length - changed.length };
}

function compareGone(known: Known, made: ReadonlySet<string>) {
  const removed: string[] = [];
  const edited: string[] = [];
  for (const below of known.listed.keys()) {
    const path = `${known.folder}/${below}`;
    const found = made.has(path) ? undefined : known.read(path);
    if (found === undefined) continue;
    removed.push(path);
    if (!isOurs(known, path, found)) edited.push(path);
  }
  return { removed, edited };
}

function isOurs(known: Known, path: string, bytes: Buffer): boolean {
  return known.listed.get(path.slice(known.folder.length + 1))?.includes(hashBytes(bytes)) === true;
}

function union(a: Manifest, b: Manifest): Manifest {
  const both = new Map(a);
  for (const [path, hashes] of b) both.set(path, [...new Set([...(a.get(path) ?? []), ...hashes])]);
  return both;
}
