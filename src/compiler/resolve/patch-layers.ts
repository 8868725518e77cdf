import { type SourceRef, within } from "../../core/diagnostic.ts";
import { mustGet } from "../../core/invariant.ts";
import { joinPath } from "../../core/path.ts";
import type { Layer, PatchLayer, ServerPlan } from "../../model/blueprint.ts";
import type { Doc, Inventory } from "../../model/inventory.ts";

type Patches = readonly (string | Readonly<Record<string, unknown>>)[] | undefined;

/** The things of one machine that may have patches. */
export interface Patched {
  readonly cluster: Doc<"Cluster">;
  readonly server: ServerPlan;
  readonly class: Doc<"MachineClass"> | undefined;
  readonly group: { readonly spec: { readonly patches?: Patches }; readonly at: SourceRef };
}

/** Every document that patches a machine, lowest layer first: the later one wins. */
export function patchLayers(inventory: Inventory, patched: Patched): PatchLayer[] {
  const { cluster, server } = patched;
  const site = mustGet(inventory.sites, server.site);
  const rack = mustGet(inventory.racks, server.rack);
  const written = mustGet(inventory.servers, server.name);
  const inSpec = (doc: { readonly at: SourceRef }) => within(doc.at, "spec");
  const layers: readonly (readonly [Layer, Patches, SourceRef])[] = [
    ["fleet", inventory.fleet.spec.patches, inSpec(inventory.fleet)],
    ["site", site.spec.patches, inSpec(site)],
    ["rack", rack.spec.patches, inSpec(rack)],
    ["model", server.model.spec.patches, inSpec(server.model)],
    [
      "class",
      patched.class?.spec.patches,
      patched.class === undefined ? inSpec(cluster) : inSpec(patched.class),
    ],
    ["cluster", cluster.spec.patches, inSpec(cluster)],
    ["group", patched.group.spec.patches, patched.group.at],
    ["server", written.spec.patches, written.at],
  ];
  return layers.flatMap(([layer, patches, at]) =>
    (patches ?? []).flatMap((patch, index) =>
      documentsOf(inventory, patch, within(at, "patches", index)).map((part) => ({ layer, ...part })),
    ),
  );
}

/** The documents of one entry of `patches:`; paths are relative to the file that names them. */
function documentsOf(
  inventory: Inventory,
  patch: string | Readonly<Record<string, unknown>>,
  at: SourceRef,
): Pick<PatchLayer, "document" | "at">[] {
  if (typeof patch !== "string") return [{ document: patch, at }];
  const file = mustGet(inventory.patches, joinPath(at.file, patch) ?? "");
  return file.documents.map((part) => ({
    document: part.value as Readonly<Record<string, unknown>>,
    at: part.at,
  }));
}
