import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { emitYaml } from "../src/core/yaml-emit.ts";
import { readCreationRules, ruleFor } from "../src/secrets/sops/creation-rules.ts";
import { decryptSops } from "../src/secrets/sops/decrypt.ts";
import { encryptSops } from "../src/secrets/sops/encrypt.ts";
import { readIdentities } from "../src/secrets/sops/identities.ts";
import { buildTool } from "../test/conformance/go.ts";
import { type Cost, measureNode, measureProgram } from "./measure.ts";
import { createRandom, type Random } from "./random.ts";

const SELF = fileURLToPath(import.meta.url);
const PROCESSORS = cpus().length;

interface Subject {
  readonly name: string;
  readonly run: () => Cost;
}

/**
 * Measures how long it takes to decrypt the secrets of many clusters: ichor in one process beside the real sops, a
 * process for each file, which is the only way that its command line has; once one after another and once as many
 * at a time as there are processors. The subjects take turns. Prints a table; asserts nothing but that all read the
 * same.
 */
async function bench(): Promise<void> {
  const { values } = parseArgs({
    options: { rounds: { type: "string", default: "5" }, bundles: { type: "string", default: "320" } },
  });
  const folder = mkdtempSync(join(tmpdir(), "ichor-bench-secrets-"));
  try {
    await makeBundles(folder, Number(values.bundles));
    compareResults(folder);
    const subjects = subjectsIn(folder);
    const costs = new Map(subjects.map(({ name }) => [name, [] as Cost[]]));
    for (let round = 1; round <= Number(values.rounds); round++) {
      for (const { name, run } of subjects) {
        process.stderr.write(`round ${round} of ${values.rounds}: ${name}\n`);
        costs.get(name)?.push(run());
      }
    }
    process.stdout.write(
      `${values.bundles} bundles, medians of ${values.rounds} rounds. Node ${process.versions.node}, ` +
        `${PROCESSORS} processors.\n\n${formatTable(costs, Number(values.bundles))}`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function subjectsIn(folder: string): readonly Subject[] {
  const sops = buildTool("sops");
  const environment = [`SOPS_AGE_KEY_FILE=${join(folder, "key")}`, `HOME=${folder}`];
  const bySops = (atOnce: number) =>
    measureProgram("env", [
      ...environment,
      "sh",
      "-c",
      'ls "$1"/*.sops.yaml | xargs -n 1 -P "$2" "$3" decrypt >/dev/null',
      "sh",
      folder,
      String(atOnce),
      sops,
    ]);
  return [
    { name: "ichor, one process", run: () => measureNode([SELF, "--decrypt", folder]) },
    { name: "`sops decrypt`, one after another", run: () => bySops(1) },
    { name: `\`sops decrypt\`, ${PROCESSORS} at a time`, run: () => bySops(PROCESSORS) },
    { name: "empty node", run: () => measureNode(["--eval", ""]) },
  ];
}

/** Files as clusters have them: what is secret encrypted, certificates readable, to three recipients. */
async function makeBundles(folder: string, count: number): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const random = createRandom(1);
  const recipients = ["key", "other", "recovery"].map((name) => {
    run(buildTool("age-keygen"), ["-o", join(folder, name)]);
    return run(buildTool("age-keygen"), ["-y", join(folder, name)]).trim();
  });
  const rule = {
    age: recipients,
    encrypted_regex: "^(key|secret|token|bootstraptoken|secretboxencryptionsecret)$",
  };
  const [found] = [ruleFor(readCreationRules({ creation_rules: [rule] }).value, "")];
  if (found === undefined) throw new Error("no rule");
  for (let index = 0; index < count; index++) {
    const file = `c${String(index).padStart(4, "0")}.sops.yaml`;
    const text = emitYaml(makeBundle(random));
    const { value, diagnostics } = await encryptSops({ file, text, rule: found, now: new Date() });
    if (value === undefined) throw new Error(JSON.stringify(diagnostics));
    writeFileSync(join(folder, file), value);
  }
}

/** The shape and the sizes of what `talosctl gen secrets` writes. */
function makeBundle(random: Random): unknown {
  const base64 = (bytes: number) => Buffer.from(random.hex(bytes * 2), "hex").toString("base64");
  const token = () => `${random.hex(6)}.${random.hex(16)}`;
  const authority = (crt: number, key: number) => ({ crt: base64(crt), key: base64(key) });
  return {
    cluster: { id: base64(32), secret: base64(32) },
    secrets: { bootstraptoken: token(), secretboxencryptionsecret: base64(32) },
    trustdinfo: { token: token() },
    certs: {
      etcd: authority(568, 227),
      k8s: authority(583, 227),
      k8saggregator: authority(538, 227),
      k8sserviceaccount: { key: base64(3243) },
      os: authority(481, 128),
    },
  };
}

/** Every subject has to find the same in the same files: the first, the last and one between. */
function compareResults(folder: string): void {
  const files = bundlesIn(folder);
  const key = join(folder, "key");
  for (const file of [files[0], files[files.length >> 1], files.at(-1)].filter((one) => one !== undefined)) {
    const args = ["decrypt", "--output-type", "json", join(folder, file)];
    const theirs: unknown = JSON.parse(
      run(buildTool("sops"), args, { SOPS_AGE_KEY_FILE: key, HOME: folder }),
    );
    const ours: unknown = JSON.parse(run(process.execPath, [SELF, "--print", join(folder, file)]));
    if (JSON.stringify(ours) !== JSON.stringify(theirs)) throw new Error(`ichor and sops differ on ${file}`);
  }
}

function bundlesIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".sops.yaml"))
    .sort();
}

/** What is measured of ichor: reads each file from the disk, decrypts it and checks its code. */
async function decryptAll(folder: string): Promise<void> {
  const identities = identitiesIn(folder);
  for (const file of bundlesIn(folder)) await decryptOne(join(folder, file), identities);
}

async function decryptOne(file: string, identities: ReturnType<typeof identitiesIn>): Promise<unknown> {
  const { value, diagnostics } = await decryptSops(file, readFileSync(file, "utf8"), identities);
  if (value === undefined) throw new Error(JSON.stringify(diagnostics));
  return value.value;
}

function identitiesIn(folder: string) {
  return readIdentities(readFileSync(join(folder, "key"), "utf8"), "key").value;
}

function run(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): string {
  const done = spawnSync(program, args, { encoding: "utf8", env: { ...process.env, ...environment } });
  if (done.status !== 0) throw new Error(`${program} ${args.join(" ")}: ${done.stderr}`);
  return done.stdout;
}

function formatTable(costs: ReadonlyMap<string, readonly Cost[]>, bundles: number): string {
  const ichor = [...costs.values()][0] ?? [];
  const rows = [...costs].map(([name, runs]) => {
    const wall = median(runs, "wallMs");
    const cpu = median(runs, "cpuMs");
    const ratio = `${(wall / median(ichor, "wallMs")).toFixed(1)} / ${(cpu / median(ichor, "cpuMs")).toFixed(1)}`;
    return [name, (wall / 1000).toFixed(2), (cpu / 1000).toFixed(2), (cpu / bundles).toFixed(1), ratio];
  });
  const head = ["", "wall s", "CPU s", "CPU ms a bundle", "x of ichor: wall / CPU"];
  return [head, head.map(() => "---"), ...rows].map((line) => `| ${line.join(" | ")} |\n`).join("");
}

function median(runs: readonly Cost[], field: "wallMs" | "cpuMs"): number {
  const sorted = runs.map((cost) => cost[field]).sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

const [mode, argument = ""] = process.argv.slice(2);
if (mode === "--decrypt") await decryptAll(argument);
else if (mode === "--print") {
  const value = await decryptOne(argument, identitiesIn(join(argument, "..")));
  process.stdout.write(JSON.stringify(value));
} else await bench();
