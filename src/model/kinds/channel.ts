import { kind } from "../kind.ts";
import { map, object, optional, string } from "../schema.ts";
import { name, version } from "../values.ts";

const spec = object({
  talos: version({ description: "Talos version." }),
  kubernetes: version({ description: "Kubernetes version." }),
  addons: optional(
    map(string(), name(), { description: "Versions of add-ons, instead of those in the catalogue." }),
  ),
});

/** A set of versions that clusters follow. */
export const channel = kind("Channel", "A set of versions that clusters follow.", spec);
