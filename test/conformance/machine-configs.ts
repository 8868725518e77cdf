import { type GoProgram, runGo } from "./go.ts";

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
