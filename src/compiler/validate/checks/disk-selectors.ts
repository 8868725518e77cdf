import { type Diagnostic, error, type SourceRef, within } from "../../../core/diagnostic.ts";
import type { Inventory } from "../../../model/inventory.ts";
import type { Volume } from "../../../model/spec-parts.ts";
import { judgeDiskSelector } from "../disk-selector.ts";

/** Disk selectors can be read (ICH3421), ask for what disks have (ICH3422) and count in unsigned numbers (ICH3423). */
export function diskSelectors(inventory: Inventory): readonly Diagnostic[] {
  // Most servers have none of their own; a text that thousands share is judged once.
  const judged = new Map<string, ReturnType<typeof judgeDiskSelector>>();
  const diagnostics: Diagnostic[] = [];
  for (const { text, at } of allSelectors(inventory)) {
    const found = judged.get(text) ?? judgeDiskSelector(text);
    judged.set(text, found);
    for (const { code, message, hint } of found) diagnostics.push(error(code, at, message, { hint }));
  }
  return diagnostics;
}

function* allSelectors(inventory: Inventory): Generator<{ readonly text: string; readonly at: SourceRef }> {
  for (const documents of [inventory.serverModels, inventory.classes]) {
    for (const { spec, at } of documents.values()) {
      if (spec.installDisk !== undefined)
        yield { text: spec.installDisk, at: within(at, "spec", "installDisk") };
      yield* ofVolumes(spec.volumes ?? {}, within(at, "spec", "volumes"));
    }
  }
  for (const { spec, at } of inventory.servers.values()) {
    if (spec.installDisk !== undefined) yield { text: spec.installDisk, at: within(at, "installDisk") };
  }
}

function* ofVolumes(
  volumes: Readonly<Record<string, Volume>>,
  at: SourceRef,
): Generator<{ readonly text: string; readonly at: SourceRef }> {
  for (const [name, { disk }] of Object.entries(volumes)) {
    if (disk !== undefined) yield { text: disk, at: within(at, name, "disk") };
  }
}
