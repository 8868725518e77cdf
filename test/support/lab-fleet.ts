import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Command } from "commander";
import { type RunningLab, startLab } from "../../src/cli/apply/lab.ts";
import { INIT_FILES } from "../../src/cli/init/files.ts";
import { run } from "../../src/cli/run.ts";
import type { Terminal } from "../../src/cli/terminal.ts";
import { emitYaml } from "../../src/core/yaml-emit.ts";
import type { Faults } from "../../src/lab/faults.ts";
import type { Machine } from "../../src/lab/machine.ts";
import { createLeakGuard } from "../../src/secrets/leaks/leak-guard.ts";
import { createIdentity, recipientOf } from "../../src/secrets/sops/data-key.ts";
import type { Printed } from "./ichor.ts";

/**
 * A small fleet for scenarios: the files of `ichor init` with two racks and two clusters, in a git repository, with a
 * simulated machine for each server. `dc1-mgmt` runs Talos 1.14 in the rack `dc1-r001`, `dc1-old` Talos 1.13 in
 * `dc1-r002`. In both u01 to u03 are control planes, u04 and u05 are workers.
 */
export interface LabFleet {
  /** The repository. */
  readonly root: string;
  /** Where journal and leases are. */
  readonly state: string;
  readonly lab: RunningLab["lab"];
  readonly plan: FleetCommand;
  /** With `--yes`. */
  readonly apply: FleetCommand;
  readonly status: FleetCommand;
  /** `ichor node …`, without any flag. */
  readonly node: FleetCommand;
  /** The flags by which a command is about the lab's machines, and how it works on them. */
  readonly flags: { readonly lab: readonly string[]; readonly run: readonly string[] };
  /** The simulated machine of a server. */
  readonly machine: (server: string) => Machine;
  /** Replaces all faults of a machine. */
  readonly setFaults: (server: string, faults: Faults) => void;
  /** Changes files, compiles and commits, as a merged pull request would. */
  readonly merge: (
    changes: Readonly<Record<string, (text: string) => string>>,
    message?: string,
  ) => Promise<void>;
  readonly git: (...args: readonly string[]) => string;
  /** Ends the machines and removes everything. */
  readonly stop: () => Promise<void>;
}

/** Runs a command on the lab's machines, as somebody who has the key. */
export type FleetCommand = (args?: readonly string[], options?: CommandOptions) => Promise<Printed>;

export interface CommandOptions {
  /** Another repository than the fleet's. */
  readonly cwd?: string;
  readonly interruption?: AbortSignal;
  /**
   * How many times as fast as the real one the command's clock goes from its first word of progress on: minutes of
   * waiting become seconds. Not before that, or its certificate would be of the future.
   */
  readonly haste?: number;
  /** Called with what it says while it works. */
  readonly onProgress?: (text: string) => void;
}

export const CLUSTER_FILES = {
  "dc1-mgmt": "clusters/dc1/dc1-mgmt/cluster.yaml",
  "dc1-old": "clusters/dc1/dc1-old/cluster.yaml",
} as const;

/** How many times as fast as real ones the machines are. */
const SPEED = 120;

/**
 * Addresses that nothing else of this repository uses, so that tests may run side by side: two networks for each fleet.
 *
 * @param fleet 0 to 9: another one for each file of tests
 */
function networksOf(fleet: number): readonly (readonly [string, string])[] {
  return [
    ["10.101.", `10.${231 + 2 * fleet}.`],
    ["10.202.", `10.${232 + 2 * fleet}.`],
  ];
}

/** The schematic of the fleet's servers with FRR, which Talos 1.13 needs: it is found by what the servers are. */
const FRR_SCHEMATIC = "99ee647dfe0786e9f0d87f30533fbc954ae3a7e73ea9050bba08733c219d3ed8";

/** Makes the same repository in another folder without the secrets of its clusters, and compiles it. */
export async function compileWithoutSecrets(root: string): Promise<Printed> {
  await createLabRepository(root, 0);
  return runCommand(root, {}, ["compile"], {});
}

/** Makes the repository without any secret of a cluster. */
async function createLabRepository(root: string, fleet: number): Promise<{ readonly key: string }> {
  const identity = await createIdentity();
  const rule = {
    path_regex: "\\.sops\\.yaml$",
    encrypted_regex: "^(key|token|secret|id|bootstraptoken|secretboxencryptionsecret)$",
    age: [await recipientOf(identity)],
  };
  const files = { ...fleetFiles(fleet), ".sops.yaml": emitYaml({ creation_rules: [rule] }) };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return { key: identity.secret };
}

function fleetFiles(fleet: number): Readonly<Record<string, string>> {
  const networks = networksOf(fleet);
  const files: Record<string, string> = {};
  for (const [path, text] of Object.entries(INIT_FILES)) {
    files[path] = networks.reduce((all, [from, to]) => all.replaceAll(from, to), text);
  }
  const mgmt = files[CLUSTER_FILES["dc1-mgmt"]] ?? "";
  const own = mgmt.replace("pool: dc1-general, schedulable: true", `pool: dc1-r001, pins: ${pins(1, 1, 3)}`);
  const workers = (rack: number) =>
    `  workers:\n    - { name: general, replicas: 2, pool: dc1-r00${rack}, pins: ${pins(rack, 4, 2)} }\n`;
  const fleetFile = files["inventory/fleet.yaml"] ?? "";
  return {
    ...files,
    "inventory/fleet.yaml": fleetFile.replace(
      'factory: { url: "https://factory.talos.dev" }',
      `factory: ${JSON.stringify({ url: "https://factory.talos.dev", images: frrImages() })}`,
    ),
    "inventory/sites/dc1/pools.yaml": `${pool(1)}---\n${pool(2)}---\n${(files["inventory/sites/dc1/pools.yaml"] ?? "").split("---\n")[1] ?? ""}`,
    "inventory/sites/dc1/racks/dc1-r001.yaml": rackFile(1),
    "inventory/sites/dc1/racks/dc1-r002.yaml": rackFile(2),
    "clusters/channels/older.yaml": emitYaml({
      apiVersion: "ichor/v1alpha1",
      kind: "Channel",
      metadata: { name: "older" },
      spec: { talos: "v1.13.9", kubernetes: "v1.36.3" },
    }),
    [CLUSTER_FILES["dc1-mgmt"]]: own + workers(1),
    [CLUSTER_FILES["dc1-old"]]:
      own
        .replaceAll("dc1-mgmt", "dc1-old")
        .replaceAll("dc1-r001", "dc1-r002")
        .replace("role: management", "role: customer")
        .replace("channel: stable", "channel: older")
        .replace("contract: v1.14", "contract: v1.13")
        .replace("routing: talos", "routing: frr") + workers(2),
  };
}

/** Places of a group on the servers from a unit on. */
function pins(rack: number, unit: number, count: number): string {
  const places = Array.from({ length: count }, (_, place) => `${place}: dc1-r00${rack}-u0${unit + place}`);
  return `{ ${places.join(", ")} }`;
}

function pool(rack: number): string {
  return emitYaml({
    apiVersion: "ichor/v1alpha1",
    kind: "ServerPool",
    metadata: { name: `dc1-r00${rack}` },
    spec: { selector: { site: "dc1", labels: { rack: `r00${rack}` } } },
  });
}

function frrImages(): object {
  const at = "registry.example/ichor/installer@sha256:";
  const image = {
    installer: at + "a".repeat(64),
    kernel: "http://assets.example/talos/v1.13.9/kernel-amd64",
    initramfs: "http://assets.example/talos/v1.13.9/initramfs-amd64.xz",
  };
  return { [FRR_SCHEMATIC]: { "v1.13.9": image } };
}

function rackFile(rack: number): string {
  const leaf = (letter: string, u: number, port: number) => ({
    model: "leaf-48",
    u,
    serial: `LEAF-${rack}${letter.toUpperCase()}`,
    uplinks: {
      Ethernet48: `dc1-spine1/Ethernet${2 * rack + port}`,
      Ethernet49: `dc1-spine2/Ethernet${2 * rack + port}`,
    },
  });
  const name = `dc1-r00${rack}`;
  return emitYaml({
    apiVersion: "ichor/v1alpha1",
    kind: "Rack",
    metadata: { name },
    spec: {
      site: "dc1",
      index: rack,
      switches: { [`${name}-leaf-a`]: leaf("a", 47, 0), [`${name}-leaf-b`]: leaf("b", 48, 1) },
      defaults: { model: "server-a", bmc: { credentials: "bmc/default" } },
      servers: Object.fromEntries([1, 2, 3, 4, 5].map((u) => [`${name}-u0${u}`, server(name, rack, u)])),
    },
  });
}

function server(name: string, rack: number, u: number): object {
  const mac = (end: string) => `02:00:00:0${rack}:0${u}:${end}`;
  return {
    u,
    serial: `SERIAL-${rack}0${u}`,
    labels: { rack: `r00${rack}` },
    uuid: `4c4c4544-0035-5910-8047-c7c04f4d0${rack}0${u}`,
    bmc: { address: `10.9.${rack}.${u}`, mac: mac("00") },
    nics: {
      eno1: { mac: mac("01"), port: `${name}-leaf-a/Ethernet${u - 1}`, boot: true },
      eno2: { mac: mac("02"), port: `${name}-leaf-b/Ethernet${u - 1}` },
    },
  };
}

/** The whole fleet: a commit with the secrets of both clusters, and machines that were booted from the network. */
export async function startLabFleet(number = 0): Promise<LabFleet> {
  const folder = mkdtempSync(join(tmpdir(), "ichor-apply-"));
  try {
    return await startIn(folder, number);
  } catch (caught) {
    rmSync(folder, { recursive: true, force: true });
    throw caught;
  }
}

async function startIn(folder: string, number: number): Promise<LabFleet> {
  const root = join(folder, "fleet");
  const { key } = await createLabRepository(root, number);
  const env = { HOME: join(folder, "home"), SOPS_AGE_KEY: key };
  const ichor = (command: readonly string[], options: CommandOptions = {}) =>
    runCommand(root, env, command, options);
  const git = (...args: readonly string[]) =>
    execFileSync("git", ["-C", root, ...args], { encoding: "utf8" });
  const must = async (...command: readonly string[]) => {
    const { code, stdout, stderr } = await ichor(command);
    if (code !== 0) throw new Error(`ichor ${command.join(" ")} ended with ${code}\n${stdout}${stderr}`);
  };
  for (const cluster of Object.keys(CLUSTER_FILES)) await must("secrets", "init", cluster);
  await must("compile");
  git("init", "--quiet");
  for (const [name, value] of [
    ["user.name", "A Merger"],
    ["user.email", "merger@example.org"],
    ["commit.gpgsign", "false"],
  ] as const) {
    git("config", name, value);
  }
  git("add", ".");
  git("commit", "--quiet", "--message", "a new fleet");
  const running = await startMachines(root);
  const { lab, url } = running;
  const state = join(folder, "state");
  // Never by the environment: without the flag a command would look for real machines.
  const flags = { lab: ["--lab", url], run: ["--lab", url, "--yes", "--state", state] };
  const machine = (name: string) => {
    const found = lab.fleet.find(name);
    if (found === undefined) throw new Error(`the lab has no machine "${name}"`);
    return found;
  };
  return {
    root,
    state,
    lab,
    plan: (args = [], options) => ichor(["plan", ...flags.lab, ...args], options),
    apply: (args = [], options) => ichor(["apply", ...flags.run, ...args], options),
    status: (args = [], options) => ichor(["status", ...flags.lab, ...args], options),
    node: (args = [], options) => ichor(["node", ...args], options),
    flags,
    machine,
    setFaults: (name, faults) => lab.fleet.setFaults(machine(name), faults),
    merge: async (changes, message = "a change") => {
      for (const [path, change] of Object.entries(changes)) {
        const before = readFileSync(join(root, path), "utf8");
        const after = change(before);
        if (after === before) throw new Error(`the change of ${path} changes nothing`);
        writeFileSync(join(root, path), after);
      }
      try {
        await must("compile");
      } catch (caught) {
        git("checkout", "--quiet", "--", ".");
        throw caught;
      }
      git("add", ".");
      git("commit", "--quiet", "--message", message);
    },
    git,
    stop: async () => {
      await running.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function startMachines(root: string): Promise<RunningLab> {
  const printed = { stdout: "", stderr: "" };
  const terminal = terminalOf(root, {}, printed, {});
  const program = new Command();
  program.setOptionValue("chdir", root);
  const nothing = () => undefined;
  const registration = {
    program,
    terminal,
    guard: createLeakGuard(),
    printCredential: nothing,
    finish: nothing,
  };
  const running = await startLab(registration, { speed: SPEED, seed: "scenarios", port: 0 });
  if (running === undefined) throw new Error(`the lab did not come up: ${printed.stderr}`);
  return running;
}

async function runCommand(
  root: string,
  env: Readonly<Record<string, string>>,
  command: readonly string[],
  options: CommandOptions,
): Promise<Printed> {
  const printed = { stdout: "", stderr: "" };
  const code = await run(command, terminalOf(options.cwd ?? root, env, printed, options));
  return { code, ...printed };
}

function terminalOf(
  cwd: string,
  env: Readonly<Record<string, string>>,
  printed: { stdout: string; stderr: string },
  { interruption, haste = 1, onProgress }: CommandOptions,
): Terminal {
  let start: number | undefined;
  const signal = interruption ?? new AbortController().signal;
  return {
    cwd,
    env,
    color: false,
    now: () => new Date(start === undefined ? Date.now() : start + (Date.now() - start) * haste),
    stdin: () => Promise.resolve(undefined),
    interruption: () => signal,
    ask: () => Promise.resolve(undefined),
    size: () => undefined,
    stdout: (text) => {
      printed.stdout += text;
    },
    stderr: (text) => {
      printed.stderr += text;
      start ??= Date.now();
      onProgress?.(text);
    },
  };
}
