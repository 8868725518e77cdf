import type { Outcome } from "../../core/diagnostic.ts";
import type { Doc, Inventory, Locks, PatchFile } from "../../model/inventory.ts";
import type { LoadedFile } from "../load/source-document.ts";
import { type AnyDoc, docsOfKind } from "./any-doc.ts";
import { flattenServers } from "./flatten-servers.ts";
import { flattenSwitches } from "./flatten-switches.ts";
import { readBundles } from "./read-bundles.ts";

/** What the inventory is built from. */
export interface Parts {
  readonly fleet: Doc<"Fleet">;
  /** In the order of their files. */
  readonly docs: readonly AnyDoc[];
  readonly invalid: ReadonlySet<string>;
  readonly locks: Locks;
  readonly files: readonly LoadedFile[];
}

/** Indexes documents by name and flattens racks into servers and switches (ICH2022, ICH2023); reads bundles. */
export function buildInventory(parts: Parts): Outcome<Inventory> {
  const { docs, files } = parts;
  const sites = docsOfKind(docs, "Site");
  const racks = docsOfKind(docs, "Rack");
  const serverModels = docsOfKind(docs, "ServerModel");
  const servers = flattenServers({ sites, racks, serverModels });
  const switches = flattenSwitches(sites, racks);
  const clusters = docsOfKind(docs, "Cluster");
  const bundles = readBundles(files, clusters);
  const value: Inventory = {
    fleet: parts.fleet,
    sites,
    racks,
    serverPools: docsOfKind(docs, "ServerPool"),
    addressPools: docsOfKind(docs, "AddressPool"),
    serverModels,
    switchModels: docsOfKind(docs, "SwitchModel"),
    classes: docsOfKind(docs, "MachineClass"),
    channels: docsOfKind(docs, "Channel"),
    addons: docsOfKind(docs, "Addon"),
    clusters,
    approvals: docsOfKind(docs, "Approval"),
    nodeLocks: docsOfKind(docs, "Lock"),
    servers: servers.value,
    switches: switches.value,
    patches: patchFiles(files),
    invalid: parts.invalid,
    bundles: bundles.value,
    locks: parts.locks,
  };
  return { value, diagnostics: [...servers.diagnostics, ...switches.diagnostics, ...bundles.diagnostics] };
}

function patchFiles(files: readonly LoadedFile[]): ReadonlyMap<string, PatchFile> {
  const patches = files.filter(({ role }) => role === "patch");
  return new Map(patches.map(({ file, documents }) => [file, { file, documents }]));
}
