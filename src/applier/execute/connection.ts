import type { DesiredMachine } from "../desired.ts";
import type { Hardware } from "../live.ts";
import { isPlaceholderUuid, uuidAsInGit } from "../observe/identity.ts";
import { type TalosApi, TalosError } from "../talos-api.ts";
import type { MachineRun } from "./context.ts";
import { isUnknown, problem, StepFailure } from "./failure.ts";

/** What is not the hardware that git says; undefined where all of it is. MAC addresses count at first contact. */
export function identityProblem(
  machine: DesiredMachine,
  hardware: Hardware,
  options: { readonly macs: boolean },
): string | undefined {
  const uuid = hardware.uuid.toLowerCase();
  if (isPlaceholderUuid(uuid)) return `its UUID "${uuid}" is a placeholder that many machines have`;
  if (uuidAsInGit(uuid, machine.uuid) !== machine.uuid) {
    return `its UUID is "${uuid}", git says "${machine.uuid}"`;
  }
  if (hardware.serial !== machine.serial) {
    return `its serial number is "${hardware.serial}", git says "${machine.serial}"`;
  }
  if (!options.macs) return undefined;
  for (const [name, mac] of Object.entries(machine.macs)) {
    const found = hardware.macs[name];
    if (found !== mac) return `its interface "${name}" has the MAC "${found ?? ""}", git says "${mac}"`;
  }
  return undefined;
}

/**
 * Reads who is at the other end of a connection.
 *
 * @throws StepFailure where it is not the machine
 */
export async function checkIdentity(
  { context, machine }: MachineRun,
  api: TalosApi,
  options: { readonly macs: boolean },
): Promise<void> {
  const wrong = identityProblem(machine, await context.hardware(api, machine), options);
  if (wrong !== undefined) throw wrongMachine(machine, wrong);
}

export function wrongMachine(machine: DesiredMachine, wrong: string): StepFailure {
  return new StepFailure(
    "refused",
    problem("ICH8004", `another machine answers where "${machine.name}" should be: ${wrong}`),
  );
}

/**
 * Writes to a machine that runs: over a new connection, after reading over that same connection which machine it is.
 * The address at which it boots is for those whose loopback is not reachable yet.
 */
export async function withMachine<T>(
  run: MachineRun,
  act: (api: TalosApi) => Promise<T>,
  addresses: readonly string[] = [run.machine.loopback, run.machine.bootstrap],
): Promise<T> {
  const { context, machine } = run;
  let unreachable: unknown;
  for (const address of addresses) {
    const credentials = context.credentials(machine.cluster);
    const api = context.talos.connect({ machine: machine.name, address, credentials });
    try {
      try {
        await checkIdentity(run, api, { macs: false });
      } catch (caught) {
        if (!isUnknown(caught)) throw caught;
        unreachable = caught;
        continue;
      }
      return await act(api);
    } finally {
      api.close();
    }
  }
  throw (
    unreachable ??
    new TalosError("unavailable", { machine: machine.name, operation: "connect" }, "no address")
  );
}
