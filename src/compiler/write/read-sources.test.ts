import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { simpleGit } from "simple-git";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SourceTree } from "../../model/source-tree.ts";
import { GitError, readCommit } from "./read-commit.ts";
import { readFolder } from "./read-sources.ts";

let root = "";

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "ichor-read-"));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function write(path: string, content: string | Buffer): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

/** What both ways of reading have to find. */
const sources: [path: string, content: string | Buffer, found: unknown][] = [
  ["approvals/one.yaml", "kind: Approval\n", "kind: Approval\n"],
  ["clusters/a b/Ä.yaml", "x: ä\n", "x: ä\n"],
  ["clusters/a.yaml", "", ""],
  ["clusters/twin.yaml", "kind: Approval\n", "kind: Approval\n"],
  ["clusters/utf16.yaml", Buffer.from("\uFEFFx: 1", "utf16le"), { unreadable: "not-utf8", detail: "UTF-16" }],
  [
    "inventory/large.yaml",
    Buffer.alloc(5_000_000, "a"),
    { unreadable: "too-large", detail: "5000000 bytes" },
  ],
  [
    "inventory/latin1.yaml",
    Buffer.from("x: \u00e4", "latin1"),
    { unreadable: "not-utf8", detail: "bytes that are not UTF-8" },
  ],
];

const ignored = ["README.md", "generated/x.yaml", "inventory/.fleet.yaml.swp", "clusters/.git/x.yaml"];

function writeSources(): void {
  for (const [path, content] of sources) write(path, content);
  for (const path of ignored.filter((name) => !name.includes(".git/"))) write(path, "no");
  symlinkSync("fleet.yaml", join(root, "inventory/link.yaml"));
}

function check(tree: SourceTree): void {
  const link = ["inventory/link.yaml", { unreadable: "not-a-file", detail: "a symbolic link" }];
  expect([...tree]).toEqual([...sources.map(([path, , found]) => [path, found]), link]);
}

describe("reading a folder", () => {
  test("finds the sources, sorted, and says what cannot be read", () => {
    writeSources();
    write("clusters/.git/x.yaml", "no");
    check(readFolder(root));
  });

  test("a folder that is no repository has no sources", () => {
    expect(readFolder(join(root, "nowhere")).size).toBe(0);
  });

  test("a link in place of a folder is not followed", () => {
    mkdirSync(join(root, "elsewhere"));
    symlinkSync("elsewhere", join(root, "inventory"));
    expect([...readFolder(root)]).toEqual([
      ["inventory", { unreadable: "not-a-file", detail: "a symbolic link" }],
    ]);
  });
});

describe("reading a commit", () => {
  async function commit(): Promise<void> {
    const git = simpleGit(root);
    await git.init();
    await git.addConfig("user.name", "test").addConfig("user.email", "test@example.org");
    await git.add(["-A"]).commit("all");
  }

  test("finds the same as in a folder, whatever the folder holds now", async () => {
    writeSources();
    await commit();
    rmSync(join(root, "clusters"), { recursive: true });
    write("inventory/later.yaml", "");
    check(await readCommit(root, "HEAD"));
  });

  test("a fleet repository may be a folder of a larger one", async () => {
    write("fleet/inventory/fleet.yaml", "kind: Fleet\n");
    write("inventory/other.yaml", "");
    await commit();
    expect([...(await readCommit(join(root, "fleet"), "HEAD"))]).toEqual([
      ["inventory/fleet.yaml", "kind: Fleet\n"],
    ]);
  });

  test.each(["nothing", "--help", "HEAD:inventory"])("there is no commit %s", async (revision) => {
    write("inventory/fleet.yaml", "");
    await commit();
    await expect(readCommit(root, revision)).rejects.toThrow(GitError);
  });

  test("a folder outside git has no commits", async () => {
    await expect(readCommit(root, "HEAD")).rejects.toThrow(GitError);
  });
});
