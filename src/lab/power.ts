import { type Power, type PowerDriver, PowerError } from "../applier/power.ts";
import type { Fleet } from "./fleet.ts";
import { powerOff, powerOn, setNetworkBoot } from "./lifecycle.ts";
import type { Machine } from "./machine.ts";

/** What a BMC can be told. */
export const POWER_ACTIONS = ["network-boot", "cycle", "off", "on"] as const;

export type PowerAction = (typeof POWER_ACTIONS)[number];

/** How long the power stays away in a power cycle. */
const OFF_MS = 5000;

/** Does what a BMC does; resolves when the power is as it should be. @throws PowerError where the BMC is down */
export async function act(machine: Machine, action: PowerAction): Promise<void> {
  checkBmc(machine, action);
  if (action === "on") powerOn(machine);
  else if (action === "off") powerOff(machine);
  else {
    if (action === "network-boot") setNetworkBoot(machine);
    powerOff(machine);
    await new Promise<void>((resolve) => {
      machine.world.schedule(OFF_MS, () => {
        powerOn(machine);
        resolve();
      });
    });
  }
}

/** The BMCs of a fleet in this process. */
export function fleetPower(fleet: Fleet): PowerDriver {
  return {
    of: ({ name, serial }) => {
      const machine = fleet.machines.get(serial);
      return machine === undefined || machine.spec.name !== name ? undefined : powerOf(machine);
    },
  };
}

function powerOf(machine: Machine): Power {
  return {
    status: async () => {
      checkBmc(machine, "status");
      return machine.power;
    },
    networkBoot: () => act(machine, "network-boot"),
    powerCycle: () => act(machine, "cycle"),
    powerOff: () => act(machine, "off"),
    powerOn: () => act(machine, "on"),
  };
}

function checkBmc({ faults, spec }: Machine, operation: string): void {
  if (faults.bmcDown) throw new PowerError({ machine: spec.name, operation }, "the BMC does not answer");
}
