import fc from "fast-check";
import { expect, test } from "vitest";
import { type Documents, PlannedFleet, plainDocuments } from "../../../test/support/planned-fleet.ts";
import { createLeakGuard } from "../../secrets/leaks/leak-guard.ts";
import { formatPlanJson, readPlan } from "./file.ts";
import { formatPlan, formatPlanMarkdown } from "./format.ts";
import type { MachinePlan, Plan } from "./plan.ts";
import { planFleet } from "./plan-fleet.ts";

/** What is wrong with a machine, or to be done to it. */
const TROUBLES = [
  "fine",
  "quiet change",
  "restart",
  "reboot",
  "frr",
  "other serial",
  "other UUID",
  "maintenance",
  "unreachable",
  "foreign",
  "not looked at",
  "not ready",
  "etcd down",
  "locked",
] as const;

type Trouble = (typeof TROUBLES)[number];

interface World {
  readonly controlPlanes: number;
  readonly troubles: readonly Trouble[];
  readonly racks: number;
  readonly maxParallel: number;
  readonly maxUnavailable: number;
  readonly isBootstrapped: boolean;
  readonly change: number | undefined;
  readonly reboot: number | undefined;
  readonly isNew: boolean;
}

const worlds: fc.Arbitrary<World> = fc.record({
  controlPlanes: fc.integer({ min: 1, max: 5 }),
  troubles: fc.array(fc.constantFrom(...TROUBLES), { minLength: 5, maxLength: 14 }),
  racks: fc.integer({ min: 1, max: 4 }),
  maxParallel: fc.integer({ min: 1, max: 5 }),
  maxUnavailable: fc.integer({ min: 1, max: 5 }),
  isBootstrapped: fc.boolean(),
  change: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
  reboot: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
  isNew: fc.boolean(),
});

function fleetOf(world: World): PlannedFleet {
  const { controlPlanes, troubles, racks, maxParallel, maxUnavailable, change, reboot } = world;
  const fleet = new PlannedFleet({
    controlPlanes,
    workers: troubles.length - controlPlanes,
    racks,
    talos: world.isNew ? "v1.14.1" : "v1.13.9",
    desired: { maxParallel, maxUnavailable, ...(world.isBootstrapped ? {} : { bootstrapped: undefined }) },
  });
  fleet.policies.set("hel1", [
    {
      budgets: {
        ...(change === undefined ? {} : { change }),
        ...(reboot === undefined ? {} : { reboot }),
      },
    },
  ]);
  [...fleet.live.keys()].forEach((name, index) => {
    if (!world.isBootstrapped) fleet.maintenance(name);
    trouble(fleet, name, troubles[index] ?? "fine");
  });
  return fleet;
}

function trouble(fleet: PlannedFleet, name: string, what: Trouble): void {
  const { uuid, serial, macs } = fleet.machine(name);
  const part =
    (more: object): Documents =>
    (machine) => {
      const [first, ...rest] = plainDocuments(machine) as [{ machine: object }, ...unknown[]];
      return [{ ...first, machine: { ...first.machine, ...more } }, ...rest];
    };
  const extension = { kind: "ExtensionServiceConfig", name: "frr", configFiles: [] };
  const identity = (hardware: object) => {
    const live = fleet.says([name], part({ sysctls: {} })).live.get(name);
    if (live?.state === "running" || live?.state === "maintenance")
      fleet.is(name, { ...live, hardware: { uuid, serial, macs, ...hardware } });
  };
  const steps: Record<Trouble, () => unknown> = {
    fine: () => undefined,
    "quiet change": () => fleet.says([name], part({ sysctls: {} })),
    restart: () => fleet.says([name], part({ kubelet: {} })),
    reboot: () =>
      fleet.says([name], (machine) => [...part({ udev: {} })(machine), { kind: "EnvironmentConfig" }]),
    frr: () => fleet.says([name], (machine) => [...plainDocuments(machine), extension]),
    "other serial": () => identity({ serial: `${serial}X` }),
    "other UUID": () => identity({ uuid: `${uuid.slice(0, -1)}${uuid.endsWith("0") ? "1" : "0"}` }),
    maintenance: () => fleet.maintenance(name),
    unreachable: () => fleet.is(name, { state: "unreachable", why: "no answer" }),
    foreign: () => fleet.is(name, { state: "foreign", why: "another authority" }),
    "not looked at": () => fleet.is(name, undefined),
    "not ready": () => fleet.says([name], part({ kubelet: {} })).but(name, { ready: false }),
    "etcd down": () => fleet.but(name, { services: [], etcd: undefined }),
    locked: () => fleet.says([name], part({ sysctls: {} })).locked.set(name, "its fans fail"),
  };
  steps[what]();
}

function machinesOf(plan: Plan): readonly MachinePlan[] {
  return plan.clusters.flatMap(({ machines }) => machines);
}

function busyOf(plan: Plan): readonly MachinePlan[] {
  return machinesOf(plan).filter(({ actions }) => actions.length > 0);
}

function always(holds: (plan: Plan, world: World, fleet: PlannedFleet) => void): void {
  fc.assert(
    fc.property(worlds, (world) => {
      const fleet = fleetOf(world);
      holds(planFleet(fleet.input()), world, fleet);
    }),
    { numRuns: 400 },
  );
}

test("nothing is done to a machine with another identity, of somebody else, unseen or locked", () => {
  const never: readonly Trouble[] = [
    "other serial",
    "other UUID",
    "unreachable",
    "foreign",
    "not looked at",
    "locked",
  ];
  always((plan, { troubles }, fleet) => {
    const names = [...fleet.resolved.keys()];
    for (const { machine } of busyOf(plan)) {
      expect(never).not.toContain(troubles[names.indexOf(machine)]);
    }
  });
});

test("no two control planes of a cluster share a step, and none goes beside a worker", () => {
  always((plan) => {
    const waves = Map.groupBy(busyOf(plan), ({ wave }) => wave);
    for (const wave of waves.values()) {
      if (wave.some(({ type }) => type === "controlplane")) expect(wave).toHaveLength(1);
    }
  });
});

test("no step has more workers than `maxParallel`, nor disturbs more than may be away", () => {
  always((plan, { maxParallel, maxUnavailable }, fleet) => {
    const waves = Map.groupBy(
      busyOf(plan).filter(({ type }) => type === "worker"),
      ({ wave }) => wave,
    );
    const isDown = (name: string) => {
      const live = fleet.live.get(name);
      return live?.state === "running" ? !live.ready : live !== undefined && live.state !== "maintenance";
    };
    const away = [...fleet.live.keys()].filter((name) => name.startsWith("w") && isDown(name));
    for (const wave of waves.values()) {
      expect(wave.length).toBeLessThanOrEqual(maxParallel);
      const more = wave.filter(({ machine, impact }) => impact !== "none" && !isDown(machine));
      if (more.length > 0) expect(away.length + more.length).toBeLessThanOrEqual(maxUnavailable);
    }
  });
});

test("no more machines are changed or rebooted than the budgets say", () => {
  always((plan, { change, reboot }) => {
    const changed = busyOf(plan).filter(({ actions }) =>
      actions.some((action) => action.do === "configure" || action.do === "reboot"),
    );
    expect(changed.length).toBeLessThanOrEqual(change ?? Number.POSITIVE_INFINITY);
    expect(changed.filter(({ impact }) => impact === "reboot").length).toBeLessThanOrEqual(
      reboot ?? Number.POSITIVE_INFINITY,
    );
  });
});

test("etcd is bootstrapped at most once, never where git says it was, and never beside a place that was not seen", () => {
  always((plan, { isBootstrapped, controlPlanes, troubles }) => {
    const begins = busyOf(plan).filter(({ actions }) => actions.some((action) => action.do === "bootstrap"));
    expect(begins.length).toBeLessThanOrEqual(isBootstrapped ? 0 : 1);
    if (begins.length === 0) return;
    const blind: readonly Trouble[] = [
      "other serial",
      "other UUID",
      "unreachable",
      "foreign",
      "not looked at",
    ];
    for (const what of troubles.slice(0, controlPlanes)) expect(blind).not.toContain(what);
    expect(begins[0]?.wave).toBe(0);
  });
});

test("a control plane is disturbed only while etcd is whole on all others", () => {
  always((plan, { isBootstrapped, controlPlanes, troubles }, fleet) => {
    if (!isBootstrapped) return;
    const names = [...fleet.resolved.keys()];
    const sick: readonly Trouble[] = ["unreachable", "foreign", "not looked at", "etcd down", "maintenance"];
    for (const { machine, type, impact } of busyOf(plan)) {
      if (type !== "controlplane" || impact === "none") continue;
      const others = troubles.filter((_, index) => index < controlPlanes && names[index] !== machine);
      expect(others.some((what) => sick.includes(what))).toBe(false);
    }
  });
});

test("a fleet that is as git says plans nothing", () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const fleet = fleetOf({ ...world, isBootstrapped: true, troubles: world.troubles.map(() => "fine") });
      const plan = planFleet(fleet.input());
      expect(machinesOf(plan)).toEqual([]);
      expect(formatPlan(plan)).toBe("No changes.\n");
    }),
  );
});

test("the plan is the same whatever the order of maps, documents and keys", () => {
  always((plan, _, fleet) => {
    const turned = fleet.input();
    const reversed = <K, V>(map: ReadonlyMap<K, V>) => new Map([...map].toReversed());
    const again = planFleet({
      ...turned,
      desired: { ...turned.desired, clusters: reversed(turned.desired.clusters) },
      live: { ...turned.live, machines: new Map([...reversed(turned.live.machines)].map(turn)) },
      resolved: new Map(
        [...reversed(turned.resolved)].map(([name, documents]) => [
          name,
          documents.toReversed().map(turnKeys),
        ]),
      ),
    });
    expect(again).toEqual(plan);
  });
});

function turn<K>([name, live]: readonly [K, unknown]): [K, never] {
  const machine = live as { state: string; active: unknown[]; persistent: unknown[] };
  const turned =
    machine.state === "running"
      ? {
          ...machine,
          active: machine.active.toReversed().map(turnKeys),
          persistent: machine.persistent.map(turnKeys),
        }
      : machine;
  return [name, turned as never];
}

function turnKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turnKeys);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, part]) => [key, turnKeys(part)]),
  );
}

test("a plan that was written is read back as it was", () => {
  always((plan) => {
    const { value, diagnostics } = readPlan(formatPlanJson(plan));
    expect(diagnostics).toEqual([]);
    expect(value).toEqual(plan);
  });
});

const secretText = fc
  .tuple(
    fc.string({
      minLength: 24,
      maxLength: 60,
      unit: fc.constantFrom(..."abcdefghijkmnpqrstuvwxyzABCDEF0123456789".split("")),
    }),
    fc.constantFrom("", "+/=", "-_", " two words", "\nand a line"),
  )
  .map(([text, more]) => `${text}${more}Zq7`);

/** A place in a configuration where somebody may have put a secret. */
const PLACES: readonly ((secret: string) => object)[] = [
  (token) => ({ machine: { type: "worker", token } }),
  (secret) => ({ machine: { type: "worker" }, cluster: { secret, ca: { crt: "x", key: secret } } }),
  (A) => ({ kind: "EnvironmentConfig", variables: { A, B: `x=${A}` } }),
  (content) => ({ kind: "ExtensionServiceConfig", name: "x", configFiles: [{ mountPath: "/x", content }] }),
  (password) => ({ kind: "RegistryAuthConfig", name: "r", username: "u", password }),
  (key) => ({ kind: "SysctlConfig", params: { [`a.${key}`]: "1", b: `prefix ${key} suffix` } }),
  (secret) => ({ kind: "HostnameConfig", hostname: secret }),
  (url) => ({ kind: "KmsgLogConfig", name: "k", url: `tcp://x/${url}` }),
];

test("no output holds a secret that the machine has or is to have, wherever it stands", () => {
  const place = fc.integer({ min: 0, max: PLACES.length - 1 });
  const put = (index: number, secret: string) => PLACES[index]?.(secret) ?? {};
  fc.assert(
    fc.property(
      fc.array(place, { minLength: 1, maxLength: 4 }),
      fc.array(place, { minLength: 0, maxLength: 4 }),
      secretText,
      secretText,
      (mine, theirs, secret, old) => {
        const fleet = new PlannedFleet();
        const identity = { kind: "DiscoveryIdentityConfig", clusterID: "x" };
        // What git says has a reference in the place of the secret, and the old secret is known by its place.
        const said =
          (value: string, other: string): Documents =>
          (machine) => [
            ...plainDocuments(machine),
            { ...identity, clusterSecret: value },
            { kind: "WireguardConfig", name: "wg0", privateKey: value, other },
            ...mine.map((index) => put(index, value)).filter((one) => "kind" in one),
          ];
        fleet.says(["w0"], said("ref+sops://x.yaml#/a", "1"), said(secret, "1"));
        const live = [
          ...plainDocuments(fleet.machine("w0")).slice(1),
          put(0, old),
          { ...identity, clusterSecret: old },
          ...theirs.flatMap((index) => [put(index, old), put(index, secret)]).filter((one) => "kind" in one),
        ];
        fleet.but("w0", { active: live, persistent: live });
        const plan = planFleet(fleet.input());
        const guard = createLeakGuard();
        guard.learn(secret, "secret");
        guard.learn(old, "old");
        expect(busyOf(plan)).toHaveLength(1);
        for (const text of [formatPlan(plan), formatPlanMarkdown(plan), formatPlanJson(plan)]) {
          expect(guard.check(text)).toBeUndefined();
        }
      },
    ),
    { numRuns: 300 },
  );
});
