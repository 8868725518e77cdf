import type { Faults } from "../../src/lab/faults.ts";
import type { Fleet } from "../../src/lab/fleet.ts";
import { crash, powerOff, powerOn, reboot } from "../../src/lab/lifecycle.ts";
import type { Machine } from "../../src/lab/machine.ts";
import type { Random } from "../../src/lab/random.ts";
import type { StepClock } from "./simulation-clock.ts";
import type { Arrival, Network, Process } from "./simulation-driver.ts";
import { CUTTING, type Git } from "./simulation-git.ts";
import {
  type Clusters,
  changeBudget,
  cordonByHand,
  liftBudgets,
  uncordonByHand,
} from "./simulation-kubernetes.ts";
import { configureOtherwise, wipe } from "./simulation-others.ts";
import type { Rules } from "./simulation-rules.ts";

export interface FaultWorld {
  readonly fleet: Fleet;
  readonly clock: StepClock;
  readonly random: Random;
  readonly network: Network;
  readonly git: Git;
  readonly rules: Rules;
  readonly clusters: Clusters | undefined;
  readonly note: (line: string) => void;
}

/** Breaks things at random and, when they have been broken for a while, repairs them. */
export function createBreaker(world: FaultWorld) {
  const { fleet, clock, random, network, git, rules, clusters, note } = world;
  const machines = [...fleet.machines.values()];
  const active = new Map<Machine, Faults>();
  /** UUIDs of hardware that stands where other hardware was, for good. */
  const hardware = new Map<Machine, string>();
  let replacements = 0;
  let generation = 0;
  let isOver = false;
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const set = (machine: Machine, faults: Faults) => {
    active.set(machine, faults);
    const uuid = hardware.get(machine);
    fleet.setFaults(machine, { unroutableWith: CUTTING, ...(uuid !== undefined && { uuid }), ...faults });
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
  const beside = ({ spec }: Machine) =>
    machines.filter((other) => other.spec.name.split("-")[0] === spec.name.split("-")[0]);
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
    hardware: (machine) => {
      replacements += 1;
      hardware.set(machine, `4c4c4544-0042-3510-8052-eeeeeeeeee${String(replacements).padStart(2, "0")}`);
      // The disks are new with all the rest, or they are put into the new chassis.
      if (random() < 0.7) wipe(machine);
      cycle(machine, {});
    },
    // It is off, and where it should be another machine of its cluster answers.
    takenFor: (machine) => {
      const others = beside(machine).filter((other) => other !== machine && other.active !== undefined);
      const other = pick(others);
      if (other === undefined) return;
      powerOff(machine);
      network.wires.set(machine.spec.bootstrap, other.spec.serial);
      repairLater(() => {
        network.wires.delete(machine.spec.bootstrap);
        powerOn(machine);
      });
    },
    wiped: (machine) => wipe(machine),
    clock: (machine) => breakFor(machine, { clockAhead: pick([30_000, 600_000, 86_400_000]) }),
    network: () => {
      network.drop = 0.5;
      repairLater(() => {
        network.drop = 0;
        note("the network is well again");
      });
    },
    tool: (machine) => {
      const cluster = git.clusters.find(({ name }) => machine.spec.name.startsWith(`${name}-`));
      if (cluster !== undefined) note(`another tool: ${configureOtherwise(machine, cluster, random)}`);
    },
    restart: (machine) => reboot(machine, "DEFAULT"),
    ...(clusters !== undefined && {
      noKubernetes: (machine: Machine) => breakFor(machine, { kubernetesDown: true }),
      budget: ({ spec }: Machine) =>
        note(`budget: ${changeBudget(clusters, spec.name.split("-")[0] ?? "", random)}`),
      cordon: (machine: Machine) => {
        // It may be a while until they come back to it.
        if (cordonByHand(clusters, machine) && random() < 0.5)
          repairLater(() => uncordonByHand(clusters, machine.spec.name));
      },
    }),
    lock: (machine) => {
      const { name } = machine.spec;
      rules.locked.set(name, "somebody works on it");
      repairLater(() => {
        rules.locked.delete(name);
        note(`${name} is unlocked`);
      });
    },
    rules: () => {
      note(`GIT ${rules.change()}`);
      if (random() < 0.7) repairLater(() => note(`GIT ${rules.change()}`));
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
  // What costs data for good is rare, or no cluster would live.
  const rare = new Set(["wiped", "hardware", "network"]);
  const common = [
    "crash",
    "power",
    "refuse",
    "drop",
    "takenFor",
    ...(clusters === undefined ? [] : ["cordon"]),
  ];
  const anyKind = () => {
    const kind = pick(Object.keys(kinds));
    return rare.has(kind) && random() < 0.6 ? pick(Object.keys(kinds)) : kind;
  };
  for (const machine of machines) set(machine, {});
  const breakIt = (kind: string, machine: Machine) => {
    if (isOver) return;
    note(`FAULT ${kind} ${machine.spec.name} (${machine.stage})`);
    kinds[kind]?.(machine);
  };
  /** Nobody learns that etcd began: who knows it is killed, and the machine that has it is off for a long time. */
  const silence = (machine: Machine, process: Process) => {
    const now = generation;
    clock.schedule(random() * 12_000, () => isOver || process.kill());
    clock.schedule(15_000 + random() * 60_000, () => {
      if (isOver) return;
      note(`FAULT silence ${machine.spec.name}`);
      powerOff(machine);
      clock.schedule((5 + random() * 60) * 60_000, () => now === generation && powerOn(machine));
    });
  };
  return {
    /** Hits the machine that is just written to, or one beside it, at the worst moment. */
    ambush: ({ machine: written, method }: Arrival, process: Process) => {
      if (isOver) return;
      if (random() < (method === "Bootstrap" ? 0.3 : 0.03)) {
        const kill = () => isOver || process.kill();
        clock.schedule(random() * 15_000, kill);
      }
      if (method === "Bootstrap" && random() < 0.15) {
        silence(written, process);
        return;
      }
      if (random() > (method === "Bootstrap" ? 0.5 : 0.06)) return;
      const machine = random() < 0.3 ? written : pick(beside(written));
      const kind = random() < 0.5 ? pick(common) : anyKind();
      clock.schedule(random() * random() * 60_000, () => breakIt(kind, machine));
    },
    /** @param near the machine that was written to last, which is hit often */
    breakSomething: (near: Machine | undefined) => {
      const [kind, picked] = [anyKind(), pick(machines)];
      const machine = near !== undefined && random() < 0.5 ? near : picked;
      breakIt(kind, machine);
    },
    /** What git has to say of the hardware, where that is not what it was. */
    hardware: () => hardware,
    repairAll: () => {
      generation += 1;
      isOver = true;
      network.wires.clear();
      network.lazy.clear();
      network.drop = 0;
      for (const machine of machines) {
        if (machine.faults.uuid !== hardware.get(machine)) powerOff(machine);
        set(machine, {});
        powerOn(machine);
      }
      for (const name of clusters?.cordoned ?? []) if (clusters !== undefined) uncordonByHand(clusters, name);
      for (const { name } of git.clusters) if (clusters !== undefined) liftBudgets(clusters, name);
      note("everything is repaired");
    },
  };
}
