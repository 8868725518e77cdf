import { status } from "@grpc/grpc-js";
import { type Channel, talosApi } from "../../src/applier/drivers/talos/api.ts";
import { codeOf } from "../../src/applier/drivers/talos/status.ts";
import { type PowerDriver, PowerError } from "../../src/applier/power.ts";
import {
  type TalosDriver,
  TalosError,
  type TalosErrorCode,
  type TalosTarget,
} from "../../src/applier/talos-api.ts";
import { ApiError } from "../../src/lab/api-error.ts";
import { authorize } from "../../src/lab/authorization.ts";
import type { Incoming, Methods, Stream, Unary } from "../../src/lab/calls.ts";
import type { Fleet } from "../../src/lab/fleet.ts";
import { crash } from "../../src/lab/lifecycle.ts";
import { hasLoopback, type Machine } from "../../src/lab/machine.ts";
import { machineMethods } from "../../src/lab/machine-methods.ts";
import { stateMethods } from "../../src/lab/other-methods.ts";
import { fleetPower } from "../../src/lab/power.ts";
import type { Random } from "../../src/lab/random.ts";
import { hasIdentity } from "../../src/lab/server-certificate.ts";
import type { StepClock } from "./simulation-clock.ts";

/** One process of the applier: from a moment on it gets no answer any more and does nothing. */
export interface Process {
  readonly id: string;
  isAlive: boolean;
  /** Calls until it is killed. */
  callsLeft: number;
  readonly kill: () => void;
}

/** What the network and the machines are, for all appliers. */
export interface Network {
  readonly fleet: Fleet;
  readonly clock: StepClock;
  readonly random: Random;
  /** Addresses of boot ports to serial numbers of what is plugged in there, where that is not as it should be. */
  readonly wires: Map<string, string>;
  /** Serial numbers of machines whose BMC says yes and does nothing. */
  readonly lazy: Set<string>;
  /** How many of all calls get lost on their way, from 0 to 1. */
  drop: number;
  /** Told of every call as it reaches a machine, before and after it is carried out. */
  readonly before: (process: Process, call: Arrival) => void;
  readonly after: (process: Process, call: Arrival) => void;
}

export interface Arrival {
  readonly method: string;
  /** Name of the machine that the applier means. */
  readonly meant: string;
  readonly machine: Machine;
  readonly request: unknown;
}

/** How far certificates of machines reach back before the moment at which they are made. */
const EARLY_MS = 60_000;
const READ_MS = 10_000;
const WRITE_MS = 60_000;
const STATE_METHODS = stateMethods(() => () => undefined);
const MACHINE_METHODS = machineMethods({ onChange: () => () => undefined, wallClock: Date.now });
const METHODS: Methods = {
  unary: { ...MACHINE_METHODS.unary, ...STATE_METHODS.unary },
  stream: { ...STATE_METHODS.stream },
};

/** Of who is dead nothing is heard. */
export const never = () => new Promise<never>(() => undefined);

/** The real mapping of Talos' API onto the lab's machines, without a network in between. */
export function simulatedTalos(network: Network, process: Process): TalosDriver {
  const channel = (machine: string, find: (operation: string) => Machine, roles: readonly string[]) => {
    const connection = connectionOf(network, process, { machine, find, roles });
    return { machine, connection, deadlines: DEADLINES } as unknown as Channel;
  };
  /** Finds a machine by mutual TLS. */
  const secured = ({ machine, address, credentials }: TalosTarget) => {
    let bound: Machine | undefined;
    return (operation: string): Machine => {
      const found = dial(network, { machine, operation }, address);
      const isOurs = found.api === "secure" && found.active?.ca?.certificate === credentials.authorities;
      if (!isOurs) throw failure("untrusted", { machine, operation }, "its authority is another");
      if ((found.faults.clockAhead ?? 0) > EARLY_MS)
        throw failure("untrusted", { machine, operation }, "its certificate is not valid yet");
      // A connection does not move to another machine.
      if (bound !== undefined && bound !== found) throw failure("unavailable", { machine, operation }, "cut");
      bound = found;
      return found;
    };
  };
  return {
    connect: (target) => talosApi(channel(target.machine, secured(target), ["os:admin"])),
    relay: (controlPlane) => {
      const through = secured(controlPlane);
      const to = (machine: string, address: string) => {
        const find = (operation: string) => {
          const found = network.fleet.findPeer(through(operation), address);
          if (found !== undefined && found.faults.connection === undefined) return found;
          throw failure("unavailable", { machine, operation }, `${address}: connection refused`);
        };
        return talosApi(channel(machine, find, ["os:admin"]));
      };
      return { to, close: () => undefined };
    },
    connectMaintenance: async ({ machine, address }) => {
      const operation = "first contact";
      await onItsWay(network, process);
      const met = await reach(network, { machine, operation }, () =>
        dial(network, { machine, operation }, address),
      );
      if (met.api !== "maintenance")
        throw failure("untrusted", { machine, operation }, "it asks for a certificate");
      const key = keyOf(met);
      if (!process.isAlive) return never();
      const find = (what: string) => {
        const found = dial(network, { machine, operation: what }, address);
        if (found.api === "maintenance" && keyOf(found) === key) return found;
        throw failure("untrusted", { machine, operation: what }, "its key is another");
      };
      return { ...talosApi(channel(machine, find, ["os:reader"])), fingerprint: key };
    },
  };
}

const DEADLINES = { read: READ_MS, write: WRITE_MS, snapshot: 0, pull: 0, upgrade: 0, watch: 0 };

function keyOf({ spec, bootId }: Machine): string {
  return `${spec.serial} ${bootId}`;
}

interface Place {
  readonly machine: string;
  readonly operation: string;
}

function failure(code: TalosErrorCode, place: Place, details: string): TalosError {
  return new TalosError(code, place, details);
}

/** What a machine says of its board. */
export function reportedUuid({ faults, spec }: Machine): string {
  return faults.uuid ?? spec.uuid;
}

/** The machine that answers at an address, if any; as the lab listens. */
function dial({ fleet, wires }: Network, place: Place, address: string): Machine {
  const plugged = wires.get(address);
  for (const machine of fleet.machines.values()) {
    const { spec, api, faults } = machine;
    const isBoot = plugged === undefined ? spec.bootstrap === address : spec.serial === plugged;
    if (!isBoot && spec.loopback !== address) continue;
    const isHere = isBoot || (api === "secure" && hasLoopback(machine));
    if (api === "closed" || !isHere || faults.connection === "refuse") break;
    if (!hasIdentity(machine, fleet.keyOf)) break;
    return machine;
  }
  throw failure("unavailable", place, `${address}: connection refused`);
}

/** Where what answers says nothing, the time of the call is lost. */
async function reach(
  { clock }: Network,
  place: Place,
  find: () => Machine,
  limit = READ_MS,
): Promise<Machine> {
  const machine = find();
  if (machine.faults.connection !== "hang") return machine;
  await clock.delay(limit);
  throw failure("deadline", place, "deadline exceeded");
}

/** The way to a machine takes its time now and then. */
export async function onItsWay({ clock, random }: Network, process: Process): Promise<void> {
  if (!process.isAlive) await never();
  process.callsLeft -= 1;
  const diesBefore = random() < 0.5;
  if (process.callsLeft <= 0 && diesBefore) {
    process.kill();
    await never();
  }
  if (random() < 0.15) await clock.delay(random() * random() * 3000);
  if (process.callsLeft <= 0) process.kill();
}

interface Line {
  readonly machine: string;
  readonly find: (operation: string) => Machine;
  readonly roles: readonly string[];
}

function connectionOf(network: Network, process: Process, line: Line) {
  const call = <T>(method: string, request: unknown, act: (incoming: Incoming) => Promise<T>) =>
    carryOut(network, process, { line, method, request, act });
  const unary = async ({ method, request }: { readonly method: string; readonly request: unknown }) => {
    const found = METHODS.unary[method] as Unary | undefined;
    return call(method, request, async (incoming) => {
      if (found === undefined) throw new ApiError("UNIMPLEMENTED", method);
      return found(request as never, incoming);
    });
  };
  return {
    unary,
    ask: async (what: { readonly method: string; readonly request: unknown }) => {
      const { messages } = (await unary(what)) as { readonly messages: readonly unknown[] };
      return messages[0];
    },
    stream: async function* ({ method, request }: { readonly method: string; readonly request: unknown }) {
      const found = METHODS.stream[method] as Stream | undefined;
      const sent: unknown[] = [];
      await call(method, request, async (incoming) => {
        if (found === undefined) throw new ApiError("UNIMPLEMENTED", method);
        const stream = { send: (one: unknown) => void sent.push(one), ended: new AbortController().signal };
        await found(request as never, incoming, stream);
      });
      yield* sent;
    },
    repeat: async <T>(act: () => Promise<T>): Promise<T> => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await act();
        } catch (error) {
          if (attempt >= 3 || !(error instanceof TalosError) || error.code !== "unavailable") throw error;
          await network.clock.delay(250 * attempt);
        }
      }
    },
    close: () => undefined,
  };
}

interface Work<T> {
  readonly line: Line;
  readonly method: string;
  readonly request: unknown;
  readonly act: (incoming: Incoming) => Promise<T>;
}

const WRITES: ReadonlySet<string> = new Set([
  "ApplyConfiguration",
  "Bootstrap",
  "Reboot",
  "EtcdForfeitLeadership",
]);

async function carryOut<T>(
  network: Network,
  process: Process,
  { line, method, request, act }: Work<T>,
): Promise<T> {
  const { clock, random } = network;
  const place = { machine: line.machine, operation: method };
  const limit = WRITES.has(method) ? WRITE_MS : READ_MS;
  await onItsWay(network, process);
  try {
    const machine = await reach(network, place, () => line.find(method), limit);
    const { dropCalls = 0, rebootOn = [], latency = 0 } = machine.faults;
    const pause = pauseOf(clock, machine);
    if (latency > 0) await pause(latency);
    const reboots = rebootOn.includes(method);
    const isCut = reboots || random() < Math.max(dropCalls, network.drop);
    const end = () => {
      if (reboots) crash(machine);
      return failure("unavailable", place, "the connection was cut");
    };
    if (isCut && random() < 0.5) throw end();
    authorize(method, line.roles, machine.api === "maintenance");
    const arrival: Arrival = { method, meant: line.machine, machine, request };
    network.before(process, arrival);
    const answer = await act({ machine, roles: line.roles, pause });
    network.after(process, arrival);
    if (isCut) throw end();
    return process.isAlive ? answer : await never();
  } catch (error) {
    if (!process.isAlive) return never();
    if (error instanceof ApiError) throw failure(codeOf(status[error.code]), place, error.message);
    throw error;
  }
}

function pauseOf(clock: StepClock, machine: Machine): Incoming["pause"] {
  const { life } = machine;
  return async (milliseconds) => {
    await clock.delay(milliseconds);
    if (machine.life !== life) throw new ApiError("UNAVAILABLE", "error reading from server: EOF");
  };
}

/** BMCs, of which calls arrive as late and get lost as those of machines. */
export function simulatedPower(network: Network, process: Process): PowerDriver {
  const driver = fleetPower(network.fleet);
  return {
    of: (wanted) => {
      const power = driver.of(wanted);
      const machine = network.fleet.machines.get(wanted.serial);
      if (power === undefined || machine === undefined) return undefined;
      const call = async <T>(method: string, act: () => Promise<T>): Promise<T> => {
        await onItsWay(network, process);
        const arrival: Arrival = { method, meant: wanted.name, machine, request: undefined };
        try {
          if (!machine.faults.bmcDown) network.before(process, arrival);
          const answer = await act();
          network.after(process, arrival);
          if (network.random() < Math.max(machine.faults.dropCalls ?? 0, network.drop)) {
            throw new PowerError({ machine: wanted.name, operation: method }, "no answer");
          }
          return process.isAlive ? answer : await never();
        } catch (error) {
          return process.isAlive ? Promise.reject(error as Error) : never();
        }
      };
      return {
        status: () => call("power status", power.status),
        networkBoot: () =>
          call("power networkBoot", async () => {
            if (!network.lazy.has(wanted.serial)) await power.networkBoot();
          }),
        powerCycle: () => call("power cycle", power.powerCycle),
        powerOff: () => call("power off", power.powerOff),
        powerOn: () => call("power on", power.powerOn),
      };
    },
  };
}
