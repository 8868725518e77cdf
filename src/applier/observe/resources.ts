import { isMapping, type Mapping } from "../../core/mapping.ts";
import { emitYamlDocuments } from "../../core/yaml-emit.ts";
import { minorOf } from "../../model/talos-versions.ts";
import type { Resource, ResourceKind, ResourceRef } from "../talos-api.ts";

/** The resources of Talos that the applier reads, by what they tell. */
export const RESOURCES = {
  activeConfiguration: { namespace: "config", type: "MachineConfigs.config.talos.dev", id: "v1alpha1" },
  persistentConfiguration: { namespace: "config", type: "MachineConfigs.config.talos.dev", id: "persistent" },
  status: { namespace: "runtime", type: "MachineStatuses.runtime.talos.dev", id: "machine" },
  hardware: { namespace: "hardware", type: "SystemInformations.hardware.talos.dev", id: "systeminformation" },
  /** From 1.14 on. */
  bootId: { namespace: "runtime", type: "BootIDs.runtime.talos.dev", id: "boot-id" },
  /** From 1.14 on. */
  schematic: {
    namespace: "runtime",
    type: "ImageFactorySchematics.runtime.talos.dev",
    id: "image-factory-schematic",
  },
} as const satisfies Record<string, ResourceRef>;

/** All network interfaces. */
export const LINKS: ResourceKind = { namespace: "network", type: "LinkStatuses.net.talos.dev" };

/** Pods that the kubelet runs from files; on control planes. */
export const STATIC_PODS: ResourceKind = { namespace: "k8s", type: "StaticPodStatuses.kubernetes.talos.dev" };

/** What a machine warns of. */
export const DIAGNOSTICS: ResourceKind = { namespace: "runtime", type: "Diagnostics.runtime.talos.dev" };

/** The volume that holds all that is not Talos itself. */
export const EPHEMERAL: ResourceRef = {
  namespace: "runtime",
  type: "VolumeStatuses.block.talos.dev",
  id: "EPHEMERAL",
};

/** Reads YAML that a machine wrote; undefined where it is none. */
export type ParseYaml = (text: string) => readonly unknown[] | undefined;

/** The spec of a resource as a mapping. */
export function specOf(resource: Resource | undefined, parseYaml: ParseYaml): Mapping {
  const value = resource === undefined ? undefined : parseYaml(resource.yaml)?.[0];
  return isMapping(value) ? value : {};
}

/** Whether this version of Talos has a resource; one that is not asked for it need not refuse. */
export function isIn(talos: string, what: keyof typeof RESOURCES): boolean {
  const isNew = what === "bootId" || what === "schematic";
  return !isNew || (minorOf(talos) ?? 14) >= 14;
}

/**
 * The documents of a machine configuration, which its resource holds as one text.
 *
 * @param wanted what the machine is to have: returned itself where its text is the one that was made of that
 * @returns undefined where it cannot be read
 */
export function documentsOf(
  resource: Resource | undefined,
  parseYaml: ParseYaml,
  wanted?: readonly unknown[],
): readonly unknown[] | undefined {
  if (resource === undefined) return undefined;
  const outer = parseYaml(resource.yaml);
  const [only] = outer ?? [];
  const isText = outer?.length === 1 && typeof only === "string";
  const isWanted = isText && wanted !== undefined && only === emitYamlDocuments(wanted);
  const documents = isWanted ? wanted : isText ? parseYaml(only) : outer;
  return documents?.filter((document) => document !== null);
}

/** Physical interfaces by name with their own MAC address, in lower case. */
export function macsOf(links: readonly Resource[], parseYaml: ParseYaml): Readonly<Record<string, string>> {
  const found = links.flatMap((link) => {
    const spec = specOf(link, parseYaml);
    // Bridges, bonds and the like have a kind; hardware has none.
    const isPhysical = spec["kind"] === undefined || spec["kind"] === "";
    const mac = textAt(spec, "permanentAddr") || textAt(spec, "hardwareAddr");
    return isPhysical && mac !== "" && link.id !== "lo" ? [[link.id, mac.toLowerCase()]] : [];
  });
  return Object.fromEntries(found) as Record<string, string>;
}

/** A text of a mapping; empty where it is none. */
export function textAt(spec: Mapping, key: string): string {
  const value = spec[key];
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}
