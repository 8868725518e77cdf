import { join } from "node:path";
import { type Diagnostic, error } from "../../core/diagnostic.ts";
import { invariant } from "../../core/invariant.ts";
import type { Artifact } from "../../model/artifact.ts";
import { MANIFEST, ownerOf } from "./manifest.ts";
import { type FolderPlan, type Present, planFolder } from "./plan-folder.ts";
import { LOCK_FOLDER, type LockPlan, planLocks } from "./plan-locks.ts";
import { type Output, scanOutput, temporaryPath } from "./scan-output.ts";
import { nodeFs, type WriteFs } from "./write-fs.ts";

export interface WriteOptions {
  /** Write nothing; the result says what would be written. */
  readonly check: boolean;
  /** Replace files that were edited by hand. */
  readonly overwrite: boolean;
  /** Instead of the machine's file system. */
  readonly fs?: WriteFs;
}

/** What was written, or with `check` would be. Paths are sorted; manifests are among them. */
export interface WriteResult {
  readonly created: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  /** Files, also among `changed` or `removed`, that somebody edited. */
  readonly edited: readonly string[];
  readonly unchanged: number;
  /** ICH5201 for edited files that may not be overwritten, ICH5202 for what stands in the way. With one of them nothing is written. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Makes the repository's generated/ and lock files what the compiler made. Only files whose text differs are
 * written, each in one step; files of an earlier run that are no longer made are removed, together with
 * folders that are empty then; nothing else in generated/ is touched. A run that is killed at any point is
 * finished by the next one.
 *
 * @param artifacts - all of them: what is missing here is no longer made
 */
export function writeArtifacts(
  root: string,
  artifacts: readonly Artifact[],
  options: WriteOptions,
): WriteResult {
  const fs = options.fs ?? nodeFs;
  const present = { root, fs, output: scanOutput(root, fs) };
  const folders = planFolders(artifacts, present);
  const locks = planLocks(
    artifacts.filter(({ path }) => path.startsWith(LOCK_FOLDER)),
    present,
  );
  const edited = folders.flatMap((plan) => plan.edited).sort();
  const diagnostics = [
    ...inTheWay(artifacts, present.output),
    ...(options.overwrite && !options.check ? [] : edited.map(editedByHand)),
  ];
  if (!options.check && diagnostics.length === 0) carryOut({ folders, locks, present });
  return { ...summary(folders, locks), edited, diagnostics };
}

function planFolders(artifacts: readonly Artifact[], present: Present): FolderPlan[] {
  const byFolder = new Map<string, Artifact[]>();
  for (const path of present.output.files) {
    const owner = ownerOf(path);
    if (owner?.below === MANIFEST) byFolder.set(owner.folder, []);
  }
  for (const artifact of artifacts) {
    if (artifact.path.startsWith(LOCK_FOLDER)) continue;
    const owner = ownerOf(artifact.path);
    invariant(owner !== undefined && owner.below !== MANIFEST, `no folder for artifact ${artifact.path}`);
    const others = byFolder.get(owner.folder);
    if (others === undefined) byFolder.set(owner.folder, [artifact]);
    else others.push(artifact);
  }
  return [...byFolder]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([folder, made]) => planFolder(folder, made, present));
}

function summary(folders: readonly FolderPlan[], locks: LockPlan) {
  const manifests = folders.map(({ folder, before, after }) => ({
    path: `${folder}/${MANIFEST}`,
    before,
    after,
  }));
  const plans = [locks, ...folders];
  const paths = (artifacts: readonly { readonly path: string }[]) => artifacts.map(({ path }) => path);
  return {
    created: [
      ...plans.flatMap(({ created }) => paths(created)),
      ...paths(manifests.filter(({ before, after }) => before === undefined && after !== undefined)),
    ].sort(),
    changed: [
      ...plans.flatMap(({ changed }) => paths(changed)),
      ...paths(
        manifests.filter(
          ({ before, after }) => before !== undefined && after !== undefined && before !== after,
        ),
      ),
    ].sort(),
    removed: [
      ...plans.flatMap(({ removed }) => removed),
      ...paths(manifests.filter(({ before, after }) => before !== undefined && after === undefined)),
    ].sort(),
    unchanged: plans.reduce((sum, plan) => sum + plan.unchanged, 0),
  };
}

function editedByHand(path: string): Diagnostic {
  return error(
    "ICH5201",
    { file: path, line: 1, column: 1 },
    `"${path}" is not as ichor wrote it: somebody edited it, or put it where ichor writes`,
    {
      hint: "make the change in inventory/ or clusters/, for a machine as a patch; then run `ichor compile --overwrite` to drop what is here",
    },
  );
}

/** Links and folders where files have to be, files and links where folders have to be. */
function inTheWay(artifacts: readonly Artifact[], output: Output): Diagnostic[] {
  const found = new Set<string>();
  const seen = new Set<string>();
  for (const { path } of artifacts) {
    if (output.folders.has(path) || output.others.has(path)) found.add(path);
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
      const folder = path.slice(0, at);
      if (seen.has(folder)) break;
      seen.add(folder);
      if (output.files.has(folder) || output.others.has(folder)) found.add(folder);
    }
  }
  return [...found]
    .sort()
    .map((path) =>
      error(
        "ICH5202",
        { file: path, line: 1, column: 1 },
        `ichor has to write at "${path}", where something else is: a link, or a folder in place of a file, or a file in place of a folder`,
        { hint: "move it away; ichor follows no links when it writes" },
      ),
    );
}

interface Work {
  readonly folders: readonly FolderPlan[];
  readonly locks: LockPlan;
  readonly present: Present;
}

function carryOut({ folders, locks, present }: Work): void {
  const { root, fs, output } = present;
  const hands = createHands(root, fs);
  for (const path of output.temporary) fs.unlink(join(root, path));
  for (const { path, text } of [...locks.created, ...locks.changed]) hands.write(path, text);
  for (const path of locks.removed) hands.remove(path);
  for (const plan of folders) carryOutFolder(plan, hands);
  const removed = new Set(summary(folders, locks).removed);
  removeEmptyFolders(present, removed, hands.written);
}

/** The manifest never loses sight of a file: it names the new ones before they are written and the old ones until they are gone. */
function carryOutFolder(plan: FolderPlan, hands: Hands): void {
  const manifest = `${plan.folder}/${MANIFEST}`;
  const writes = [...plan.created, ...plan.changed];
  if (writes.length + plan.removed.length > 0 && plan.during !== plan.before)
    hands.write(manifest, plan.during);
  for (const { path, text } of writes) hands.write(path, text);
  for (const path of plan.removed) hands.remove(path);
  const now = writes.length + plan.removed.length > 0 ? plan.during : plan.before;
  if (plan.after === undefined) hands.remove(manifest);
  else if (plan.after !== now) hands.write(manifest, plan.after);
}

interface Hands {
  readonly write: (path: string, text: string) => void;
  readonly remove: (path: string) => void;
  readonly written: ReadonlySet<string>;
}

function createHands(root: string, fs: WriteFs): Hands {
  const made = new Set<string>();
  const written = new Set<string>();
  return {
    written,
    write: (path, text) => {
      const folder = path.slice(0, path.lastIndexOf("/"));
      if (!made.has(folder)) fs.mkdir(join(root, folder));
      made.add(folder);
      const temporary = join(root, temporaryPath(path));
      fs.writeFile(temporary, text);
      fs.rename(temporary, join(root, path));
      written.add(path);
    },
    remove: (path) => {
      fs.unlink(join(root, path));
    },
  };
}

/** Git knows no empty folders: those that were there before, or became empty, go. */
function removeEmptyFolders(
  present: Present,
  removed: ReadonlySet<string>,
  written: ReadonlySet<string>,
): void {
  const { root, fs, output } = present;
  const occupied = new Set<string>();
  for (const path of [...output.files, ...output.others, ...written]) {
    if (removed.has(path)) continue;
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
      const folder = path.slice(0, at);
      if (occupied.has(folder)) break;
      occupied.add(folder);
    }
  }
  const empty = [...output.folders].filter((folder) => !occupied.has(folder));
  for (const folder of empty.sort().reverse()) fs.rmdir(join(root, folder));
}
