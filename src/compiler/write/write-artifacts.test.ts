import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Artifact } from "../../model/artifact.ts";
import { writeArtifacts } from "./write-artifacts.ts";
import { nodeFs, type WriteFs } from "./write-fs.ts";

let root = "";

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "ichor-write-"));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

type Files = Readonly<Record<string, string>>;

const A = "generated/clusters/hel1/a";
const B = "generated/clusters/hel1/b";
const BOOT = "generated/sites/hel1/boot";
const LOCK = "inventory/allocations/hel1/r1.yaml";

const first: Files = {
  [`${A}/cluster.json`]: "{}\n",
  [`${A}/machines/u1.yaml`]: "a: 1\n",
  [`${A}/machines/u2.yaml`]: "a: 1\n",
  [`${B}/machines/u3.yaml`]: "b: 1\n",
  [`${BOOT}/boot.ipxe`]: "#!ipxe\n",
  [LOCK]: "u1:\n  claim: a/general/0 w0\n",
};

/** Something changed, something new, something gone, and a whole cluster gone. */
const second: Files = {
  [`${A}/cluster.json`]: "{}\n",
  [`${A}/machines/u1.yaml`]: "a: 2\n",
  [`${A}/argocd/x.yaml`]: "x: 1\n",
  [`${BOOT}/boot.ipxe`]: "#!ipxe\n",
  [LOCK]: "u1:\n  claim: a/general/0 w1\n",
};

const third: Files = { ...second, [`${A}/machines/u1.yaml`]: "a: 3\n", [`${A}/machines/u4.yaml`]: "a: 3\n" };

function artifacts(files: Files): Artifact[] {
  return Object.entries(files).map(([path, text]) => ({ path, text }));
}

function run(files: Files, options: { check?: boolean; overwrite?: boolean; fs?: WriteFs } = {}) {
  return writeArtifacts(root, artifacts(files), { check: false, overwrite: false, ...options });
}

function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

/** An empty folder in the repository for a link to lead to. */
function empty(): string {
  mkdirSync(join(root, "elsewhere"));
  return join(root, "elsewhere");
}

/** Every file and every folder of the repository. */
function everything(): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(root.length + 1);
    if (entry.isFile()) found[name] = readFileSync(path, "utf8");
    else found[`${name}/`] = "";
  }
  return found;
}

/** What a run into an empty repository makes. */
function fresh(files: Files): Record<string, string> {
  const here = root;
  root = mkdtempSync(join(tmpdir(), "ichor-fresh-"));
  run(files);
  const found = everything();
  rmSync(root, { recursive: true });
  root = here;
  return found;
}

describe("writing what the compiler made", () => {
  test("the first run creates everything, with a manifest for each site and cluster", () => {
    const result = run(first);
    expect(result).toMatchObject({ changed: [], removed: [], edited: [], unchanged: 0, diagnostics: [] });
    expect(result.created).toEqual(
      [
        ...Object.keys(first),
        `${A}/manifest.json`,
        `${B}/manifest.json`,
        "generated/sites/hel1/manifest.json",
      ].sort(),
    );
    for (const [path, text] of Object.entries(first))
      expect(readFileSync(join(root, path), "utf8")).toBe(text);
  });

  test("the second run writes nothing", () => {
    run(first);
    const before = everything();
    const fs = { ...nodeFs, writeFile: () => expect.unreachable("nothing may be written") };
    expect(run(first, { fs })).toMatchObject({ created: [], changed: [], removed: [], unchanged: 6 });
    expect(everything()).toEqual(before);
  });

  test("a change writes what differs, removes what is no longer made, and leaves no empty folder", () => {
    run(first);
    expect(run(second)).toMatchObject({
      created: [`${A}/argocd/x.yaml`],
      changed: [`${A}/machines/u1.yaml`, `${A}/manifest.json`, LOCK],
      removed: [`${A}/machines/u2.yaml`, `${B}/machines/u3.yaml`, `${B}/manifest.json`],
      unchanged: 2,
    });
    expect(everything()).toEqual(fresh(second));
  });

  test("a check says the same and writes nothing", () => {
    run(first);
    const before = everything();
    const checked = run(second, { check: true });
    expect(everything()).toEqual(before);
    expect(run(second)).toEqual(checked);
  });

  test("a file that was deleted is made again", () => {
    run(first);
    rmSync(join(root, `${A}/cluster.json`));
    expect(run(first).created).toEqual([`${A}/cluster.json`]);
    expect(everything()).toEqual(fresh(first));
  });
});

describe("files that ichor did not make", () => {
  test("stay, even where a whole cluster goes", () => {
    run(first);
    put(`${B}/notes.txt`, "mine\n");
    put("generated/README.md", "mine\n");
    run(second);
    expect(everything()).toEqual({
      ...fresh(second),
      [`${B}/`]: "",
      [`${B}/notes.txt`]: "mine\n",
      "generated/README.md": "mine\n",
    });
  });

  test("are not overwritten where ichor wants to write", () => {
    put(`${A}/cluster.json`, "mine\n");
    const { edited, diagnostics } = run(first);
    expect(edited).toEqual([`${A}/cluster.json`]);
    expect(diagnostics.map(({ code, at }) => [code, at.file])).toEqual([["ICH5201", `${A}/cluster.json`]]);
    expect(everything()).toEqual({
      [`${A}/cluster.json`]: "mine\n",
      [`${A}/`]: "",
      "generated/": "",
      "generated/clusters/": "",
      "generated/clusters/hel1/": "",
    });
  });
});

describe("a file that somebody edited", () => {
  test.each([
    ["is still made", `${A}/machines/u1.yaml`],
    ["is no longer made", `${A}/machines/u2.yaml`],
    ["belongs to a cluster that is gone", `${B}/machines/u3.yaml`],
  ])("stops the run where it %s, and nothing is written", (_title, path) => {
    run(first);
    put(path, "edited\n");
    const before = everything();
    expect(run(second)).toMatchObject({ edited: [path], diagnostics: [{ code: "ICH5201" }] });
    expect(everything()).toEqual(before);
    expect(run(second, { check: true, overwrite: true }).diagnostics).toHaveLength(1);

    expect(run(second, { overwrite: true })).toMatchObject({ edited: [path], diagnostics: [] });
    expect(everything()).toEqual(fresh(second));
  });

  test("is fine where the edit is what ichor would write", () => {
    run(first);
    put(`${A}/machines/u1.yaml`, "a: 2\n");
    expect(run(second).diagnostics).toEqual([]);
    expect(everything()).toEqual(fresh(second));
  });
});

describe("a manifest", () => {
  test("with a conflict of git still tells what both sides wrote", () => {
    run(second);
    const ours = readFileSync(join(root, `${A}/manifest.json`), "utf8");
    rmSync(join(root, "generated"), { recursive: true });
    run(first);
    const theirs = readFileSync(join(root, `${A}/manifest.json`), "utf8");
    put(`${A}/manifest.json`, `<<<<<<< HEAD\n${ours}=======\n${theirs}>>>>>>> branch\n`);
    expect(run(third).diagnostics).toEqual([]);
    expect(everything()).toEqual(fresh(third));
  });

  test("cannot lead out of its folder", () => {
    run(first);
    const text = readFileSync(join(root, `${A}/manifest.json`), "utf8");
    const hash = /[0-9a-f]{64}/.exec(text)?.[0];
    put(
      `${A}/manifest.json`,
      text.replace("{", `{\n  "../b/machines/u3.yaml": "${hash}",\n  "/etc/passwd": "${hash}",`),
    );
    expect(run(first).removed).toEqual([]);
    expect(everything()).toEqual(fresh(first));
  });
});

describe("what stands in the way", () => {
  test.each([
    ["a link in place of a file", `${A}/cluster.json`, (path: string) => symlinkSync("/dev/null", path)],
    ["a folder in place of a file", `${A}/cluster.json`, (path: string) => mkdirSync(path)],
    ["a link in place of a folder", `${A}/machines`, (path: string) => symlinkSync(empty(), path)],
    ["a file in place of a folder", `${A}/machines`, (path: string) => writeFileSync(path, "")],
    ["a link in place of everything", "generated", (path: string) => symlinkSync(empty(), path)],
  ])("%s is refused", (_title, path, obstruct) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    obstruct(join(root, path));
    const before = everything();
    const { diagnostics } = run(first, { overwrite: true });
    expect(diagnostics.map(({ code, at }) => [code, at.file])).toEqual([["ICH5202", path]]);
    expect(everything()).toEqual(before);
  });
});

describe("the lock file of a rack that is gone", () => {
  test.each([
    ["goes where no server was ever used", "u1:\n  claim: free w0\nu2:\n  claim: free w0\n", false],
    ["goes where it is empty", "{}\n", false],
    ["stays while a server was wiped before", "u1:\n  claim: free w0\nu2:\n  claim: free w1\n", true],
    ["stays while a server is held", "u1:\n  claim: a/general/0 w0\n", true],
    ["stays where it knows of a cluster", "a:\n  bootstrapped: ~\n", true],
  ])("%s", (_title, text, stays) => {
    put("inventory/allocations/hel1/r9.yaml", text);
    expect(run(first).removed).toEqual(stays ? [] : ["inventory/allocations/hel1/r9.yaml"]);
    expect(existsSync(join(root, "inventory/allocations/hel1/r9.yaml"))).toBe(stays);
  });
});

describe("a run that is killed", () => {
  /** A file system that dies at the n-th change; a file that is being written is left half written. */
  function dying(after: number): { readonly fs: WriteFs; readonly changes: () => number } {
    let changes = 0;
    const step = (die: () => void): void => {
      changes++;
      if (changes <= after) return;
      if (changes === after + 1) die();
      throw new Error("killed");
    };
    const nothing = () => undefined;
    const fs: WriteFs = {
      ...nodeFs,
      mkdir: (path) => {
        step(nothing);
        nodeFs.mkdir(path);
      },
      writeFile: (path, text) => {
        step(() => writeFileSync(path, text.slice(0, text.length / 2)));
        nodeFs.writeFile(path, text);
      },
      rename: (from, to) => {
        step(nothing);
        nodeFs.rename(from, to);
      },
      unlink: (path) => {
        step(nothing);
        nodeFs.unlink(path);
      },
      rmdir: (path) => {
        step(nothing);
        nodeFs.rmdir(path);
      },
    };
    return { fs, changes: () => changes };
  }

  function reset(): void {
    rmSync(root, { recursive: true });
    mkdirSync(root);
    run(first);
  }

  function steps(): number {
    reset();
    const { fs, changes } = dying(Number.POSITIVE_INFINITY);
    run(second, { fs });
    return changes();
  }

  test("at any point is finished by the next one", () => {
    const count = steps();
    expect(count).toBeGreaterThan(15);
    for (let at = 0; at < count; at++) {
      reset();
      expect(() => run(second, { fs: dying(at).fs })).toThrow("killed");
      expect(run(second).diagnostics, `killed at change ${at}`).toEqual([]);
      expect(everything(), `killed at change ${at}`).toEqual(fresh(second));
    }
  });

  test("twice, with other input each time, is finished by the third", () => {
    const count = steps();
    for (let at = 0; at < count; at++) {
      for (let again = 0; again < count; again += 2) {
        reset();
        expect(() => run(second, { fs: dying(at).fs })).toThrow("killed");
        try {
          run(first, { fs: dying(again).fs });
        } catch {
          // The second run had less to do than there are steps, or was killed as well.
        }
        expect(run(third).diagnostics, `killed at changes ${at} and ${again}`).toEqual([]);
        expect(everything(), `killed at changes ${at} and ${again}`).toEqual(fresh(third));
      }
    }
  });

  test("never leaves a half written file under its own name", () => {
    const whole = new Set([...Object.values(first), ...Object.values(second)]);
    const count = steps();
    for (let at = 0; at < count; at++) {
      reset();
      expect(() => run(second, { fs: dying(at).fs })).toThrow("killed");
      for (const [path, text] of Object.entries(everything())) {
        if (path.endsWith("/") || path.endsWith(".tmp") || path.endsWith("manifest.json")) continue;
        expect(whole.has(text), path).toBe(true);
      }
    }
  });
});
