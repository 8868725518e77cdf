import type { Desired, DesiredCluster, DesiredMachine } from "../../src/applier/desired.ts";
import type { Hardware, LiveMachine, RunningMachine } from "../../src/applier/live.ts";
import type { Power } from "../../src/applier/power.ts";
import {
  type ApplyRequest,
  type Service,
  TalosError,
  type TalosErrorCode,
} from "../../src/applier/talos-api.ts";
import type { FakeKubernetes } from "./executor-kubernetes.ts";

/** A few clusters of machines in memory, with power, network boot, installation, reboots and etcd, on a virtual clock. */

const SECOND = 1000;
export const SECRET = "hunter2-the-cluster-key";

export interface Clock {
  readonly now: () => Date;
  readonly wait: (milliseconds: number) => Promise<void>;
  /** Lets time pass until the promise is settled. */
  readonly run: <T>(promise: Promise<T>) => Promise<T>;
  readonly pass: (milliseconds: number) => void;
}

export function createClock(): Clock {
  let now = Date.UTC(2026, 10, 21, 8);
  let sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  return {
    now: () => new Date(now),
    wait: (milliseconds) =>
      new Promise((wake) => {
        sleepers.push({ at: now + milliseconds, wake });
      }),
    run: async (promise) => {
      let isSettled = false;
      const settle = () => {
        isSettled = true;
      };
      promise.then(settle, settle);
      for (let tick = 0; tick < 100_000; tick++) {
        await new Promise((resolve) => setImmediate(resolve));
        if (isSettled) return promise;
        const next = Math.min(...sleepers.map(({ at }) => at));
        if (next === Number.POSITIVE_INFINITY) throw new Error("nothing waits, and it does not end");
        now = Math.max(now, next);
        const due = sleepers.filter(({ at }) => at <= now);
        sleepers = sleepers.filter(({ at }) => at > now);
        for (const { wake } of due) wake();
      }
      throw new Error("it does not end");
    },
    pass: (milliseconds) => {
      now += milliseconds;
    },
  };
}

/** What a machine is told: `kernel` needs a reboot, `cut` takes its loopback away, `invalid` is refused. */
export interface Settings {
  readonly version: number;
  readonly kernel: number;
  readonly cut?: boolean;
  readonly invalid?: boolean;
}

export interface Box {
  readonly name: string;
  readonly type: "controlplane" | "worker";
  readonly cluster: string;
  hardware: Hardware;
  phase: "off" | "netboot" | "maintenance" | "installing" | "rebooting" | "booting" | "running" | "dead";
  /** When the phase ends by itself. */
  until: number;
  active: string | undefined;
  disk: string | undefined;
  tried: { readonly until: number; readonly back: string | undefined } | undefined;
  boots: number;
  /** It has data of etcd. */
  member: boolean;
  sickUntil: number;
  /** While it installs itself it looks like one that has. */
  looksInstalled: boolean;
  /** When it last rebooted by itself: nobody can know that in the same instant. */
  crashed: number;
  /** Away because we said so. */
  awayByUs: boolean;
}

export interface ClusterSpec {
  readonly name: string;
  readonly site?: string;
  readonly role?: DesiredCluster["role"];
  readonly controlPlanes: number;
  readonly workers: number;
  readonly maxParallel?: number;
  readonly maxUnavailable?: number;
}

export interface Fleet {
  readonly clock: Clock;
  readonly boxes: ReadonlyMap<string, Box>;
  /** Who answers at an address; tests may cross the wires. */
  readonly wires: Map<string, string>;
  readonly settings: Map<string, Settings>;
  /** What git records, and what was done, by cluster. */
  readonly recorded: Map<string, string>;
  readonly bootstraps: Map<string, string[]>;
  readonly violations: string[];
  /** Machines that were written to, in that order: `a-w0 no-reboot`. */
  readonly writes: string[];
  /** Most machines that were away at a time because of us, by cluster and type. */
  readonly away: Map<string, number>;
  /** By cluster; a cluster without is not drained. */
  readonly kubernetes: Map<string, FakeKubernetes>;
  /** Asked when a machine is told by us to reboot. */
  readonly onReboot: ((box: Box) => void)[];
  readonly desired: () => Desired;
  readonly box: (name: string) => Box;
  /** What is at an address, now. */
  readonly at: (address: string) => Box | undefined;
  readonly live: (machine: DesiredMachine) => LiveMachine;
  readonly hardwareAt: (box: Box, machine: DesiredMachine) => Hardware;
  readonly apply: (box: Box, request: ApplyRequest) => void;
  readonly bootstrap: (box: Box) => void;
  readonly reboot: (box: Box, byUs: boolean) => void;
  readonly forfeit: (box: Box) => void;
  readonly power: (name: string) => Power;
  /** As if a person had done it: everything runs and is recorded. */
  readonly bringUp: (cluster: string) => void;
}

export function createFleet(specs: readonly ClusterSpec[], clock: Clock = createClock()): Fleet {
  const machines = specs.flatMap(machinesOf);
  const boxes = new Map(machines.map((machine) => [machine.name, boxOf(machine)]));
  const wires = new Map(
    machines.flatMap(
      ({ name, loopback, bootstrap }) =>
        [
          [loopback, name],
          [bootstrap, name],
        ] as const,
    ),
  );
  const settings = new Map<string, Settings>(machines.map(({ name }) => [name, { version: 1, kernel: 1 }]));
  const leaders = new Map<string, string>();
  const fleet = {
    recorded: new Map<string, string>(),
    bootstraps: new Map<string, string[]>(),
    violations: [] as string[],
    writes: [] as string[],
    away: new Map<string, number>(),
    kubernetes: new Map<string, FakeKubernetes>(),
    onReboot: [] as ((box: Box) => void)[],
  };
  const time = () => clock.now().getTime();

  const box = (name: string): Box => {
    const found = boxes.get(name);
    if (found === undefined) throw new Error(`no box ${name}`);
    return advance(found);
  };
  const ofCluster = (cluster: string) => [...boxes.values()].filter((one) => one.cluster === cluster);
  const members = (cluster: string) => ofCluster(cluster).filter(({ member }) => member);
  const isUp = (one: Box) => one.member && one.phase === "running";
  const advance = (one: Box): Box => {
    if (one.tried !== undefined && time() >= one.tried.until) {
      one.active = one.tried.back;
      one.tried = undefined;
    }
    for (let guard = 0; guard < 10 && time() >= one.until; guard++) next(one);
    if (one.phase === "running" && one.type === "controlplane" && !one.member && time() >= one.sickUntil) {
      const others = members(one.cluster);
      // It joins where there is an etcd with a quorum.
      if (others.length > 0 && others.filter(isUp).length * 2 > others.length) one.member = true;
    }
    return one;
  };
  const next = (one: Box): void => {
    const began = one.until;
    const go = (phase: Box["phase"], seconds: number) => {
      one.phase = phase;
      one.until = began + seconds * SECOND;
    };
    if (one.phase === "running") go("rebooting", 30);
    else if (one.phase === "netboot") go("maintenance", Number.POSITIVE_INFINITY);
    else if (one.phase === "installing") go("rebooting", 30);
    else if (one.phase === "rebooting") {
      one.boots++;
      go("booting", 40);
    } else if (one.phase === "booting") {
      one.active = one.disk;
      one.sickUntil = began + 20 * SECOND;
      one.awayByUs = false;
      go("running", Number.POSITIVE_INFINITY);
    }
  };
  const countAway = (one: Box): void => {
    const gone = ofCluster(one.cluster).filter((other) => advance(other).awayByUs && other.type === one.type);
    const key = `${one.cluster} ${one.type}`;
    fleet.away.set(key, Math.max(fleet.away.get(key) ?? 0, gone.length));
    const spec = specs.find(({ name }) => name === one.cluster);
    const most = one.type === "controlplane" ? 1 : (spec?.maxParallel ?? 2);
    if (gone.length > most) fleet.violations.push(`${gone.length} of ${key} away at once`);
  };
  const leaderOf = (cluster: string): Box | undefined => {
    const all = members(cluster).map(advance);
    const up = all.filter(isUp);
    if (up.length * 2 <= all.length) return undefined;
    const leader = up.find(({ name }) => leaders.get(cluster) === name) ?? up[0];
    if (leader !== undefined) leaders.set(cluster, leader.name);
    return leader;
  };
  const reboot = (one: Box, byUs: boolean): void => {
    if (byUs && one.member) {
      const others = members(one.cluster).filter((other) => other !== one);
      // What broke in this very instant nobody could have seen.
      const isKnown = (other: Box) => isUp(advance(other)) || other.crashed === time();
      const { name, cluster } = one;
      if (!others.every(isKnown)) fleet.violations.push(`quorum of ${cluster} at risk by ${name}`);
      if (others.length === 1) fleet.violations.push(`one of two members of ${cluster} rebooted`);
      const isCalm = others.length > 0 && others.every(isUp);
      if (isCalm && leaderOf(cluster) === one) fleet.violations.push(`the leader ${name} rebooted`);
    }
    if (byUs) {
      for (const ask of fleet.onReboot) ask(one);
      // It answers yes and goes on for a while.
      one.until = time() + 15 * SECOND;
    } else {
      one.crashed = time();
      one.phase = "rebooting";
      one.until = time() + 30 * SECOND;
    }
    one.tried = undefined;
    if (byUs) {
      one.awayByUs = true;
      countAway(one);
    }
  };
  const statusOf = (one: Box): RunningMachine["etcd"] => {
    if (!isUp(one)) return undefined;
    const all = members(one.cluster);
    const leader = leaderOf(one.cluster);
    return {
      members: all.map(({ name }) => ({ id: idOf(name), hostname: name, peerUrls: [], isLearner: false })),
      status: {
        memberId: idOf(one.name),
        leader: leader === undefined ? "0" : idOf(leader.name),
        raftIndex: "1",
        isLearner: false,
        errors: [],
      },
    };
  };
  const runningView = (one: Box, hardware: Hardware): LiveMachine => {
    const looksInstalled = one.phase === "installing" && one.looksInstalled;
    const isReady = looksInstalled || (one.phase === "running" && time() >= one.sickUntil);
    const waits = one.type === "controlplane" && !one.member;
    const services: Service[] = [service("kubelet", "Running", isReady)];
    if (one.type === "controlplane") {
      services.push(
        one.member ? service("etcd", "Running", isUp(one) && isReady) : service("etcd", "Preparing", false),
      );
    }
    return {
      state: "running",
      hardware,
      talos: "v1.14.1",
      stage:
        one.phase === "installing" ? "installing" : one.phase === "booting" || waits ? "booting" : "running",
      ready: isReady && !waits,
      unmet: isReady && !waits ? [] : ["services: not all are healthy"],
      bootId: `boot-${one.boots}-`,
      schematic: undefined,
      active: documents(one.active),
      persistent: documents(one.disk),
      services,
      etcd: one.phase === "running" ? statusOf(one) : undefined,
      missing: [],
    };
  };
  const isCut = (one: Box) => documents(one.active).some((value) => (value as Settings).cut === true);
  const at = (address: string): Box | undefined => {
    const name = wires.get(address);
    if (name === undefined) return undefined;
    const one = box(name);
    if (["off", "netboot", "rebooting", "dead"].includes(one.phase)) return undefined;
    const isLoopback = address.startsWith("10.1.");
    return isLoopback && (isCut(one) || one.phase === "maintenance") ? undefined : one;
  };

  return {
    ...fleet,
    clock,
    boxes,
    wires,
    settings,
    box,
    at,
    desired: () => desiredOf(specs, machines, settings, fleet.recorded),
    live: (machine) => {
      const one = at(machine.loopback) ?? at(machine.bootstrap);
      if (one === undefined) return { state: "unreachable", why: "nothing answers" };
      if (one.phase !== "maintenance") return runningView(one, one.hardware);
      const fingerprint = `key-${one.boots}`;
      return {
        state: "maintenance",
        via: machine.bootstrap,
        fingerprint,
        hardware: one.hardware,
        talos: "v1.14.1",
      };
    },
    hardwareAt: (one) => one.hardware,
    apply: (one, { text, mode }) => {
      const [asked] = documents(text) as (Settings & { name: string })[];
      const [runs] = documents(one.active) as Settings[];
      if (asked === undefined || asked.invalid === true)
        throw refusal(one, "invalid-argument", `bad value, key: ${SECRET}`);
      if (asked.name !== one.name)
        fleet.violations.push(`${one.name} was given what ${asked.name} should have`);
      fleet.writes.push(`${one.name} ${mode}`);
      if (one.phase === "maintenance") {
        one.phase = "installing";
        one.until = time() + 120 * SECOND;
        one.disk = text;
        one.active = text;
        return;
      }
      if (mode === "staged") one.disk = text;
      else if (runs !== undefined && runs.kernel !== asked.kernel) {
        throw refusal(one, "invalid-argument", "this change needs a reboot");
      } else {
        if (one.active !== text) one.sickUntil = time() + 15 * SECOND;
        if (mode === "try") one.tried = { until: time() + 300 * SECOND, back: one.active };
        else one.tried = undefined;
        one.active = text;
        if (mode !== "try") one.disk = text;
      }
    },
    bootstrap: (one) => {
      if (one.member) throw refusal(one, "already-exists", "etcd data directory is not empty");
      if (one.phase !== "running")
        throw refusal(one, "failed-precondition", "bootstrap is not available yet");
      fleet.bootstraps.set(one.cluster, [...(fleet.bootstraps.get(one.cluster) ?? []), one.name]);
      if (members(one.cluster).length > 0) fleet.violations.push(`etcd of ${one.cluster} was split`);
      one.member = true;
    },
    reboot,
    forfeit: (one) => {
      const other = members(one.cluster).find((candidate) => candidate !== one && isUp(candidate));
      if (other !== undefined) leaders.set(one.cluster, other.name);
    },
    power: (name) => powerOf(box(name), time),
    bringUp: (cluster) => {
      for (const one of ofCluster(cluster)) {
        const machine = machines.find(({ name }) => name === one.name);
        if (machine === undefined) continue;
        one.disk = textOf(machine.name, settings);
        one.active = one.disk;
        one.phase = "running";
        one.until = Number.POSITIVE_INFINITY;
        one.boots = 5;
        one.member = one.type === "controlplane";
        if (one.member && !fleet.recorded.has(cluster)) fleet.recorded.set(cluster, one.name);
      }
    },
  };
}

function powerOf(one: Box, time: () => number): Power {
  const boot = async (phase: Box["phase"]) => {
    one.boots++;
    one.phase = phase;
    one.until = time() + 60 * SECOND;
  };
  return {
    status: async () => (one.phase === "off" ? "off" : "on"),
    networkBoot: () => boot("netboot"),
    powerCycle: () => boot("booting"),
    powerOff: async () => {
      one.phase = "off";
    },
    powerOn: () => boot("booting"),
  };
}

function service(id: string, state: string, healthy: boolean): Service {
  return { id, state, healthy, unknown: false, message: "" };
}

export function refusal(one: { readonly name: string }, code: TalosErrorCode, details: string): TalosError {
  return new TalosError(code, { machine: one.name, operation: "call" }, details);
}

export function documents(text: string | undefined): readonly unknown[] {
  return text === undefined ? [] : (JSON.parse(text) as unknown[]);
}

function idOf(name: string): string {
  return String(name.split("").reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) % 1_000_000_007);
}

/** What a machine is to be told, as it is sent. */
export function textOf(name: string, settings: ReadonlyMap<string, Settings>): string {
  return JSON.stringify([{ name, ...settings.get(name) }]);
}

function boxOf(machine: DesiredMachine): Box {
  const { name, type, cluster, uuid, serial, macs } = machine;
  return {
    name,
    type,
    cluster,
    hardware: { uuid, serial, macs },
    phase: "maintenance",
    until: Number.POSITIVE_INFINITY,
    active: undefined,
    disk: undefined,
    tried: undefined,
    boots: 1,
    member: false,
    sickUntil: 0,
    crashed: 0,
    looksInstalled: false,
    awayByUs: false,
  };
}

let nextNumber = 0;

function machinesOf(spec: ClusterSpec): DesiredMachine[] {
  const one = (type: DesiredMachine["type"], place: number): DesiredMachine => {
    const number = 1 + (nextNumber++ % 200);
    const name = `${spec.name}-${type === "worker" ? "w" : "cp"}${place}`;
    return {
      name,
      cluster: spec.name,
      type,
      group: type === "worker" ? "general" : "control-plane",
      place,
      site: spec.site ?? "hel1",
      rack: "r1",
      serial: `S-${name}`,
      uuid: `4c4c4544-0042-3510-8052-${idOf(name).padStart(12, "0")}`,
      loopback: `10.1.${spec.name.length}.${number}`,
      bootstrap: `10.2.${spec.name.length}.${number}`,
      macs: { eth0: `02:00:00:00:00:${number.toString(16).padStart(2, "0")}` },
      bmc: undefined,
      labels: {},
      documents: [],
      file: `generated/talos/${spec.name}/${name}.yaml`,
    };
  };
  return [
    ...Array.from({ length: spec.controlPlanes }, (_, place) => one("controlplane", place)),
    ...Array.from({ length: spec.workers }, (_, place) => one("worker", place)),
  ];
}

function desiredOf(
  specs: readonly ClusterSpec[],
  machines: readonly DesiredMachine[],
  settings: ReadonlyMap<string, Settings>,
  recorded: ReadonlyMap<string, string>,
): Desired {
  const clusters = specs.map((spec): DesiredCluster => {
    return {
      name: spec.name,
      site: spec.site ?? "hel1",
      role: spec.role ?? "customer",
      contract: "v1.14",
      talos: "v1.14.1",
      kubernetes: "v1.37.0",
      vip: undefined,
      secretsFile: "secrets.yaml",
      protect: false,
      bootstrapped: recorded.get(spec.name),
      fingerprints: {},
      maxParallel: spec.maxParallel ?? 2,
      maxUnavailable: spec.maxUnavailable ?? 2,
      window: undefined,
      machines: machines
        .filter(({ cluster }) => cluster === spec.name)
        .map((machine) => ({ ...machine, documents: documents(textOf(machine.name, settings)) })),
    };
  });
  return {
    commit: "c0ffee",
    clusters: new Map(clusters.map((cluster) => [cluster.name, cluster])),
    policies: new Map(),
    approvals: [],
  };
}
