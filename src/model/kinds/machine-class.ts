import { kind, patches } from "../kind.ts";
import { map, object, optional, string } from "../schema.ts";
import { extensions, kernelArgs, nodeLabels, nodeTaints, selector, volumes } from "../spec-parts.ts";

const spec = object({
  selector: optional(selector),
  installDisk: optional(string({ description: "Instead of the model's: Talos' disk selector." })),
  labels: nodeLabels(),
  taints: nodeTaints(),
  extensions: extensions(),
  kernelArgs: kernelArgs(),
  sysctls: optional(
    map(string(), string({ pattern: "^[a-z0-9_]+(\\.[A-Za-z0-9_-]+)+$", form: "the name of a sysctl" })),
  ),
  volumes: volumes(),
  patches: patches("every machine of the class"),
});

/** A purpose that servers serve, whatever cluster they are in. */
export const machineClass = kind(
  "MachineClass",
  "What machines with one purpose have in common, in whatever cluster: which servers fit, labels, taints, extensions, patches.",
  spec,
);
