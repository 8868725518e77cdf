import type { LabClock } from "./clock.ts";
import { bootstrapEtcd } from "./etcd-service.ts";
import type { Fleet } from "./fleet.ts";
import { installedWith, powerOn } from "./lifecycle.ts";
import type { Machine } from "./machine.ts";
import { finishBoot } from "./services.ts";

/** How often, and how much later each time, it is looked whether all machines are up. */
const LOOKS = { count: 120, pause: 10_000 } as const;

/**
 * Makes machines run as if they had been installed long ago: each has its configuration on its disk, boots with it, and
 * the first control plane of each cluster is bootstrapped. So much time passes for the fleet as that takes; machines
 * without a text stay off.
 *
 * @throws Error where a text is no whole configuration, or a machine does not come up
 */
export function startRunning(
  { machines }: Fleet,
  clock: LabClock,
  textOf: (machine: Machine) => string | undefined,
): void {
  const started = [...machines.values()].filter((machine) => {
    const text = textOf(machine);
    if (text !== undefined) installedWith(machine, text);
    return text !== undefined;
  });
  for (const machine of started) powerOn(machine);
  const bootstrapped = new Set<string>();
  for (let look = 0; look < LOOKS.count; look++) {
    clock.advance(LOOKS.pause);
    for (const machine of started) bootstrapFirst(machine, bootstrapped);
    if (started.every(({ stage }) => stage === "running")) return;
  }
  const late = started.find(({ stage }) => stage !== "running");
  throw new Error(`"${late?.spec.name}" does not come up: it is ${late?.stage}`);
}

function bootstrapFirst(machine: Machine, bootstrapped: Set<string>): void {
  const { active } = machine;
  if (active?.type !== "controlplane" || bootstrapped.has(active.cluster)) return;
  bootstrapEtcd(machine, () => finishBoot(machine));
  bootstrapped.add(active.cluster);
}
