import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type GoProgram, runGo } from "./go.ts";

/** The root of this repository. */
export const root = join(import.meta.dirname, "../..");

/** What Talos' own loader and strict validation say of one machine configuration. */
export type Verdict = {
  readonly name: string;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  readonly documents: number;
  /** `controlplane`, `worker` or, where there is no v1alpha1 document or it did not load, empty. */
  readonly machineType: string;
};

/** A machine configuration by its path or as text, its secrets written as references. */
export type MachineConfig = { readonly name: string } & (
  | { readonly path: string }
  | { readonly text: string }
);

/** Lets Talos judge machine configurations with the secrets of a throw-away bundle in place of the references. */
export function judge(program: GoProgram, configs: readonly MachineConfig[]): readonly Verdict[] {
  return runGo(program, "validate", configs) as readonly Verdict[];
}

/** Configurations as `talosctl gen config` writes them, and the secrets bundle they hold. */
export type SampleConfigs = {
  readonly controlPlane: string;
  readonly worker: string;
  readonly secrets: string;
};

/** Generates sample configurations with Talos' own generator. */
export function generateSample(program: GoProgram, kubernetes: string): SampleConfigs {
  const request = { cluster: "sample", endpoint: "https://10.101.250.7:6443", kubernetes };
  return runGo(program, "gen", request) as SampleConfigs;
}

/** The machine configurations of the example, by their paths from the root. */
export function exampleMachines(): readonly string[] {
  return globSync("generated/clusters/*/*/machines/*.yaml", { cwd: root }).sort();
}

/** One line for each error, and for a configuration that is no machine's. */
export function objections({ name, errors, machineType }: Verdict): readonly string[] {
  const none = machineType === "" && errors.length === 0 ? ["it has no machine type"] : [];
  return [...errors, ...none].map((error) => `${name}: ${error}`);
}

/** The program whose Talos the machine's cluster runs; 1.12 has none of its own and 1.13 reads its contract. */
export function programOf(machine: string): GoProgram | undefined {
  const path = join(root, clusterFolder(machine), "cluster.json");
  const cluster: unknown = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
  const talos = (cluster as { readonly talos?: string }).talos ?? "";
  if (/^v?1\.1[23]\./.test(talos)) return "v1.13";
  return /^v?1\.14\./.test(talos) ? "v1.14" : undefined;
}

/** The folder of the cluster that a machine configuration belongs to. */
export function clusterFolder(machine: string): string {
  const folder = dirname(machine);
  return basename(folder) === "machines" ? dirname(folder) : folder;
}
