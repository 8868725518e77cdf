import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Command } from "commander";
import { type RunningLab, startLab } from "../../src/cli/apply/lab.ts";
import type { Registration } from "../../src/cli/command.ts";
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
 * `dc1-r002`; in both u01 to u03 are control planes, u04 and u05 workers.
 */
export interface LabFleet {
  /** The repository. */
  readonly root: string;
  /** Where journal and leases are. */
  readonly state: string;
  readonly running: RunningLab;
  /** Runs a command as the one who has the key. */
  readonly ichor: (command: readonly string[], more?: RunOptions) => Promise<Printed>;
  /** The simulated machine of a server. */
  readonly machine: (name: string) => Machine;
  readonly setFaults: (name: string, faults: Faults) => void;
  readonly read: (path: string) => string;
  /** Changes a file, compiles and commits, as a merged pull request would. */
  readonly merge: (path: string, change: (text: string) => string) => Promise<void>;
  /** The same with a copy of the whole repository, which the lab knows nothing of. */
  readonly git: (...args: readonly string[]) => string;
  readonly stop: () => Promise<void>;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly interruption?: AbortSignal;
  /** How many times as fast as the real one the clock of the command goes: hours of waiting become seconds. */
  readonly haste?: number;
  /** Called with everything that it says on stderr. */
  readonly onProgress?: (text: string) => void;
}

/** Times as fast as real machines. */
const SPEED = 120;

const MGMT = "clusters/dc1/dc1-mgmt/cluster.yaml";
const OLD = "clusters/dc1/dc1-old/cluster.yaml";
const RACK = "inventory/sites/dc1/racks/dc1-r001.yaml";

const SERVER_U04 = serverLines(1, 4);

/** One server of a rack, as `ichor init` writes its three. */
function serverLines(rack: number, u: number): string {
  const mac = (end: string) => `"02:00:00:0${rack - 1}:0${u}:${end}"`;
  return `    dc1-r00${rack}-u0${u}:
      u: ${u}
      serial: SERIAL-${rack}0${u}
      uuid: 5c4c4544-0035-5910-8047-c7c04f4d0${rack}0${u}
      labels: { for: r00${rack} }
      bmc: { address: 10.9.${rack}.${u}, mac: ${mac("00")} }
      nics:
        eno1: { mac: ${mac("01")}, port: dc1-r00${rack}-leaf-a/Ethernet${u - 1}, boot: true }
        eno2: { mac: ${mac("02")}, port: dc1-r00${rack}-leaf-b/Ethernet${u - 1} }
`;
}
