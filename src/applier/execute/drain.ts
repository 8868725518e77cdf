import type { MachineRun } from "./context.ts";
import { step } from "./step.ts";

/** Makes a node schedulable again that an earlier run left otherwise. */
export async function uncordon(run: MachineRun): Promise<void> {
  const api = run.context.kubernetes(run.machine.cluster);
  if (api === undefined) return;
  await step(run, "uncordon", () => api.setUnschedulable(run.machine.name, false, undefined));
}
