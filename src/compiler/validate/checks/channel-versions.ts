import { type Diagnostic, error, within } from "../../../core/diagnostic.ts";
import type { Inventory } from "../../../model/inventory.ts";
import { runsKubernetes, TALOS_MINORS, talosMinor } from "../../../model/talos-versions.ts";
import { listOf } from "../wording.ts";

/** The Talos version of a channel is one that ichor knows (ICH3501), its Kubernetes one that this Talos runs (ICH3502). */
export function channelVersions(inventory: Inventory): readonly Diagnostic[] {
  return [...inventory.channels.values()].flatMap((channel) => {
    const { talos, kubernetes } = channel.spec;
    const minor = talosMinor(talos);
    if (minor === undefined) {
      const known = listOf([...TALOS_MINORS.keys()].map((number) => `v1.${number}`));
      const message = `channel "${channel.name}" wants Talos ${talos}, for which ichor makes no configuration`;
      return [
        error("ICH3501", within(channel.at, "spec", "talos"), message, {
          hint: `choose a version of ${known}`,
        }),
      ];
    }
    if (runsKubernetes(talos, kubernetes)) return [];
    const { min, max } = minor.kubernetes;
    const message = `channel "${channel.name}" wants Kubernetes ${kubernetes}, but Talos ${talos} runs v1.${min} to v1.${max}`;
    return [
      error("ICH3502", within(channel.at, "spec", "kubernetes"), message, {
        hint: `choose a Kubernetes in that range; Talos ${talos} installs ${minor.defaultKubernetes} by default`,
      }),
    ];
  });
}
