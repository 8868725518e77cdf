import { createHash } from "node:crypto";
import { loadTalosEvents } from "../applier/drivers/talos/proto/load.ts";
import type { EventMessages } from "../applier/drivers/talos/proto/messages.ts";
import type { Stream } from "./calls.ts";
import type { Cancel } from "./clock.ts";
import { hostnameOf, type Machine, type Stage } from "./machine.ts";
import { unmetConditions } from "./resources.ts";
import { servicesOf } from "./services.ts";

/** The sequence that a machine goes through in a stage. */
const SEQUENCES: Readonly<Partial<Record<Stage, string>>> = {
  booting: "boot",
  installing: "install",
  rebooting: "reboot",
  "shutting down": "shutdown",
  resetting: "reset",
  upgrading: "upgrade",
};

/** An event before it is written: the name of its message and what is in it. */
type Told = {
  readonly [Name in keyof EventMessages]: {
    readonly name: Name;
    readonly message: Partial<EventMessages[Name]>;
  };
}[keyof EventMessages];

/**
 * Tells what happens to a machine from now on, first that it begins to: sequences, services, its stage and its
 * addresses. Phases and tasks of sequences it has none, and there is no past that could be asked for.
 */
export function tellEvents(
  machine: Machine,
  { send, ended }: Parameters<Stream>[2],
  onChange: (machine: Machine, listener: () => void) => Cancel,
): Promise<void> {
  let count = 0;
  const nextId = () => eventId(machine, count++);
  let known = lookAt(machine);
  send({ id: nextId() });
  const cancel = onChange(machine, () => {
    const next = lookAt(machine);
    for (const told of happened(known, next)) send({ data: packed(told), id: nextId() });
    known = next;
  });
  return new Promise((resolve) => {
    ended.addEventListener("abort", () => {
      cancel();
      resolve();
    });
  });
}

/** What events are about, as it is at a moment; each part by what tells it from another. */
interface Look {
  readonly stage: Stage | undefined;
  readonly status: string;
  readonly services: ReadonlyMap<string, Told>;
  readonly address: string;
}

function lookAt(machine: Machine): Look {
  const { stage, spec, active } = machine;
  const unmet = unmetConditions(machine);
  const services = servicesOf(machine).map(({ id, state, healthy, unknown, message }): [string, Told] => [
    id,
    {
      name: "machine.ServiceStateEvent",
      message: {
        service: id,
        action: state.toUpperCase(),
        message,
        health: { unknown, healthy, lastMessage: message },
      },
    },
  ]);
  return {
    stage,
    status: JSON.stringify({ ready: unmet.length === 0, unmetConditions: unmet }),
    services: new Map(services),
    address: JSON.stringify({
      hostname: hostnameOf(machine),
      addresses: active === undefined ? [spec.bootstrap] : [spec.loopback, spec.bootstrap],
    }),
  };
}

/** What is said between two looks, in the order in which a machine goes on. */
function happened(before: Look, after: Look): readonly Told[] {
  return [...ofSequence(before, after), ...ofServices(before, after), ...ofStatus(before, after)];
}

function ofSequence({ stage: before }: Look, { stage: after }: Look): readonly Told[] {
  if (before === after) return [];
  const say = (sequence: string, action: "START" | "STOP"): Told => ({
    name: "machine.SequenceEvent",
    message: { sequence, action },
  });
  // Whatever else follows broke the sequence off.
  if (before === "booting" && after === "running") return [say("boot", "STOP")];
  const begun = after && SEQUENCES[after];
  return begun === undefined ? [] : [say(begun, "START")];
}

function ofServices({ services: before }: Look, { services: after }: Look): readonly Told[] {
  const gone = [...before.keys()].filter((id) => !after.has(id));
  const ends = gone.map(
    (service): Told => ({
      name: "machine.ServiceStateEvent",
      message: { service, action: "FINISHED", message: "Service finished successfully" },
    }),
  );
  const changed = [...after].filter(([id, told]) => JSON.stringify(told) !== JSON.stringify(before.get(id)));
  return [...ends, ...changed.map(([, told]) => told)];
}

function ofStatus(before: Look, after: Look): readonly Told[] {
  const address: readonly Told[] =
    before.address === after.address
      ? []
      : [{ name: "machine.AddressEvent", message: JSON.parse(after.address) }];
  const isSame = before.stage === after.stage && before.status === after.status;
  if (isSame || after.stage === undefined) return address;
  const stage = after.stage.toUpperCase().replaceAll(" ", "_");
  return [
    ...address,
    { name: "machine.MachineStatusEvent", message: { stage, status: JSON.parse(after.status) } },
  ];
}

function packed({ name, message }: Told): object {
  return { type_url: `talos/runtime/${name}`, value: loadTalosEvents()[name].serialize(message as never) };
}

const DIGITS = "0123456789abcdefghijklmnopqrstuv";

/** As Talos numbers events (rs/xid): twelve bytes, the time first, in digits that sort as the bytes do. */
function eventId({ spec, bootId, world }: Machine, count: number): string {
  const bytes = createHash("sha256").update(`${spec.uuid} ${bootId}`).digest().subarray(0, 12);
  bytes.writeUInt32BE(Math.floor(world.now() / 1000));
  bytes.writeUIntBE(count, 9, 3);
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{1,5}/g) ?? [])
    .map((five) => DIGITS[Number.parseInt(five.padEnd(5, "0"), 2)])
    .join("");
}
