import type { DesiredMachine } from "../desired.ts";
import type { MachineHealth, Reading } from "../live.ts";
import type { TalosApi } from "../talos-api.ts";
import { talosError } from "./failure.ts";
import { DIAGNOSTICS, EPHEMERAL, type ParseYaml, STATIC_PODS, specOf, textAt } from "./resources.ts";

/** What only the health of a machine rests on; what cannot be read, as by an old Talos, leaves the rest alone. */
export async function readMachineHealth(
  api: TalosApi,
  { type }: DesiredMachine,
  parseYaml: ParseYaml,
): Promise<MachineHealth> {
  const [staticPods, diagnostics, memory, disk] = await Promise.all([
    type === "controlplane" ? reading(readStaticPods(api, parseYaml)) : { value: [] },
    reading(readDiagnostics(api, parseYaml)),
    reading(api.memory().then(({ total }) => total)),
    readDisk(api, parseYaml),
  ]);
  return { staticPods, diagnostics, memory, disk };
}

async function reading<T>(read: Promise<T>): Promise<Reading<T>> {
  try {
    return { value: await read };
  } catch (caught) {
    return { why: talosError(caught).details };
  }
}

async function readStaticPods(api: TalosApi, parseYaml: ParseYaml) {
  const pods = await api.listResources(STATIC_PODS);
  return pods.map((pod) => ({ id: pod.id, phase: textAt(specOf(pod, parseYaml), "phase") }));
}

async function readDiagnostics(api: TalosApi, parseYaml: ParseYaml): Promise<readonly string[]> {
  const warnings = await api.listResources(DIAGNOSTICS);
  return warnings.map((one) => textAt(specOf(one, parseYaml), "message") || one.id);
}

async function readDisk(api: TalosApi, parseYaml: ParseYaml): Promise<Reading<number>> {
  const volume = await reading(api.getResource(EPHEMERAL));
  if ("why" in volume) return volume;
  const size = Number(textAt(specOf(volume.value, parseYaml), "size"));
  return size > 0 ? { value: size } : { why: "it does not say the size of its volume EPHEMERAL" };
}
