import { hasErrors, type Outcome } from "../../core/diagnostic.ts";
import type { Artifact } from "../../model/artifact.ts";
import type { Blueprint } from "../../model/blueprint.ts";
import type { Inventory } from "../../model/inventory.ts";
import { allocateFleet } from "./allocation.ts";
import { createImages } from "./images.ts";
import { holdersByCluster } from "./made.ts";
import { planCluster } from "./plan-cluster.ts";
import { planServers } from "./plan-server.ts";
import { planSite } from "./plan-site.ts";

/** What remains to be done after every choice is made: spell out the blueprint, write the lock files. */
export interface Resolution {
  readonly blueprint: Blueprint;
  readonly lockFiles: readonly Artifact[];
}

/**
 * Makes every choice: which server holds which place, which addresses, versions, images and patches each
 * machine gets. Reports ICH4xxx. The inventory must have passed the checks.
 *
 * @returns undefined where the places cannot be given out: a claim may then name a cluster or a group that is gone
 */
export function resolve(inventory: Inventory): Outcome<Resolution | undefined> {
  const allocation = allocateFleet(inventory);
  if (hasErrors(allocation.diagnostics)) return { value: undefined, diagnostics: allocation.diagnostics };
  const images = createImages(inventory);
  const servers = planServers(inventory, allocation.value, images);
  const made = { inventory, allocation: allocation.value, images, holders: holdersByCluster(servers) };
  const sites = mapValues(inventory.sites, (site) => planSite(inventory, site, servers));
  const clusters = mapValues(inventory.clusters, (cluster) => planCluster(made, cluster));
  const fleet = {
    name: inventory.fleet.name,
    doc: inventory.fleet,
    repository: inventory.fleet.spec.repository,
  };
  return {
    value: { blueprint: { fleet, sites, clusters }, lockFiles: allocation.value.artifacts },
    diagnostics: [...allocation.diagnostics, ...images.diagnostics],
  };
}

function mapValues<A, B>(map: ReadonlyMap<string, A>, make: (value: A) => B): ReadonlyMap<string, B> {
  return new Map([...map].map(([name, value]) => [name, make(value)]));
}
