import { type Diagnostic, error, warning, within } from "../../../core/diagnostic.ts";
import { formatPlace } from "../../../model/claim.ts";
import type { Inventory, Server } from "../../../model/inventory.ts";

/** A server out of use says why (ICH3308), and one that is retired holds no place and no unwiped disk (ICH3309). */
export function serverStates(inventory: Inventory): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  for (const server of inventory.servers.values()) {
    if (server.state === "active") continue;
    if (server.spec.reason === undefined) diagnostics.push(noReason(server));
    if (server.state === "retired") diagnostics.push(...claimed(inventory, server));
  }
  return diagnostics;
}

function noReason(server: Server): Diagnostic {
  const message = `server "${server.name}" has the state "${server.state}", but no \`reason\``;
  return warning("ICH3308", within(server.at, "state"), message, {
    hint: 'add `reason`, for those who find it later: `reason: "DIMM A3, ticket OPS-8812"`',
  });
}

function claimed(inventory: Inventory, server: Server): Diagnostic[] {
  const recorded = inventory.locks.claims.get(server.name);
  if (recorded === undefined) return [];
  const { claim, at } = recorded;
  // In quarantine the disk is proven to be wiped: nothing is left to be done with the server.
  if (claim.phase === "free" || claim.phase === "quarantine") return [];
  const holds = `place ${formatPlace(claim.place)}`;
  const message =
    claim.phase === "held"
      ? `server "${server.name}" is retired, but holds ${holds}`
      : `server "${server.name}" is retired, but its disk is not proven to be wiped since it left ${holds}`;
  const hint =
    claim.phase === "held"
      ? "write `state: broken` first: it is replaced and wiped, and can be retired afterwards"
      : "keep `state: broken` until it is wiped; its claim then says `quarantine` or `free`";
  return [
    error("ICH3309", within(server.at, "state"), message, {
      hint,
      related: [{ message: "its claim is recorded here", at }],
    }),
  ];
}
