import type { Diagnostic } from "../../core/diagnostic.ts";
import type { Inventory } from "../../model/inventory.ts";
import type { Check } from "./check.ts";
import { approvalTargets } from "./checks/approval-targets.ts";
import { asns } from "./checks/asns.ts";
import { cables } from "./checks/cables.ts";
import { channelVersions } from "./checks/channel-versions.ts";
import { clusterNetwork } from "./checks/cluster-network.ts";
import { clusterRanges } from "./checks/cluster-ranges.ts";
import { contracts } from "./checks/contracts.ts";
import { controlPlaneCount } from "./checks/control-plane-count.ts";
import { dates } from "./checks/dates.ts";
import { diskSelectors } from "./checks/disk-selectors.ts";
import { fixedAddresses } from "./checks/fixed-addresses.ts";
import { hubs } from "./checks/hubs.ts";
import { lockTargets } from "./checks/lock-targets.ts";
import { patchFiles } from "./checks/patch-files.ts";
import { pins } from "./checks/pins.ts";
import { platforms } from "./checks/platforms.ts";
import { poolSizes } from "./checks/pool-sizes.ts";
import { poolsOfClusters } from "./checks/pools-of-clusters.ts";
import { portRangesRunUp } from "./checks/port-ranges.ts";
import { positions } from "./checks/positions.ts";
import { protectedDeletion } from "./checks/protected-deletion.ts";
import { rackSlots } from "./checks/rack-slots.ts";
import { rackUnits } from "./checks/rack-units.ts";
import { rolloutWindows } from "./checks/rollout-windows.ts";
import { secretsBundles } from "./checks/secrets-bundles.ts";
import { serverModels } from "./checks/server-models.ts";
import { serverNics } from "./checks/server-nics.ts";
import { serverStates } from "./checks/server-states.ts";
import { siteRangesApart } from "./checks/site-ranges-apart.ts";
import { slaac } from "./checks/slaac.ts";
import { spineLoopbacks } from "./checks/spine-loopbacks.ts";
import { spread } from "./checks/spread.ts";
import { uniqueIdentities } from "./checks/unique-identities.ts";
import { uniqueIndexes } from "./checks/unique-indexes.ts";
import { uniqueLoopbacks } from "./checks/unique-loopbacks.ts";
import { uniqueMacs } from "./checks/unique-macs.ts";
import { uniqueSwitchPorts } from "./checks/unique-switch-ports.ts";
import { unknownNames } from "./checks/unknown-names.ts";
import { virtualIps } from "./checks/virtual-ips.ts";
import { workerGroups } from "./checks/worker-groups.ts";
import { writtenAddresses } from "./checks/written-addresses.ts";

/** Everything that has to hold between the documents of a repository. A new check is one file and one line here. */
export const CHECKS: readonly Check[] = [
  unknownNames,
  poolsOfClusters,
  hubs,
  cables,
  portRangesRunUp,
  patchFiles,
  approvalTargets,
  lockTargets,
  uniqueIdentities,
  uniqueMacs,
  asns,
  uniqueLoopbacks,
  uniqueIndexes,
  rackSlots,
  rackUnits,
  uniqueSwitchPorts,
  workerGroups,
  writtenAddresses,
  siteRangesApart,
  clusterRanges,
  virtualIps,
  fixedAddresses,
  positions,
  spineLoopbacks,
  slaac,
  poolSizes,
  serverNics,
  serverModels,
  serverStates,
  controlPlaneCount,
  spread,
  pins,
  platforms,
  clusterNetwork,
  protectedDeletion,
  rolloutWindows,
  dates,
  secretsBundles,
  diskSelectors,
  channelVersions,
  contracts,
];

/** Runs every check. One that finds nothing says nothing about the others: all mistakes are reported at once. */
export function runChecks(inventory: Inventory): readonly Diagnostic[] {
  return CHECKS.flatMap((check) => check(inventory));
}
