import { type Diagnostic, error, type SourceRef, within } from "../../../core/diagnostic.ts";
import { joinPath } from "../../../core/path.ts";
import { nearest } from "../../../core/suggest.ts";
import { clusterGroups } from "../../../model/cluster-groups.ts";
import type { Inventory } from "../../../model/inventory.ts";

type Patches = readonly (string | Readonly<Record<string, unknown>>)[] | undefined;

/** A patch named by its path exists (ICH3010), inside the repository (ICH3011). */
export function patchFiles(inventory: Inventory): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  for (const { patches, at } of allPatches(inventory)) {
    for (const [index, patch] of (patches ?? []).entries()) {
      if (typeof patch !== "string") continue;
      const found = judge(inventory, patch, within(at, "patches", index));
      if (found !== undefined) diagnostics.push(found);
    }
  }
  return diagnostics;
}

function* allPatches(inventory: Inventory): Generator<{ readonly patches: Patches; readonly at: SourceRef }> {
  const documents = [
    [inventory.fleet],
    inventory.sites.values(),
    inventory.racks.values(),
    inventory.serverModels.values(),
    inventory.classes.values(),
    inventory.clusters.values(),
  ];
  for (const group of documents) {
    for (const { spec, at } of group) yield { patches: spec.patches, at: within(at, "spec") };
  }
  for (const server of inventory.servers.values()) yield { patches: server.spec.patches, at: server.at };
  for (const cluster of inventory.clusters.values()) {
    for (const { spec, at } of clusterGroups(cluster)) yield { patches: spec.patches, at };
  }
}

function judge(inventory: Inventory, written: string, at: SourceRef): Diagnostic | undefined {
  const path = joinPath(at.file, written);
  if (path === undefined) {
    return error("ICH3011", at, `the patch "${written}" lies outside the repository`, {
      hint: "copy the patch into the repository; paths are relative to the file that names them",
    });
  }
  if (inventory.patches.has(path)) return undefined;
  const near = nearest(path, inventory.patches.keys());
  const guess = near === undefined ? "" : ` (did you mean ${near}?)`;
  return error("ICH3010", at, `there is no patch "${written}": no file ${path}${guess}`, {
    hint: "paths are relative to the file that names them",
  });
}
