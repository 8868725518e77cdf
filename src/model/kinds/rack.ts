import { kind, patches } from "../kind.ts";
import { boolean, type Infer, integer, map, object, oneOf, optional, string } from "../schema.ts";
import { asn, ipv4, labelKey, labelValue, macAddress, name, uuid } from "../values.ts";

const portName = string({ pattern: "^[A-Za-z0-9./_-]+$", form: "the name of a port" });
const unit = (description: string) => integer({ minimum: 1, maximum: 63, description });

const bmcDriver = optional(
  oneOf(["redfish", "ipmi"], { description: "How to talk to it. Default: as the model says." }),
);
const bmcCredentials = optional(
  string({
    pattern: "^[a-z0-9-]+(/[a-z0-9-]+)*$",
    form: "the path of an entry in the site's secrets, such as bmc/default",
    description: "Where the account stands in the site's secrets.sops.yaml.",
  }),
);

const leaf = object({
  model: name({ description: "The SwitchModel." }),
  u: unit("Lowest rack unit."),
  slot: optional(unit("Position that gives the numbers. Default: `u`.")),
  serial: string(),
  asn: optional(asn({ description: "Instead of the computed one, for a fleet that already has numbers." })),
  loopback: optional(
    ipv4({ description: "Instead of the computed one, for a fleet that already has numbers." }),
  ),
  uplinks: map(
    string({
      pattern: "^[a-z0-9.-]+/[A-Za-z0-9./_-]+$",
      form: "switch/port, such as hel1-spine1/Ethernet32",
    }),
    portName,
    { description: "Own port to the spine's: `Ethernet48: hel1-spine1/Ethernet32`." },
  ),
});

const nic = object({
  mac: macAddress(),
  port: optional(
    string({
      pattern: "^[a-z0-9.-]+/[A-Za-z0-9./_-]+$",
      form: "switch/port, such as hel1-r017-leaf-a/Ethernet0",
      description: "The leaf's port at the other end of the cable. A nic with a port is an uplink.",
    }),
  ),
  boot: optional(
    boolean({ description: "The server boots from the network here. True on exactly one uplink." }),
  ),
});

const server = object({
  u: unit("Lowest rack unit."),
  slot: optional(unit("Position that gives the numbers; never changes once claimed. Default: `u`.")),
  model: optional(name({ description: "The ServerModel. Default: as `defaults` says." })),
  serial: string({ description: "As the firmware reports it." }),
  uuid: uuid({ description: "SMBIOS UUID, as the firmware reports it." }),
  bmc: optional(
    object({
      address: ipv4(),
      mac: macAddress(),
      driver: bmcDriver,
      credentials: bmcCredentials,
      fingerprint: optional(
        string({
          pattern: "^[0-9a-f]{64}$",
          form: "64 hexadecimal digits",
          description: "SHA-256 of the certificate.",
        }),
      ),
    }),
  ),
  nics: map(nic, portName, {
    minProperties: 1,
    description: "Network ports by the name that the running kernel shows.",
  }),
  state: optional(
    oneOf(["active", "maintenance", "broken", "retired"], {
      default: "active",
      description:
        "`active`: may be used. `maintenance`: keeps its claim, takes no new one. `broken`: gives up its claim. `retired`: out of use for good, its ports are shut.",
    }),
  ),
  reason: optional(string({ description: "Why the state is not active." })),
  labels: optional(map(labelValue(), labelKey(), { description: "Over those of model, site and rack." })),
  asn: optional(asn({ description: "Instead of the computed one, for a fleet that already has numbers." })),
  loopback: optional(
    ipv4({ description: "Instead of the computed one, for a fleet that already has numbers." }),
  ),
  installDisk: optional(
    string({ description: "Talos' disk selector, a CEL expression over `disk`, instead of the model's." }),
  ),
  patches: patches("this machine"),
});

const spec = object({
  site: name({ description: "The Site; equal to the folder." }),
  index: integer({
    minimum: 1,
    maximum: 999,
    description: "Gives the rack its block of numbers. Unique in the site, never changes.",
  }),
  height: optional(integer({ minimum: 1, maximum: 63, default: 48, description: "Rack units." })),
  switches: map(leaf, name(), { description: "The leaf switches, by name." }),
  defaults: optional(
    object(
      {
        model: optional(name({ description: "The ServerModel." })),
        bmc: optional(object({ driver: bmcDriver, credentials: bmcCredentials })),
      },
      { description: "For servers of this rack that do not say otherwise." },
    ),
  ),
  servers: map(server, name(), { description: "The servers, by name." }),
  patches: patches("every machine of the rack"),
});

/** A rack: its leaf switches and servers. */
export const rack = kind(
  "Rack",
  "A rack: its leaf switches, its servers and the cables between them. One file a rack.",
  spec,
);
export type ServerSpec = Infer<typeof server>;
