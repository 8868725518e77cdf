import { array, boolean, type Infer, map, object, optional, type Schema, string } from "./schema.ts";
import { EXTENSION_PATTERN, KERNEL_ARG_PATTERN } from "./schematic.ts";
import { countOrPercent, date, labelKey, labelValue, name, size, taint, url } from "./values.ts";

/** Parts that several kinds share. */

const registryMirror = object({
  endpoints: array(url(), { minItems: 1, description: "Tried in this order." }),
  overridePath: optional(
    boolean({ description: "The endpoints hold the whole path: nothing is added to it." }),
  ),
  skipFallback: optional(boolean({ description: "Never ask the registry itself." })),
});

export type RegistryMirror = Infer<typeof registryMirror>;

/** Mirrors of container registries, by registry. */
export function registries() {
  return optional(
    map(registryMirror, string({ pattern: "^[a-z0-9.*:-]+$", form: "the host name of a registry" }), {
      description:
        "Mirrors of container registries, by the registry's host name. A site's entry replaces the fleet's.",
    }),
  );
}

const policySpec = object({
  paused: optional(boolean({ description: "The applier changes nothing while set." })),
  budgets: optional(
    object(
      {
        change: optional(countOrPercent({ description: "Machines that one run may change." })),
        reboot: optional(countOrPercent({ description: "Machines that one run may reboot." })),
        wipe: optional(countOrPercent({ description: "Machines that one run may wipe." })),
      },
      { description: "The most that one run of the applier may do in a site." },
    ),
  ),
  freeze: optional(
    array(
      object({
        from: date({ description: "First day on which nothing is changed." }),
        until: date({ description: "Last day on which nothing is changed." }),
        reason: string(),
      }),
      { description: "Days on which nothing is changed." },
    ),
  ),
});

export type Policy = Infer<typeof policySpec>;

export function policy(scope: string) {
  return optional({ ...policySpec, description: `Limits for the applier in ${scope}.` } as Schema<Policy>);
}

export const selector = object(
  {
    site: optional(name({ description: "Only servers of this site." })),
    model: optional(array(name(), { minItems: 1, description: "Only servers of these models." })),
    labels: optional(
      map(labelValue(), labelKey(), { description: "Only servers with all of these labels." }),
    ),
  },
  { description: "Which servers are meant: those that match every line." },
);

export type Selector = Infer<typeof selector>;

const volume = object({
  disk: optional(
    string({ description: "Talos' disk selector, a CEL expression over `disk`. Default: the system disk." }),
  ),
  minSize: optional(size()),
  maxSize: optional(size()),
  grow: optional(boolean({ description: "Take all that is free." })),
});

export type Volume = Infer<typeof volume>;

/** Volumes by name: EPHEMERAL and IMAGE-CACHE are Talos' own, others are user volumes below /var/mnt. */
export function volumes() {
  return optional(
    map(
      volume,
      string({
        pattern: "^(EPHEMERAL|IMAGE-CACHE|[a-z0-9-]{1,34})$",
        form: "EPHEMERAL, IMAGE-CACHE or a name of lower-case letters, digits and -, at most 34",
      }),
      {
        description:
          "Volumes by name: EPHEMERAL and IMAGE-CACHE are Talos' own, any other is mounted at /var/mnt/<name>.",
      },
    ),
  );
}

export function nodeLabels() {
  return optional(map(labelValue(), labelKey(), { description: "Labels of the Kubernetes nodes." }));
}

export function nodeTaints() {
  return optional(array(taint(), { description: "Taints of the Kubernetes nodes." }));
}

export function extensions() {
  return optional(
    array(string({ pattern: EXTENSION_PATTERN, form: "author/name, such as siderolabs/intel-ucode" }), {
      description: "Talos system extensions.",
    }),
  );
}

export function kernelArgs() {
  return optional(
    array(
      string({
        pattern: KERNEL_ARG_PATTERN,
        form: "one kernel argument without spaces or quotes, not a bare number, date or word such as on",
      }),
      {
        description: "Kernel arguments; they are part of the image.",
      },
    ),
  );
}
