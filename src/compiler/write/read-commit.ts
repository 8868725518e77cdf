import { spawn } from "node:child_process";
import { simpleGit } from "simple-git";
import { compareText } from "../../core/diagnostic.ts";
import { invariant } from "../../core/invariant.ts";
import { MAX_FILE_BYTES, type SourceTree, type Unreadable } from "../../model/source-tree.ts";
import { decodeSource, isIgnored, SOURCE_FOLDERS, tooLarge } from "./read-sources.ts";

/** Git refused: there is no such commit, or no repository. */
export class GitError extends Error {
  override readonly name = "GitError";
}

/**
 * Reads what the compiler compiles from a commit, as {@link readFolder} reads it from a folder. Needs no work
 * tree and changes nothing.
 *
 * @param root - the fleet repository, which may be a folder inside a larger git repository
 * @param revision - whatever git understands: `main`, `HEAD~1`, a hash
 * @throws GitError where git finds no such commit
 */
export async function readCommit(root: string, revision: string): Promise<SourceTree> {
  const commit = await commitOf(root, revision);
  const listing = await simpleGit(root).raw("ls-tree", "-r", "-z", "--long", commit, "--", ...SOURCE_FOLDERS);
  const entries = listing
    .split("\0")
    .flatMap((line) => parseEntry(line) ?? [])
    .sort((a, b) => compareText(a.path, b.path));
  const wanted = entries.flatMap(({ content }) => (typeof content === "string" ? [content] : []));
  const texts = await readBlobs(root, wanted);
  return new Map(
    entries.map(({ path, content }) => [
      path,
      typeof content === "string" ? (texts.get(content) ?? "") : content,
    ]),
  );
}

/**
 * The commit at which two lines of history parted.
 *
 * @throws GitError where there is none
 */
export async function mergeBase(root: string, left: string, right: string): Promise<string> {
  try {
    return (await simpleGit(root).raw("merge-base", left, right)).trim();
  } catch (cause) {
    throw new GitError(`"${left}" and "${right}" have no commit in common in ${root}`, { cause });
  }
}

async function commitOf(root: string, revision: string): Promise<string> {
  try {
    return await simpleGit(root).revparse(["--verify", "--end-of-options", `${revision}^{commit}`]);
  } catch (cause) {
    throw new GitError(`there is no commit "${revision}" in ${root}`, { cause });
  }
}

interface Entry {
  readonly path: string;
  /** Hash of the blob, or why it is not read. */
  readonly content: string | Unreadable;
}

/** Reads a line of `git ls-tree --long`: mode, type, hash, size, tab, path. */
function parseEntry(line: string): Entry | undefined {
  const match = /^(\d+) \S+ ([0-9a-f]+) +(\S+)\t([\s\S]+)$/u.exec(line);
  const [, mode, hash = "", size, path = ""] = match ?? [];
  if (match === null || path.split("/").some(isIgnored)) return undefined;
  if (mode === "120000") return { path, content: { unreadable: "not-a-file", detail: "a symbolic link" } };
  if (mode === "160000") return { path, content: { unreadable: "not-a-file", detail: "a submodule" } };
  return { path, content: Number(size) > MAX_FILE_BYTES ? tooLarge(Number(size)) : hash };
}

async function readBlobs(root: string, hashes: readonly string[]): Promise<Map<string, string | Unreadable>> {
  const unique = [...new Set(hashes)];
  const output = await catFile(root, unique.map((hash) => `${hash}\n`).join(""));
  const texts = new Map<string, string | Unreadable>();
  let at = 0;
  for (const hash of unique) {
    const end = output.indexOf("\n", at);
    const [found, , size] = output.toString("latin1", at, end).split(" ");
    invariant(found === hash && size !== undefined, `git cat-file answered "${found}" for ${hash}`);
    texts.set(hash, decodeSource(output.subarray(end + 1, end + 1 + Number(size))));
    at = end + 1 + Number(size) + 1;
  }
  return texts;
}

/** Runs `git cat-file --batch`, which wants a list on its standard input and answers in bytes. */
function catFile(root: string, input: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn("git", ["cat-file", "--batch"], { cwd: root, stdio: "pipe" });
    const output: Buffer[] = [];
    const complaints: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => complaints.push(chunk));
    child.on("error", (cause) => reject(new GitError(`git cannot be run in ${root}: ${cause.message}`)));
    // Git may end before it has read all: its exit code tells, not the broken pipe.
    child.stdin.on("error", () => undefined);
    child.on("close", (code) => {
      if (code === 0) resolve(Buffer.concat(output));
      else reject(new GitError(Buffer.concat(complaints).toString("utf8").trim()));
    });
    child.stdin.end(input);
  });
}
