import { ApiError } from "./api-error.ts";
import { describeDiff, rebootReason } from "./config-diff.ts";
import { beginInstall, isGoingDown, reboot } from "./lifecycle.ts";
import { isAtLeast, type Machine } from "./machine.ts";
import { type MachineConfig, readMachineConfig } from "./machine-config.ts";
import { restartChanged } from "./services.ts";
import { validateConfig } from "./validate-config.ts";

export type ApplyMode = "REBOOT" | "AUTO" | "NO_REBOOT" | "STAGED" | "TRY";

export interface ApplyCall {
  readonly text: string;
  readonly mode: ApplyMode;
  readonly dryRun: boolean;
  readonly tryTimeout: number | undefined;
}

export interface ApplyResult {
  readonly mode: ApplyMode;
  readonly details: string;
}

/** Where the request does not say how long to try. */
const TRY_MS = 60_000;

/**
 * Begins to apply a configuration; what is returned carries it out and says how. Until then another call is refused,
 * as Talos does that handles one at a time.
 *
 * @throws ApiError as Talos refuses
 */
export function beginApply(machine: Machine, call: ApplyCall): () => ApplyResult {
  if (machine.applying) {
    throw new ApiError("FAILED_PRECONDITION", "another apply configuration is already in progress");
  }
  machine.applying = true;
  const { life } = machine;
  return () => {
    if (machine.life !== life) throw new ApiError("UNAVAILABLE", "error reading from server: EOF");
    machine.applying = false;
    return apply(machine, call);
  };
}

/** Applies a configuration at once. @throws ApiError as Talos refuses */
export function apply(machine: Machine, call: ApplyCall): ApplyResult {
  if (call.mode !== "TRY") cancelTry(machine);
  const { config, documents } = read(machine, call.text);
  const isMaintenance = machine.api === "maintenance";
  if (!isMaintenance && config.type === undefined && !hasV1Alpha1(documents)) {
    throw new ApiError(
      "INVALID_ARGUMENT",
      "the applied machine configuration doesn't contain v1alpha1 config, did you mean to patch the machine config instead?",
    );
  }
  const problem =
    machine.faults.refuseConfiguration ?? validateConfig(documents, config, machine.disk !== undefined);
  if (problem !== undefined) throw new ApiError("INVALID_ARGUMENT", problem);
  if (isGoingDown(machine)) throw new ApiError("UNAVAILABLE", "the machine is going down");
  const { mode, details } = decide(machine, call.mode, documents, isMaintenance);
  if (call.dryRun) {
    const difference = describeDiff(documentsOf(machine, machine.active), documents);
    return { mode, details: `Dry run summary:\n${details} (skipped in dry-run).\n${difference}` };
  }
  if (machine.faults.diskFull && !isMaintenance && mode !== "TRY") {
    throw new ApiError("UNKNOWN", "write /system/state/config.yaml: no space left on device");
  }
  if (!isMaintenance) carryOut(machine, config, mode, call.tryTimeout);
  else if (config.type !== undefined) beginInstall(machine, config);
  const tried = mode === "TRY" ? `\n${tryNotice(call.tryTimeout ?? TRY_MS)}` : "";
  return { mode, details: details + tried };
}

function read(
  { world }: Machine,
  text: string,
): { readonly config: MachineConfig; readonly documents: readonly unknown[] } {
  const found = world.readYaml(text);
  if ("error" in found) throw new ApiError("INVALID_ARGUMENT", `yaml: ${found.error}`);
  const documents = found.documents.filter((document) => document !== null);
  if (documents.length === 0) throw new ApiError("INVALID_ARGUMENT", "no configuration documents provided");
  return { config: readMachineConfig(text, documents), documents };
}

function hasV1Alpha1(documents: readonly unknown[]): boolean {
  return documents.some(
    (document) => typeof document === "object" && document !== null && !("kind" in document),
  );
}

/** How the configuration will be applied, by the version that runs. */
function decide(
  machine: Machine,
  mode: ApplyMode,
  documents: readonly unknown[],
  isMaintenance: boolean,
): ApplyResult {
  const without = "Applied configuration without a reboot";
  if (mode === "STAGED") {
    return { mode, details: "Staged configuration to be applied after the next reboot" };
  }
  if (isMaintenance) return { mode: mode === "TRY" ? mode : "NO_REBOOT", details: without };
  if (isAtLeast(machine, 14)) {
    if (mode !== "REBOOT") return { mode: mode === "AUTO" ? "NO_REBOOT" : mode, details: without };
    throw new ApiError(
      "UNIMPLEMENTED",
      "the REBOOT mode is not supported, please use AUTO or NO_REBOOT modes instead",
    );
  }
  const withReboot = "Applied configuration with a reboot";
  if (mode === "REBOOT") return { mode, details: withReboot };
  const reason = rebootReason(documentsOf(machine, machine.active), documents);
  if (reason === undefined) return { mode: mode === "AUTO" ? "NO_REBOOT" : mode, details: without };
  if (mode === "AUTO") return { mode: "REBOOT", details: `${withReboot}: ${reason}` };
  throw new ApiError("INVALID_ARGUMENT", reason);
}

function documentsOf({ world }: Machine, config: MachineConfig | undefined): readonly unknown[] {
  const found = config === undefined ? undefined : world.readYaml(config.text);
  return found === undefined || "error" in found ? [] : found.documents;
}

function carryOut(
  machine: Machine,
  config: MachineConfig,
  mode: ApplyMode,
  timeout: number | undefined,
): void {
  if (mode === "TRY") {
    tryFor(machine, config, timeout ?? TRY_MS);
    return;
  }
  // Where nothing is installed yet there is no partition to keep it on: the installation writes it.
  if (machine.disk !== undefined) machine.persistent = config;
  if (mode === "NO_REBOOT" || mode === "AUTO") activate(machine, config);
  else if (mode === "REBOOT") reboot(machine, "DEFAULT");
  machine.world.changed(machine);
}

function tryFor(machine: Machine, config: MachineConfig, timeout: number): void {
  const { active, world, life } = machine;
  // As Talos has it: a second try falls back to the first, not to what is on disk.
  const before = active;
  cancelTry(machine);
  machine.endTry = world.schedule(timeout, () => {
    machine.endTry = undefined;
    if (machine.life === life && before !== undefined) activate(machine, before);
  });
  activate(machine, config);
}

function cancelTry(machine: Machine): void {
  machine.endTry?.();
  machine.endTry = undefined;
}

function activate(machine: Machine, config: MachineConfig): void {
  const before = machine.active;
  machine.active = config;
  if (before !== undefined && (machine.stage === "running" || machine.stage === "booting")) {
    restartChanged(machine, before, config);
  }
  machine.world.changed(machine);
}

function tryNotice(timeout: number): string {
  return `The config is applied in 'try' mode and will be automatically reverted back in ${timeout / 1000}s`;
}
