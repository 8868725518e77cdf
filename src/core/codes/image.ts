import type { CodeEntry } from "../code-entry.ts";

export const imageCodes = {
  ICH4501: {
    title: "no installer and boot assets for a schematic",
    meaning:
      "A machine boots and installs one image, made from a schematic: its extensions and kernel arguments. The public image factory makes images with the extensions of its catalogue only; FRR is not among them. For any other schematic the fleet has to name assets that were made with Talos' imager, pinned by digest, or the machine could never be installed.",
    remedy:
      "Make the assets with Talos' imager, push the installer to a registry, serve kernel and initramfs from the boot service, and name all three in spec.factory.images of the fleet under the schematic's ID and the Talos version. Or change the cluster's routing, class or model so that the schematic is one that exists.",
  },
} as const satisfies Record<string, CodeEntry>;
