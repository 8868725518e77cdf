import { type AnyDefinition, loadSync, type ServiceDefinition } from "@grpc/proto-loader";
import { invariant } from "../../../../core/invariant.ts";

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

let loaded: TalosServices | undefined;

/**
 * Reads the .proto files beside this one, once.
 *
 * Fields are in camel case, 64-bit numbers and enums strings, absent fields their defaults, of a `oneof` the name of
 * the field that is set.
 */
export function loadTalosServices(): TalosServices {
  loaded ??= load();
  return loaded;
}

function load(): TalosServices {
  const definitions = loadSync(
    ["machine/machine.proto", "machine/lifecycle.proto", "machine/image.proto", "v1alpha1/state.proto"],
    { includeDirs: [import.meta.dirname], longs: String, enums: String, defaults: true, oneofs: true },
  );
  const service = (name: string): ServiceDefinition => {
    const found = definitions[name];
    invariant(found !== undefined && isService(found), `the service ${name} is not defined`);
    return found;
  };
  return {
    machine: service("machine.MachineService"),
    lifecycle: service("machine.LifecycleService"),
    image: service("machine.ImageService"),
    state: service("cosi.resource.State"),
  };
}

function isService(definition: AnyDefinition): definition is ServiceDefinition {
  return !("format" in definition);
}
