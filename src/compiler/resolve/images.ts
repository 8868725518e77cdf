import type { Diagnostic, Outcome } from "../../core/diagnostic.ts";
import { error, within } from "../../core/diagnostic.ts";
import { mustGet } from "../../core/invariant.ts";
import type { BootPlan } from "../../model/blueprint.ts";
import type { Place } from "../../model/claim.ts";
import { groupOfPlace } from "../../model/cluster-groups.ts";
import type { Doc, Inventory } from "../../model/inventory.ts";
import { factoryAssets, isPublic, metalCmdline, type Schematic, schematicId } from "../../model/schematic.ts";

/** The extension that holds FRR and the health watch of the Kubernetes API's address. */
export const FRR_EXTENSION = "ichor/frr";

/** What a machine boots and what is installed on it: all from one schematic and one version. */
export interface Image {
  readonly boot: BootPlan;
  /** Installer image with its tag or digest. */
  readonly installer: string;
}

/** What decides the image of a machine. */
export interface ImageUse {
  readonly model: Doc<"ServerModel">;
  /** Where the machine stands: its boot service serves the assets. */
  readonly site: string;
  /** The cluster that it belongs to; for a free server the hub of its site. */
  readonly cluster: Doc<"Cluster">;
  readonly class: Doc<"MachineClass"> | undefined;
  /** A free server only has to reach maintenance mode, for which it needs no routing. */
  readonly joins: boolean;
}

/**
 * Images by their use. Each distinct image is computed once; one that cannot be had is reported once (ICH4501)
 * and has empty URLs.
 */
export function createImages(inventory: Inventory): {
  readonly imageFor: (use: ImageUse) => Image;
  readonly diagnostics: readonly Diagnostic[];
} {
  const known = new Map<string, Image>();
  const diagnostics: Diagnostic[] = [];
  const reported = new Set<string>();
  const imageFor = (use: ImageUse): Image => {
    const key = `${use.site} ${use.model.name} ${use.class?.name ?? ""} ${use.cluster.name} ${use.joins}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const { value, diagnostics: found } = makeImage(inventory, use);
    for (const diagnostic of found) {
      if (!reported.has(diagnostic.message)) diagnostics.push(diagnostic);
      reported.add(diagnostic.message);
    }
    known.set(key, value);
    return value;
  };
  return { imageFor, diagnostics };
}

/** The class that the group of a place names. */
export function classOf(inventory: Inventory, place: Place): Doc<"MachineClass"> | undefined {
  const cluster = inventory.clusters.get(place.cluster);
  const group = cluster === undefined ? undefined : groupOfPlace(cluster, place)?.spec.class;
  return group === undefined ? undefined : inventory.classes.get(group);
}

function makeImage(inventory: Inventory, use: ImageUse): Outcome<Image> {
  const factory = inventory.fleet.spec.factory;
  const talos = mustGet(inventory.channels, use.cluster.spec.channel).spec.talos;
  const schematic = schematicFor(use);
  const id = schematicId(schematic);
  const arch = use.model.spec.arch;
  const boot = { schematic: id, talos, arch, cmdline: metalCmdline(schematic) };
  const mirror = mustGet(inventory.sites, use.site).spec.provisioning.url;
  const own = factory.images?.[id]?.[talos];
  if (own !== undefined) {
    return {
      value: { boot: { ...boot, kernel: own.kernel, initramfs: own.initramfs }, installer: own.installer },
      diagnostics: [],
    };
  }
  if (isPublic(schematic)) {
    const asset = { id, version: talos, arch };
    // Ten thousand machines boot at once, and firmware rarely speaks HTTPS: the site's boot service has a copy.
    const { kernel, initramfs } = factoryAssets({ ...asset, url: mirror });
    const { installer } = factoryAssets({ ...asset, url: factory.url });
    return { value: { boot: { ...boot, kernel, initramfs }, installer }, diagnostics: [] };
  }
  return {
    value: { boot: { ...boot, kernel: "", initramfs: "" }, installer: "" },
    diagnostics: [noImage(inventory, { use, schematic, id, talos })],
  };
}

function schematicFor(use: ImageUse): Schematic {
  const { model, class: machineClass, cluster } = use;
  const routing = use.joins && cluster.spec.network.routing === "frr" ? [FRR_EXTENSION] : [];
  // Kernel names such as eth0 exist only where the kernel is told to keep them.
  const ethNames = Object.keys(model.spec.nics).some((name) => /^eth\d+$/.test(name));
  const ofClass = use.joins ? machineClass?.spec : undefined;
  return {
    extensions: [...(model.spec.extensions ?? []), ...(ofClass?.extensions ?? []), ...routing],
    kernelArgs: [
      ...(ethNames ? ["net.ifnames=0"] : []),
      ...(model.spec.kernelArgs ?? []),
      ...(ofClass?.kernelArgs ?? []),
    ],
  };
}

function noImage(
  inventory: Inventory,
  wanted: {
    readonly use: ImageUse;
    readonly schematic: Schematic;
    readonly id: string;
    readonly talos: string;
  },
): Diagnostic {
  const { use, schematic, id, talos } = wanted;
  const extensions = [...new Set(schematic.extensions)].sort().join(", ");
  const kernelArgs = [...new Set(schematic.kernelArgs)].join(" ");
  return error(
    "ICH4501",
    within(use.cluster.at, "spec", "network", "routing"),
    `machines of model "${use.model.name}"${use.class === undefined ? "" : ` and class "${use.class.name}"`} need schematic ${id} (extensions ${extensions}; kernel arguments: ${kernelArgs === "" ? "none" : kernelArgs}), which the public image factory cannot make, and \`spec.factory.images\` of the fleet has no assets of it for Talos ${talos}`,
    {
      hint: `make installer, kernel and initramfs with Talos' imager and add them as \`images["${id}"]["${talos}"]\``,
      related: [{ message: "images belong here", at: within(inventory.fleet.at, "spec", "factory") }],
    },
  );
}
