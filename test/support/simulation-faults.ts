import type { Faults } from "../../src/lab/faults.ts";
import type { Fleet } from "../../src/lab/fleet.ts";
import { crash, powerOff, powerOn } from "../../src/lab/lifecycle.ts";
import type { Machine } from "../../src/lab/machine.ts";
import type { Random } from "../../src/lab/random.ts";
import type { StepClock } from "./simulation-clock.ts";
import type { Arrival, Network, Process } from "./simulation-driver.ts";
import { CUTTING } from "./simulation-git.ts";

export interface FaultWorld {
  readonly fleet: Fleet;
  readonly clock: StepClock;
  readonly random: Random;
  readonly network: Network;
  readonly note: (line: string) => void;
}

/** Breaks things at random and, when they have been broken for a while, repairs them. */
export function createBreaker(world: FaultWorld) {
  const { fleet, clock, random, network, note } = world;
  const machines = [...fleet.machines.values()];
  const active = new Map<Machine, Faults>();
  let generation = 0;
  let isOver = false;
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const set = (machine: Machine, faults: Faults) => {
    active.set(machine, faults);
    fleet.setFaults(machine, { unroutableWith: CUTTING, ...faults });
  };
  const repairLater = (repair: () => unknown) => {
    const now = generation;
    clock.schedule(random() * random() * 15 * 60_000, () => {
      if (now === generation) repair();
    });
  };
  const breakFor = (machine: Machine, faults: Faults) => {
    const before = active.get(machine) ?? {};
    set(machine, { ...before, ...faults });
    repairLater(() => {
      const left = { ...active.get(machine) } as Record<string, unknown>;
      for (const key of Object.keys(faults)) delete left[key];
      set(machine, left);
      note(`${machine.spec.name} repaired: ${Object.keys(faults).join(", ")}`);
    });
  };
  const cycle = (machine: Machine, faults: Faults) => {
    powerOff(machine);
    set(machine, { ...active.get(machine), ...faults });
    powerOn(machine);
  };
  const kinds: Readonly<Record<string, (machine: Machine) => void>> = {
    refuse: (machine) => breakFor(machine, { connection: "refuse" }),
    hang: (machine) => breakFor(machine, { connection: "hang" }),
    drop: (machine) => breakFor(machine, { dropCalls: 0.1 + random() * 0.5 }),
    slow: (machine) => breakFor(machine, { slow: 1 + random() * 6 }),
    late: (machine) => breakFor(machine, { latency: random() * 2000 }),
    bmc: (machine) => breakFor(machine, { bmcDown: true }),
    full: (machine) => breakFor(machine, { diskFull: true }),
    refusesConfiguration: (machine) => breakFor(machine, { refuseConfiguration: "1 error occurred: no" }),
    rebootOn: (machine) =>
      breakFor(machine, { rebootOn: [pick(["ApplyConfiguration", "Reboot", "Bootstrap", "ServiceList"])] }),
    lazyBmc: (machine) => {
      network.lazy.add(machine.spec.serial);
      repairLater(() => network.lazy.delete(machine.spec.serial));
    },
    crash: (machine) => crash(machine),
    crashAgain: (machine) => crash(machine),
    power: (machine) => {
      powerOff(machine);
      repairLater(() => powerOn(machine));
    },
    replaced: (machine) => {
      cycle(machine, { uuid: "4c4c4544-0042-3510-8052-ffffffffffff" });
      repairLater(() => {
        powerOff(machine);
        const { uuid: _, ...left } = active.get(machine) ?? {};
        set(machine, left);
        powerOn(machine);
      });
    },
    cables: (machine) => {
      const other = pick(machines);
      if (other === machine) return;
      network.wires.set(machine.spec.bootstrap, other.spec.serial);
      network.wires.set(other.spec.bootstrap, machine.spec.serial);
      repairLater(() => {
        network.wires.delete(machine.spec.bootstrap);
        network.wires.delete(other.spec.bootstrap);
      });
    },
  };
  for (const machine of machines) set(machine, {});
  const breakIt = (kind: string, machine: Machine) => {
    if (isOver) return;
    note(`FAULT ${kind} ${machine.spec.name} (${machine.stage})`);
    kinds[kind]?.(machine);
  };
  return {
    /** Hits the machine that is just written to, or one beside it, at the worst moment. */
    ambush: ({ machine: written, method }: Arrival, process: Process) => {
      if (isOver) return;
      if (random() < (method === "Bootstrap" ? 0.3 : 0.03)) {
        const kill = () => isOver || process.kill();
        clock.schedule(random() * 15_000, kill);
      }
      if (random() > (method === "Bootstrap" ? 0.5 : 0.06)) return;
      const beside = machines.filter(
        ({ spec }) => spec.name.split("-")[0] === written.spec.name.split("-")[0],
      );
      const machine = random() < 0.3 ? written : pick(beside);
      const kind = random() < 0.5 ? pick(["crash", "power", "refuse", "drop"]) : pick(Object.keys(kinds));
      clock.schedule(random() * random() * 60_000, () => breakIt(kind, machine));
    },
    /** @param near the machine that was written to last, which is hit often */
    breakSomething: (near: Machine | undefined) => {
      const [kind, any] = [pick(Object.keys(kinds)), pick(machines)];
      const machine = near !== undefined && random() < 0.5 ? near : any;
      breakIt(kind, machine);
    },
    repairAll: () => {
      generation += 1;
      isOver = true;
      network.wires.clear();
      network.lazy.clear();
      for (const machine of machines) {
        if (machine.faults.uuid !== undefined) powerOff(machine);
        set(machine, {});
        powerOn(machine);
      }
      note("everything is repaired");
    },
  };
}
