import { kind, patches } from "../kind.ts";
import { type Infer, integer, map, object, oneOf, optional, string } from "../schema.ts";
import { extensions, kernelArgs, volumes } from "../spec-parts.ts";
import { arch } from "../values.ts";

const speed = string({ pattern: "^[1-9]\\d*G$", form: "a speed such as 25G" });
const portName = string({ pattern: "^[A-Za-z0-9./_-]+$", form: "the name of a port" });

const serverModelSpec = object({
  arch: arch(),
  height: integer({ minimum: 1, maximum: 20, description: "Rack units." }),
  nics: map(object({ speed }), portName, {
    minProperties: 1,
    description: "Network ports by the name that the running kernel shows.",
  }),
  installDisk: string({
    description: "Where Talos is installed: its disk selector, a CEL expression over `disk`.",
  }),
  bmc: object({
    driver: oneOf(["redfish", "ipmi"]),
    vendor: oneOf(["dell", "hpe", "lenovo", "nokia", "supermicro", "generic"], {
      description: "Whose quirks to expect.",
    }),
  }),
  extensions: extensions(),
  kernelArgs: kernelArgs(),
  volumes: volumes(),
  patches: patches("every machine of the model"),
});

/** A model of server. */
export const serverModel = kind("ServerModel", "What servers of one model have in common.", serverModelSpec);

const switchModelSpec = object({
  os: oneOf(["sonic", "frr"]),
  height: integer({ minimum: 1, maximum: 20, description: "Rack units." }),
  relay: optional(
    oneOf(["port", "vlan", "agent"], {
      default: "port",
      description: "How it relays DHCP from boot ports; community SONiC does on VLAN interfaces only.",
    }),
  ),
  bootstrapMask: optional(
    integer({ minimum: 30, maximum: 31, default: 31, description: "30 for firmware that refuses a /31." }),
  ),
  ports: map(
    object({ speed }),
    string({
      pattern: "^[A-Za-z0-9./_-]+(\\{\\d+\\.\\.\\d+\\})?$",
      form: "a port or a range such as Ethernet{0..47}",
    }),
    { minProperties: 1, description: "Ports and ranges of ports: `Ethernet{0..47}: { speed: 25G }`." },
  ),
});

/** A model of switch. */
export const switchModel = kind("SwitchModel", "What switches of one model have in common.", switchModelSpec);
export type SwitchModelSpec = Infer<typeof switchModelSpec>;
