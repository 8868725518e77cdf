import { type Diagnostic, error, type SourceRef } from "../../core/diagnostic.ts";
import { nearest } from "../../core/suggest.ts";
import type { Inventory } from "../../model/inventory.ts";
import { listOf } from "./wording.ts";

/** What other documents name, and what it is called in messages. */
const NAMED = {
  Site: { noun: "site", index: "sites" },
  Cluster: { noun: "cluster", index: "clusters" },
  ServerPool: { noun: "server pool", index: "serverPools" },
  AddressPool: { noun: "address pool", index: "addressPools" },
  ServerModel: { noun: "server model", index: "serverModels" },
  SwitchModel: { noun: "switch model", index: "switchModels" },
  MachineClass: { noun: "machine class", index: "classes" },
  Channel: { noun: "channel", index: "channels" },
  Addon: { noun: "add-on", index: "addons" },
  Server: { noun: "server", index: "servers" },
} as const satisfies Record<string, { readonly noun: string; readonly index: keyof Inventory }>;

/** A sort of thing that is referred to by name. */
export type NamedKind = keyof typeof NAMED;

const LISTED_MAX = 6;

/**
 * Whether something of the kind has the name. What exists but does not fit its schema counts as existing: its
 * mistake is reported where it stands. Servers have no document of their own, so while a rack does not fit its
 * schema, any server may be in it.
 */
export function isKnown(inventory: Inventory, kind: NamedKind, name: string): boolean {
  if (inventory[NAMED[kind].index].has(name)) return true;
  return kind === "Server"
    ? hasInvalid(inventory, "Rack")
    : [name, "*"].some((one) => inventory.invalid.has(`${kind}/${one}`));
}

/** Whether some document of the kind exists but does not fit its schema. */
export function hasInvalid(inventory: Inventory, kind: "Rack" | "Site" | "Cluster"): boolean {
  for (const key of inventory.invalid) if (key.startsWith(`${kind}/`)) return true;
  return false;
}

/** Says that nothing of the kind has the name, and which name may have been meant. */
export function unknownName(
  inventory: Inventory,
  missing: { readonly kind: NamedKind; readonly name: string },
  at: SourceRef,
): Diagnostic {
  return noSuchName(
    {
      noun: NAMED[missing.kind].noun,
      name: missing.name,
      known: [...inventory[NAMED[missing.kind].index].keys()],
    },
    at,
  );
}

/** Says that nothing is called so; `noun` is what was looked for, `known` the names that there are. */
export function noSuchName(
  missing: { readonly noun: string; readonly name: string; readonly known: readonly string[] },
  at: SourceRef,
): Diagnostic {
  const { noun, name, known } = missing;
  const near = nearest(name, known);
  const guess = near === undefined ? "" : ` (did you mean "${near}"?)`;
  return error("ICH3001", at, `no ${noun} named "${name}"${guess}`, { hint: hint(noun, known) });
}

function hint(noun: string, known: readonly string[]): string {
  if (known.length === 0) return `there is no ${noun} at all yet: add one, or correct the name`;
  if (known.length > LISTED_MAX) return "correct the name, or add what it names";
  const names = listOf(
    known.toSorted().map((name) => `"${name}"`),
    "and",
  );
  return known.length === 1 ? `there is only ${names}` : `there are ${names}`;
}
