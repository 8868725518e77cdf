import { compareText } from "../core/diagnostic.ts";
import { sha256 } from "../core/hash.ts";
import { invariant } from "../core/invariant.ts";

/** What Talos' Image Factory builds into kernel, initramfs and installer. */
export interface Schematic {
  /** `author/name`, in any order. */
  readonly extensions: readonly string[];
  /** In the order in which the kernel gets them; `-name` takes away a default of Talos. */
  readonly kernelArgs: readonly string[];
}

/** What the factory offers of one schematic, one Talos version and one architecture. */
export interface FactoryAssets {
  /** An image reference with its tag. */
  readonly installer: string;
  readonly kernel: string;
  readonly initramfs: string;
}

/** The form of an extension's name: `siderolabs/intel-ucode`. */
export const EXTENSION_PATTERN = "^[a-z0-9][a-z0-9.-]*/[a-z0-9._-]+$";

/**
 * The form of a kernel argument: what YAML writes without quotes. How Go quotes the rest (words for booleans,
 * numbers, dates, a colon at the end) differs between releases of its YAML module, and an ID that depends on
 * the factory's release would be no ID. No argument that Linux or Talos knows is lost.
 */
export const KERNEL_ARG_PATTERN =
  "^(?!(?:y|n|yes|no|on|off|true|false|null|Y|N|Yes|No|On|Off|True|False|Null|YES|NO|ON|OFF|TRUE|FALSE|NULL)$)" +
  "(?![+-]?\\.(?:inf|Inf|INF|nan|NaN|NAN)$)(?![+._-]*[0-9][0-9A-Fa-fxXoO_.,:+tTzZ-]*$)(?!-$|---|\\.\\.\\.|.*:$)" +
  "[A-Za-z0-9_./-][A-Za-z0-9_./,:=?&{}$@+-]*$";

/** Extensions whose author is this are in the catalogue of the public factory. */
const PUBLIC_AUTHOR = "siderolabs/";

/**
 * The kernel arguments of a machine that Talos' own images share from 1.12 to 1.14
 * (pkg/machinery/kernel, and the metal platform's console).
 */
const METAL_ARGS = [
  "talos.platform=metal",
  "console=tty0",
  "init_on_alloc=1",
  "slab_nomerge",
  "pti=on",
  "consoleblank=0",
  "printk.devkmsg=on",
  "selinux=1",
  "module.sig_enforce=1",
  "proc_mem.force_override=never",
] as const;

/** Of these an own argument replaces the default, as in Talos' imager; others are added. */
const REPLACED = ["console", "talos.platform"];

/**
 * The schematic as the Image Factory writes it before hashing (go.yaml.in/yaml/v4: four spaces, sequences
 * indented, empty parts left out). Extensions are sorted, repetitions dropped.
 */
export function schematicYaml(schematic: Schematic): string {
  const kernelArgs = plainList(schematic.kernelArgs, KERNEL_ARG_PATTERN);
  const extensions = plainList(schematic.extensions, EXTENSION_PATTERN).sort(compareText);
  if (kernelArgs.length + extensions.length === 0) return "customization: {}\n";
  const lines = ["customization:"];
  if (kernelArgs.length > 0) {
    lines.push("    extraKernelArgs:", ...kernelArgs.map((value) => `        - ${value}`));
  }
  if (extensions.length > 0) {
    lines.push("    systemExtensions:", "        officialExtensions:");
    lines.push(...extensions.map((value) => `            - ${value}`));
  }
  return `${lines.join("\n")}\n`;
}

/** The ID under which every Image Factory knows the schematic: 64 hexadecimal digits, computed without asking it. */
export function schematicId(schematic: Schematic): string {
  return sha256(schematicYaml(schematic));
}

/** Whether the public factory can make it: it has no extension of other authors. */
export function isPublic(schematic: Schematic): boolean {
  return schematic.extensions.every((extension) => extension.startsWith(PUBLIC_AUTHOR));
}

/**
 * Where a factory serves the assets of a schematic.
 *
 * @param of - `url` of the factory without a path: `https://factory.talos.dev`; `version` with its v
 */
export function factoryAssets(of: {
  readonly url: string;
  readonly id: string;
  readonly version: string;
  readonly arch: "amd64" | "arm64";
}): FactoryAssets {
  const base = of.url.replace(/\/+$/, "");
  const host = base.replace(/^[a-z][a-z0-9+.-]*:\/\//, "");
  const image = `${base}/image/${of.id}/${of.version}`;
  return {
    installer: `${host}/metal-installer/${of.id}:${of.version}`,
    kernel: `${image}/kernel-${of.arch}`,
    initramfs: `${image}/initramfs-${of.arch}.xz`,
  };
}

/**
 * The kernel command line for booting the schematic on metal from the network, but for `initrd=`: the defaults
 * of Talos' images, changed by the schematic's arguments as its imager does (`-name` and `-name=value` remove,
 * `console` replaces).
 */
export function metalCmdline(schematic: Schematic): readonly string[] {
  const own = [...new Set(schematic.kernelArgs)];
  const removed = own.filter((value) => value.startsWith("-")).map((value) => value.slice(1));
  const added = own.filter((value) => !value.startsWith("-"));
  const replaced = REPLACED.filter((name) => added.some((value) => nameOf(value) === name));
  const kept = METAL_ARGS.filter(
    (value) =>
      !removed.includes(value) && !removed.includes(nameOf(value)) && !replaced.includes(nameOf(value)),
  );
  return [...kept, ...added];
}

function nameOf(argument: string): string {
  return argument.split("=", 1)[0] ?? argument;
}

function plainList(values: readonly string[], pattern: string): string[] {
  const form = new RegExp(pattern, "u");
  for (const value of values) invariant(form.test(value), `the schema let "${value}" into a schematic`);
  return [...new Set(values)];
}
