import { isMapping, type Mapping } from "../core/mapping.ts";
import { mappingAt } from "./config-values.ts";
import { identityOf, isV1Alpha1 } from "./machine-config.ts";

/**
 * What Talos 1.13 and before apply of v1alpha1 without a reboot; other documents always are. Not the planner's list: a
 * mistake in one shall show against the other.
 */
const IMMEDIATE = {
  top: ["debug", "cluster"],
  machine: [
    "ca",
    "acceptedCAs",
    "time",
    "certSANs",
    "install",
    "network",
    "sysfs",
    "sysctls",
    "logging",
    "controlPlane",
    "kubelet",
    "kernel",
    "registries",
    "pods",
    "seccompProfiles",
    "nodeAnnotations",
    "nodeLabels",
    "nodeTaints",
  ],
  features: ["kubernetesTalosAPIAccess", "kubePrism", "hostDNS", "imageCache", "nodeAddressSortAlgorithm"],
} as const;

/**
 * Why Talos 1.13 cannot apply a configuration without a reboot, in its words, which hold what changes, secrets too;
 * undefined where it can.
 */
export function rebootReason(before: readonly unknown[], after: readonly unknown[]): string | undefined {
  const changes = diff(withoutImmediate(before), withoutImmediate(after), "");
  if (changes.length === 0) return undefined;
  return `this config change can't be applied in immediate mode\ndiff:\n${changes.join("\n")}\n`;
}

/** What a dry run says: every value that differs, secrets too. */
export function describeDiff(before: readonly unknown[], after: readonly unknown[]): string {
  const changes = diff(byIdentity(before), byIdentity(after), "");
  return changes.length === 0 ? "No changes." : `Config diff:\n\n${changes.join("\n")}\n`;
}

function byIdentity(documents: readonly unknown[]): Mapping {
  return Object.fromEntries(documents.filter(isMapping).map((document) => [identityOf(document), document]));
}

function withoutImmediate(documents: readonly unknown[]): Mapping {
  const document = documents.filter(isMapping).find(isV1Alpha1) ?? {};
  const machine = mappingAt(document, "machine");
  return {
    ...without(document, IMMEDIATE.top),
    machine: {
      ...without(machine, IMMEDIATE.machine),
      features: without(mappingAt(machine, "features"), IMMEDIATE.features),
    },
  };
}

function without(value: Mapping, keys: readonly string[]): Mapping {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}

/** One line for each value that is not the same, however the mappings around it are ordered. */
function diff(before: unknown, after: unknown, place: string): readonly string[] {
  if (isMapping(before) && isMapping(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) => diff(before[key], after[key], place === "" ? key : `${place}.${key}`));
  }
  if (canonical(before) === canonical(after)) return [];
  const line = (sign: string, value: unknown) =>
    value === undefined ? [] : [`${sign}${place}: ${canonical(value)}`];
  return [...line("-", before), ...line("+", after)];
}

function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_, entry: unknown) =>
      isMapping(entry)
        ? Object.fromEntries(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1)))
        : entry,
    ) ?? ""
  );
}
