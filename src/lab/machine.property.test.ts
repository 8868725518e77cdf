import * as fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { type LabCluster, labCluster, labMachines } from "../../test/contract/fixtures/lab-cluster.ts";
import { ApiError } from "./api-error.ts";
import { apply } from "./apply.ts";
import { type EtcdCluster, hasQuorum, removeMember, votersOf } from "./etcd.ts";
import { bootstrapEtcd, forfeit, reachableCluster } from "./etcd-service.ts";
import { createLab, type Lab } from "./lab.ts";
import { crash, powerOff, powerOn, reboot, reset, setNetworkBoot, shutDown } from "./lifecycle.ts";
import type { Machine } from "./machine.ts";
import { listResources } from "./resource-store.ts";
import { finishBoot } from "./services.ts";
import { upgradeLegacy } from "./upgrade.ts";

let cluster: LabCluster;
beforeAll(async () => {
  cluster = await labCluster("random");
});

type Step = readonly [
  machine: number,
  action: (machine: Machine) => void,
  name: string,
  milliseconds: number,
];

const ACTIONS: Readonly<Record<string, (machine: Machine) => void>> = {
  on: powerOn,
  off: powerOff,
  networkBoot: setNetworkBoot,
  crash,
  reboot: (machine) => reboot(machine, "DEFAULT"),
  cycle: (machine) => reboot(machine, "POWERCYCLE"),
  shutDown,
  controlPlane: (machine) => put(machine, cluster.config(machine.spec, "controlplane"), "AUTO"),
  files: (machine) => {
    const text = cluster.config(machine.spec, "controlplane", ([first]) => {
      Object.assign(first?.["machine"], { files: [] });
    });
    put(machine, text, "AUTO");
  },
  attempt: (machine) => put(machine, cluster.config(machine.spec, "controlplane"), "TRY"),
  staged: (machine) => put(machine, cluster.config(machine.spec, "controlplane"), "STAGED"),
  bootstrap: (machine) => bootstrapEtcd(machine, () => finishBoot(machine)),
  forfeit,
  remove: (machine) => {
    const found = reachableCluster(machine);
    const [first] = found.members.keys();
    if (first !== undefined) removeMember(found, first, machine.world);
  },
  resetGraceful: (machine) => wipe(machine, true, ["STATE", "EPHEMERAL"]),
  resetAll: (machine) => wipe(machine, false, []),
  resetEphemeral: (machine) => wipe(machine, false, ["EPHEMERAL"]),
  upgrade: (machine) =>
    upgradeLegacy(machine, {
      image: "x/metal-installer/y:v1.13.8",
      preserve: false,
      stage: false,
      force: false,
    }),
};

function put(machine: Machine, text: string, mode: "AUTO" | "TRY" | "STAGED"): void {
  if (machine.api !== "closed") apply(machine, { text, mode, dryRun: false, tryTimeout: undefined });
}

function wipe(machine: Machine, graceful: boolean, partitions: readonly string[]): void {
  if (machine.api === "secure") reset(machine, { graceful, reboot: true, partitions, wipesSystem: true });
}

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc
    .tuple(
      fc.nat({ max: 3 }),
      fc.constantFrom(...Object.keys(ACTIONS)),
      fc.constantFrom(0, 1000, 5000, 30_000, 200_000, 400_000),
    )
    .map(
      ([index, name, milliseconds]) =>
        [index, ACTIONS[name] ?? (() => undefined), name, milliseconds] as const,
    ),
  { maxLength: 40 },
);

/** What holds of every machine at every moment. */
function checkMachine(machine: Machine): void {
  const { power, stage, api, active, persistent, disk, services, etcd } = machine;
  if (power === "off") expect([stage, api, services.size]).toEqual([undefined, "closed", 0]);
  if (stage === undefined) expect([api, active]).toEqual(["closed", undefined]);
  if (api === "maintenance") expect(active).toBeUndefined();
  if (api === "secure") expect(active).toBeDefined();
  if (persistent !== undefined) expect(disk).toBeDefined();
  const process = etcd?.cluster.members.get(etcd.member)?.process;
  if (process !== undefined) expect([power, services.get("etcd")?.state]).toEqual(["on", "Running"]);
}

/** What holds of etcd: at most one leader, that runs, that votes, and that a majority stands behind. */
function checkCluster(of: EtcdCluster): void {
  if (of.leader === undefined) return;
  const leader = of.members.get(of.leader);
  expect(leader?.learner).toBe(false);
  expect(leader?.process).toBeDefined();
  expect(hasQuorum(of)).toBe(true);
  expect([...of.members.values()].filter(({ learner }) => learner).length).toBeLessThanOrEqual(1);
}

/** Four machines, the first three of them control planes of a bootstrapped cluster. */
function running(seed: number): Lab {
  const of = createLab({ machines: labMachines(4, 2), speed: 0, seed: String(seed), talos: "v1.13.9" });
  const machines = [...of.fleet.machines.values()].slice(0, 3);
  for (const machine of machines) powerOn(machine);
  of.clock.advance(200_000);
  for (const machine of machines) put(machine, cluster.config(machine.spec, "controlplane"), "AUTO");
  of.clock.advance(400_000);
  const [first] = machines;
  if (first !== undefined) bootstrapEtcd(first, () => finishBoot(first));
  of.clock.advance(100_000);
  return of;
}

function run(of: Lab, list: readonly Step[], after: () => void): void {
  const machines = [...of.fleet.machines.values()];
  for (const [index, action, , milliseconds] of list) {
    const machine = machines[index];
    if (machine === undefined) continue;
    try {
      action(machine);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
    after();
    of.clock.advance(milliseconds);
    after();
  }
}

test("whatever is done to machines, etcd has at most one leader and no machine is two things at once", () => {
  const clusters = new Set<EtcdCluster>();
  fc.assert(
    fc.property(steps, fc.nat(), fc.boolean(), (list, seed, isNew) => {
      const options = { machines: labMachines(4, 2), speed: 0, seed: String(seed), talos: "v1.13.9" };
      const of = isNew ? createLab(options) : running(seed);
      clusters.clear();
      run(of, list, () => {
        for (const machine of of.fleet.machines.values()) {
          checkMachine(machine);
          if (machine.etcd !== undefined) clusters.add(machine.etcd.cluster);
        }
        for (const one of clusters) checkCluster(one);
      });
    }),
    { numRuns: 300 },
  );
});

test("three control planes that are left in peace always end with three voters and a leader", () => {
  fc.assert(
    fc.property(steps, fc.nat(), (list, seed) => {
      const of = running(seed);
      const machines = [...of.fleet.machines.values()].slice(0, 3);
      const [first] = machines;
      if (first === undefined) return;
      // Nothing that takes data away: only what an operator, a fault or a power cut does to running machines.
      const harmless = ["on", "off", "crash", "reboot", "cycle", "shutDown", "attempt", "staged", "forfeit"];
      run(
        of,
        list.filter(([index, , name]) => index < 3 && harmless.includes(name)),
        () => undefined,
      );
      for (const machine of machines) powerOn(machine);
      of.clock.advance(600_000);
      for (const machine of machines) powerOn(machine);
      of.clock.advance(600_000);
      const found = first.etcd?.cluster;
      expect(found && votersOf(found).length).toBe(3);
      expect(found?.leader).toBeDefined();
      expect(machines.map(({ stage }) => stage)).toEqual(["running", "running", "running"]);
    }),
    { numRuns: 60 },
  );
});

test("the same seed gives the same history", () => {
  fc.assert(
    fc.property(steps, (list) => {
      const history = () => {
        const of = createLab({ machines: labMachines(4, 2), speed: 0, seed: "x", talos: "v1.13.9" });
        const seen: string[] = [];
        run(of, list, () => {
          for (const machine of of.fleet.machines.values()) {
            const { stage, bootId, etcd } = machine;
            const kinds = listResources(machine, "runtime", "MachineStatuses.runtime.talos.dev");
            seen.push([stage, bootId, etcd?.member, kinds[0]?.yaml].join(" "));
          }
        });
        return seen;
      };
      expect(history()).toEqual(history());
    }),
    { numRuns: 30 },
  );
});
