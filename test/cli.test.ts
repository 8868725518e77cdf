import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { VERSION } from "../src/cli/program.ts";
import { ichor } from "./support/ichor.ts";

function edit(path: string, from: string, to: string): void {
  const text = readFileSync(path, "utf8");
  expect(text).toContain(from);
  writeFileSync(path, text.replace(from, to));
}

test("the version is that of package.json", async () => {
  expect(JSON.parse(readFileSync("package.json", "utf8")).version).toBe(VERSION);
  expect(await ichor(".", "--version")).toEqual({ code: 0, stdout: `${VERSION}\n`, stderr: "" });
});

describe("a new fleet repository", () => {
  let root: string;

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), "ichor-"));
    expect((await ichor(root, "init")).code).toBe(0);
  });

  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  test("is valid, compiles at once, and is current from then on", async () => {
    expect((await ichor(root, "validate")).stdout).toMatch(/valid: 1 site, 1 rack, 3 servers, 1 cluster\n$/);
    const first = await ichor(root, "compile");
    expect(first.code).toBe(0);
    expect(first.stdout).toContain("fleet my-fleet: 1 site, 3 servers (0 free), 1 cluster");
    expect(existsSync(join(root, "generated/clusters/dc1/dc1-mgmt/machines/dc1-r001-u01.yaml"))).toBe(true);
    expect((await ichor(root, "compile", "--check")).code).toBe(0);
    expect((await ichor(root, "compile")).stdout).toMatch(/are current \(\d+ files\)\n$/);
  });

  test("is never overwritten by another init", async () => {
    writeFileSync(join(root, "inventory/fleet.yaml"), "mine");
    const again = await ichor(root, "init");
    expect(again).toMatchObject({ code: 1, stdout: "" });
    expect(again.stderr).toContain("nothing was written");
    expect(readFileSync(join(root, "inventory/fleet.yaml"), "utf8")).toBe("mine");
  });

  test("says with exit code 2 that generated/ is stale, and writes nothing then", async () => {
    await ichor(root, "compile");
    edit(join(root, "clusters/channels/stable.yaml"), "v1.37.0", "v1.36.3");
    const before = readFileSync(join(root, "generated/clusters/dc1/dc1-mgmt/cluster.json"), "utf8");
    const checked = await ichor(root, "compile", "--check");
    expect(checked.code).toBe(2);
    expect(checked.stdout).toContain("~ generated/clusters/dc1/dc1-mgmt/machines/dc1-r001-u01.yaml");
    expect(readFileSync(join(root, "generated/clusters/dc1/dc1-mgmt/cluster.json"), "utf8")).toBe(before);
  });

  test("with a mistake compiles to nothing: each mistake has its place, and no file changes", async () => {
    await ichor(root, "compile");
    edit(join(root, "clusters/dc1/dc1-mgmt/cluster.yaml"), "pool: dc1-general", "pool: dc1-genral");
    const failed = await ichor(root, "compile");
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(
      /clusters\/dc1\/dc1-mgmt\/cluster\.yaml:10:\d+ error ICH3001 .*"dc1-genral".*did you mean "dc1-general"/,
    );
    expect(failed.stderr).toContain("nothing was written");
    expect(failed.stdout).toBe("");
  });

  test("prints mistakes for GitHub and for programs", async () => {
    edit(join(root, "clusters/dc1/dc1-mgmt/cluster.yaml"), "pool: dc1-general", "pool: dc1-genral");
    expect((await ichor(root, "validate", "-o", "github")).stdout).toMatch(
      /^::error file=clusters\/dc1\/dc1-mgmt\/cluster\.yaml,line=10,col=\d+/m,
    );
    const json = JSON.parse((await ichor(root, "validate", "-o", "json")).stdout);
    expect(json.formatVersion).toBe("1.0");
    expect(JSON.stringify(json)).toContain("ICH3001");
  });

  test("reports a file in generated/ that somebody edited, and keeps it unless told otherwise", async () => {
    await ichor(root, "compile");
    const path = join(root, "generated/clusters/dc1/dc1-mgmt/machines/dc1-r001-u01.yaml");
    edit(path, "hostname: dc1-r001-u01", "hostname: mine");
    const refused = await ichor(root, "compile");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("ICH5201");
    expect(readFileSync(path, "utf8")).toContain("hostname: mine");
    expect((await ichor(root, "compile", "--check")).code).toBe(2);
    expect((await ichor(root, "compile", "--overwrite")).code).toBe(0);
    expect(readFileSync(path, "utf8")).toContain("hostname: dc1-r001-u01");
  });

  test("shows in a diff which machines change, what it does to them, and needs no work tree for commits", async () => {
    await ichor(root, "compile");
    const git = (...args: readonly string[]) =>
      spawnSync("git", ["-C", root, "-c", "user.name=t", "-c", "user.email=t@example.org", ...args], {
        encoding: "utf8",
      });
    git("init", "-q");
    git("add", "-A");
    git("commit", "-qm", "one");
    expect(await ichor(root, "diff")).toEqual({ code: 0, stdout: "No changes.\n", stderr: "" });
    edit(join(root, "clusters/channels/stable.yaml"), "v1.37.0", "v1.36.3");
    const changed = await ichor(root, "diff", "--detailed-exitcode");
    expect(changed.code).toBe(2);
    expect(changed.stdout).toContain("on 3 machines of 1 cluster (impact service-restart");
    expect(changed.stdout).toContain(
      "~ KubeletConfig: image ghcr.io/siderolabs/kubelet:v1.37.0 -> ghcr.io/siderolabs/kubelet:v1.36.3",
    );
    const narrowed = await ichor(root, "diff", "-n", "*-u02");
    expect(narrowed.stdout).toContain("on 1 machine of 1 cluster");
    expect((await ichor(root, "diff", "--rack", "dc1-r009")).stdout).toBe("No changes.\n");
    git("commit", "-qam", "two");
    expect((await ichor(root, "diff", "HEAD~1...HEAD")).stdout).toBe(changed.stdout);
    expect((await ichor(root, "diff", "nowhere")).stderr).toContain('no commit "nowhere"');
    rmSync(join(root, "inventory"), { recursive: true });
    git("checkout", "-q", "--orphan", "elsewhere");
    writeFileSync(join(root, "inventory"), "");
    const commits = await ichor(root, "diff", "main~1..main");
    const named = commits.code === 0 ? commits : await ichor(root, "diff", "master~1..master");
    expect(named.stdout).toContain("Diff: 0 machines to add, 3 to change, 0 to release");
  });

  test("does not let a change take the protection off a cluster and use that at once", async () => {
    const git = (...args: readonly string[]) =>
      spawnSync("git", ["-C", root, "-c", "user.name=t", "-c", "user.email=t@example.org", ...args]);
    git("init", "-q");
    await ichor(root, "compile");
    git("add", "-A");
    git("commit", "-qm", "one");
    const cluster = join(root, "clusters/dc1/dc1-mgmt/cluster.yaml");
    edit(cluster, "  channel: stable\n", "  channel: stable\n  protect: false\n");
    expect((await ichor(root, "validate", "--base", "HEAD")).code).toBe(0);
    edit(cluster, "replicas: 3", "replicas: 1");
    expect((await ichor(root, "validate")).code).toBe(0);
    const refused = await ichor(root, "validate", "--base", "HEAD");
    expect(refused.code).toBe(1);
    expect(refused.stdout).toContain("error ICH3601");
  });

  test("explains where a value comes from, down to the line", async () => {
    edit(
      join(root, "clusters/dc1/dc1-mgmt/cluster.yaml"),
      "    vipPool: dc1-vips\n",
      "    vipPool: dc1-vips\n  patches:\n    - { apiVersion: v1alpha1, kind: ResolverConfig, hostDNS: { enabled: false } }\n",
    );
    const explained = await ichor(root, "explain", "dc1-r001-u01", "ResolverConfig:hostDNS.enabled");
    expect(explained.stdout).toMatch(
      /set by\s+false\s+cluster\s+clusters\/dc1\/dc1-mgmt\/cluster\.yaml:18:\d+/,
    );
    expect(explained.stdout).toMatch(/instead of\s+true\s+ichor/);
    expect((await ichor(root, "explain", "ich3001")).stdout).toContain("ICH3001: ");
    expect((await ichor(root, "explain", "dc1-r001-u09")).stderr).toContain("did you mean");
  });

  test("lists what there is, for people and for programs", async () => {
    expect((await ichor(root, "get", "nodes", "-o", "name")).stdout).toBe(
      "dc1-r001-u01\ndc1-r001-u02\ndc1-r001-u03\n",
    );
    expect((await ichor(root, "get", "servers", "-n", "*-u02", "-o", "name")).stdout).toBe("dc1-r001-u02\n");
    expect(
      JSON.parse((await ichor(root, "get", "cl", "dc1-mgmt", "-o", "json")).stdout).clusters[0].nodes,
    ).toBe(3);
    expect((await ichor(root, "get", "nods")).stderr).toContain('did you mean "nodes"');
  });
});

test.each(["bash", "zsh", "fish"])("the completion script for %s names the commands", async (shell) => {
  const { code, stdout } = await ichor(".", "completion", shell);
  expect(code).toBe(0);
  for (const word of ["compile", "validate", "explain", "servers"]) expect(stdout).toContain(word);
});

test("the completion script for bash completes", async () => {
  const { stdout } = await ichor(".", "completion", "bash");
  const script = `${stdout}\nCOMP_WORDS=(ichor get se); COMP_CWORD=2; _ichor; echo "\${COMPREPLY[@]}"`;
  expect(spawnSync("bash", ["-c", script], { encoding: "utf8" }).stdout.trim()).toBe("servers");
});

test.each([
  [["compil"], "Did you mean compile?"],
  [["validate", "--outptu", "json"], "--output"],
  [["get"], "missing required argument"],
  [["schema", "Servers"], "there is no kind"],
])("wrong usage %j is exit code 1 with a suggestion", async (args, said) => {
  const { code, stderr } = await ichor(".", ...args);
  expect(code).toBe(1);
  expect(stderr).toContain(said);
});

test("a flag can be given by the environment", () => {
  const env = { ...process.env, ICHOR_OUTPUT: "name", ICHOR_SITE: "osl2" };
  const printed = spawnSync(process.execPath, ["src/cli/main.ts", "get", "clusters"], {
    env,
    encoding: "utf8",
  });
  expect(printed.stdout).toBe("osl2-core5\nosl2-mgmt\n");
});
