import type { Machine, ServiceStateName } from "./machine.ts";

/** @param healthy undefined where nothing is known yet */
export function setService(
  machine: Machine,
  id: string,
  state: ServiceStateName,
  healthy: boolean | undefined,
  message = "",
): void {
  const status = {
    id,
    state,
    healthy: healthy ?? false,
    unknown: healthy === undefined,
    message,
    since: machine.world.now(),
  };
  machine.services = new Map(machine.services).set(id, status);
  machine.world.changed(machine);
}
