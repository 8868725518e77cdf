import { kind } from "../kind.ts";
import { anyObject, array, type Infer, integer, object, oneOf, optional, string } from "../schema.ts";
import { name, url } from "../values.ts";

const spec = object({
  chart: object({ repository: url(), name: string() }, { description: "The Helm chart." }),
  version: string({ description: "Version of the chart." }),
  namespace: name(),
  podSecurity: optional(
    oneOf(["privileged", "baseline", "restricted"], {
      default: "baseline",
      description: "Pod security level of the namespace.",
    }),
  ),
  wave: optional(integer({ minimum: -100, maximum: 100, default: 0, description: "Argo CD sync wave." })),
  roles: optional(
    array(oneOf(["management", "monitoring", "customer"]), {
      description: "Clusters of these roles get it without asking.",
    }),
  ),
  values: optional(anyObject({ description: "Helm values." })),
});

/** Software that clusters get through Argo CD. */
export const addon = kind("Addon", "Software that clusters get through Argo CD.", spec);
export type AddonSpec = Infer<typeof spec>;
