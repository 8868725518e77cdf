import { kind, patches } from "../kind.ts";
import { array, integer, map, object, oneOf, optional, string } from "../schema.ts";
import { policy, registries } from "../spec-parts.ts";
import { ipv4, ipv4Prefix, ipv6Prefix, name, url } from "../values.ts";

const spec = object({
  index: integer({
    minimum: 1,
    maximum: 948,
    description: "Gives the site its block of ASNs. Unique, never changes.",
  }),
  loopbacks: ipv4Prefix({
    description:
      "The /32 of every server and switch: this prefix + 64 * rack index + slot. A /25 is enough for one rack.",
  }),
  bootstrap: ipv4Prefix({ description: "One /31 for the boot port of every server, used while it boots." }),
  bootstrap6: optional(ipv6Prefix({ description: "With SLAAC: one /64 for every boot port." })),
  hub: name({
    description: "The management cluster that serves this site; an edge site names another site's.",
  }),
  dns: array(ipv4(), { minItems: 1, description: "DNS servers of every machine." }),
  ntp: array(string({ pattern: "^[A-Za-z0-9.-]+$", form: "a host name or IPv4 address" }), {
    minItems: 1,
    description: "NTP servers of every machine.",
  }),
  domain: optional(name({ description: "DNS search domain of every machine." })),
  management: array(ipv4Prefix(), {
    minItems: 1,
    description:
      "Where the applier and the operators are: the only sources that may reach the Talos and Kubernetes APIs from outside the cluster.",
  }),
  provisioning: object(
    {
      addressing: oneOf(["kea", "slaac"], { description: "How a booting server gets its address." }),
      boot: oneOf(["ipxe"], { description: "How a server boots from the network." }),
      url: url({
        description:
          "Where the boot service serves this site's boot folder and, below image/, copies of the image factory's kernels and initramfs, with the paths that the factory has. Plain HTTP: few firmwares boot by HTTPS.",
      }),
    },
    { description: "How servers boot." },
  ),
  filter: optional(
    oneOf(["site", "strict"], {
      default: "site",
      description:
        "What leaf ports admit: all of the site's ranges (`site`), or just what the claims say (`strict`, only where ichor applies the switches).",
    }),
  ),
  spines: map(
    object({
      model: name({ description: "The SwitchModel." }),
      loopback: ipv4({
        description:
          "Written down, since a spine has no place in a rack. Below offset 64 of `loopbacks` or from 64000 up.",
      }),
      serial: optional(string()),
    }),
    name(),
    { description: "The spine switches, by name." },
  ),
  registries: registries(),
  policy: policy("this site"),
  patches: patches("every machine of the site"),
});

/** A data center. */
export const site = kind("Site", "A data center: its number ranges, services and spines.", spec);
