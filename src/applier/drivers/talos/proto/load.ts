import {
  type AnyDefinition,
  loadSync,
  type MessageTypeDefinition,
  type ServiceDefinition,
} from "@grpc/proto-loader";
import { invariant } from "../../../../core/invariant.ts";
import type { EventMessages } from "./messages.ts";

/** The services of a machine's API, as `addService` of a server and `makeClientConstructor` take them. */
export interface TalosServices {
  /** `machine.MachineService` */
  readonly machine: ServiceDefinition;
  /** `machine.LifecycleService`, since Talos 1.13. */
  readonly lifecycle: ServiceDefinition;
  /** `machine.ImageService`, since Talos 1.13. */
  readonly image: ServiceDefinition;
  /** `cosi.resource.State` */
  readonly state: ServiceDefinition;
}

/** How what is in events is written and read, by the names of the messages. */
export type EventCodecs = {
  readonly [Name in keyof EventMessages]: MessageTypeDefinition<
    Partial<EventMessages[Name]>,
    EventMessages[Name]
  >;
};

const EVENTS: readonly (keyof EventMessages)[] = [
  "machine.SequenceEvent",
  "machine.PhaseEvent",
  "machine.TaskEvent",
  "machine.ServiceStateEvent",
  "machine.RestartEvent",
  "machine.ConfigLoadErrorEvent",
  "machine.ConfigValidationErrorEvent",
  "machine.AddressEvent",
  "machine.MachineStatusEvent",
];

let loaded: { readonly services: TalosServices; readonly events: EventCodecs } | undefined;

/**
 * Reads the .proto files beside this one, once.
 *
 * Fields are in camel case, 64-bit numbers and enums strings, absent fields their defaults, of a `oneof` the name of
 * the field that is set.
 */
export function loadTalosServices(): TalosServices {
  loaded ??= load();
  return loaded.services;
}

/** What is in events: they come as bytes with the name of their message. */
export function loadTalosEvents(): EventCodecs {
  loaded ??= load();
  return loaded.events;
}

function load(): NonNullable<typeof loaded> {
  const definitions = loadSync(
    ["machine/machine.proto", "machine/lifecycle.proto", "machine/image.proto", "v1alpha1/state.proto"],
    { includeDirs: [import.meta.dirname], longs: String, enums: String, defaults: true, oneofs: true },
  );
  const service = (name: string): ServiceDefinition => {
    const found = definitions[name];
    invariant(found !== undefined && isService(found), `the service ${name} is not defined`);
    return found;
  };
  const message = (name: string): MessageTypeDefinition<object, object> => {
    const found = definitions[name];
    invariant(found !== undefined && isMessage(found), `the message ${name} is not defined`);
    return found;
  };
  const services = {
    machine: service("machine.MachineService"),
    lifecycle: service("machine.LifecycleService"),
    image: service("machine.ImageService"),
    state: service("cosi.resource.State"),
  };
  const events = Object.fromEntries(EVENTS.map((name) => [name, message(name)])) as unknown as EventCodecs;
  return { services, events };
}

function isService(definition: AnyDefinition): definition is ServiceDefinition {
  return !("format" in definition);
}

function isMessage(definition: AnyDefinition): definition is MessageTypeDefinition<object, object> {
  return "format" in definition && "deserialize" in definition;
}
