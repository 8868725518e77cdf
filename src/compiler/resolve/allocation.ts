import type { Diagnostic, Outcome } from "../../core/diagnostic.ts";
import type { Ipv4, Ipv4Prefix } from "../../core/ip.ts";
import type { Artifact } from "../../model/artifact.ts";
import type { Claims } from "../../model/claim.ts";
import type { Inventory } from "../../model/inventory.ts";
import { allocateAddresses, rangesOf, vipsOf } from "./addresses.ts";
import { allocate } from "./allocate.ts";
import { allocationDiagnostics } from "./allocation-diagnostics.ts";
import { lockArtifacts } from "./lock-artifacts.ts";
import { findLostLocks } from "./lost-locks.ts";
import { allocationInput } from "./requests.ts";

/** Every choice that is recorded in the repository. */
export interface Allocation {
  /** Of every server of the inventory, and of those that are gone while they hold something. */
  readonly claims: Claims;
  /** By cluster. */
  readonly vips: ReadonlyMap<string, Ipv4>;
  /** By cluster. */
  readonly lbs: ReadonlyMap<string, Ipv4Prefix>;
  /** All lock files of all sites. */
  readonly artifacts: readonly Artifact[];
}

/**
 * Decides which server holds which place and which addresses a cluster holds, from what is recorded and what is
 * wanted. Pure: the same inventory gives the same bytes, and records that suit what is wanted come out unchanged.
 *
 * @returns the choices, of use only where no error is reported; ICH4001 to ICH4025
 */
export function allocateFleet(inventory: Inventory): Outcome<Allocation> {
  const lost = findLostLocks(inventory);
  const input = allocationInput(inventory, lost.clusters);
  const { claims, unfilled, problems } = allocate(input.value);
  const addresses = allocateAddresses(inventory, {
    barred: new Set([...lost.clusters, ...unfilled]),
    claimed: new Set(
      [...claims.values()].flatMap((claim) => (claim.phase === "free" ? [] : [claim.place.cluster])),
    ),
  });
  const locks = lockArtifacts(inventory, claims, addresses.value);
  const diagnostics: readonly Diagnostic[] = [
    ...lost.diagnostics,
    ...input.diagnostics,
    ...allocationDiagnostics(inventory, problems),
    ...addresses.diagnostics,
    ...locks.diagnostics,
  ];
  const [vips, lbs] = [vipsOf(addresses.value), rangesOf(addresses.value)];
  return { value: { claims, vips, lbs, artifacts: locks.value }, diagnostics };
}
