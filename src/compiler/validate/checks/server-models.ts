import { type Diagnostic, error } from "../../../core/diagnostic.ts";
import type { Inventory } from "../../../model/inventory.ts";

/** Every server has a model, its own or that of its rack (ICH3307). */
export function serverModels(inventory: Inventory): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  for (const server of inventory.servers.values()) {
    if (server.model !== undefined) continue;
    const message = `server "${server.name}" has no model: neither it nor the \`defaults\` of rack "${server.rack}" names one`;
    diagnostics.push(
      error("ICH3307", { ...server.at, on: "key" }, message, {
        hint: "write `model` here, or `defaults: { model: ... }` in the rack",
      }),
    );
  }
  return diagnostics;
}
