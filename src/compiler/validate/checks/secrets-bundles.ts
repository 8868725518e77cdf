import { type Diagnostic, warning } from "../../../core/diagnostic.ts";
import type { Inventory } from "../../../model/inventory.ts";

/** Every cluster has a secrets bundle, without which its machines cannot be installed (ICH3420). */
export function secretsBundles(inventory: Inventory): readonly Diagnostic[] {
  return [...inventory.clusters.values()].flatMap((cluster) => {
    const file = `clusters/${cluster.spec.site}/${cluster.name}/secrets.sops.yaml`;
    if (inventory.secretFiles.has(file)) return [];
    const message = `cluster "${cluster.name}" has no secrets bundle: there is no file ${file}`;
    return [
      warning("ICH3420", { ...cluster.at, path: ["metadata", "name"] }, message, {
        hint: "put one there in the form that `talosctl gen secrets` writes, encrypted with sops",
      }),
    ];
  });
}
