import { kind, patches } from "../kind.ts";
import { either, map, object, oneOf, optional, string } from "../schema.ts";
import { policy, registries } from "../spec-parts.ts";
import { asn, url, version } from "../values.ts";

const bootAssets = object(
  {
    installer: string({
      pattern: "^[^\\s@]+@sha256:[0-9a-f]{64}$",
      form: "an image reference pinned by digest, name@sha256:<64 hexadecimal digits>",
      description: "Installer image, pinned by digest.",
    }),
    kernel: url({ description: "URL of the kernel." }),
    initramfs: url({ description: "URL of the initramfs that belongs to the kernel." }),
  },
  { description: "What was made with Talos' imager for one schematic and one version." },
);

const spec = object({
  repository: object(
    {
      url: url({ description: "Where Argo CD and the applier fetch this repository." }),
      revision: string({
        description: "The full name of the branch that is live.",
        examples: ["refs/heads/main"],
      }),
    },
    { description: "This repository." },
  ),
  asn: object(
    { base: asn({ description: "Where the fleet's block of private 4-byte ASNs (RFC 6996) starts." }) },
    { description: "Numbers of BGP speakers are computed from this base and the position of a machine." },
  ),
  factory: object(
    {
      url: url({ description: "The Image Factory that makes installers and boot assets." }),
      images: optional(
        map(
          map(bootAssets, version(), { description: "By Talos version." }),
          string({ pattern: "^[0-9a-f]{64}$", form: "a schematic ID of 64 hexadecimal digits" }),
          {
            description:
              "Assets for schematics that the factory cannot make, by schematic ID: those with an extension outside its catalogue, such as FRR.",
          },
        ),
      ),
    },
    { description: "Where installers and boot assets come from." },
  ),
  discovery: object(
    {
      endpoint: either(oneOf(["none", "public"]), url(), {
        description:
          "How the members of a cluster find each other: `none`, Talos' `public` service, or the URL of an own one.",
      }),
    },
    { description: "Talos' cluster discovery. Native BGP needs it." },
  ),
  registries: registries(),
  policy: policy("the whole fleet"),
  patches: patches("every machine of the fleet"),
});

/** The fleet: names, number ranges, defaults. One document, in inventory/fleet.yaml. */
export const fleet = kind(
  "Fleet",
  "What holds for the whole fleet: its repository, number ranges, image factory, discovery and policy.",
  spec,
);
