import { type Diagnostic, error, within } from "../../../core/diagnostic.ts";
import type { Doc, Inventory } from "../../../model/inventory.ts";
import { minorOf, talosMinor } from "../../../model/talos-versions.ts";

/** The first minor version of Talos that speaks BGP itself (BGPInstanceConfig). */
const NATIVE_BGP = 14;

/**
 * A cluster's contract is not above the Talos that it runs (ICH3503). `routing: talos` needs both at v1.14
 * (ICH3504) and discovery, from which Talos' own BGP learns when to announce the API (ICH3505).
 */
export function contracts(inventory: Inventory): readonly Diagnostic[] {
  return [...inventory.clusters.values()].flatMap((cluster) => {
    const channel = inventory.channels.get(cluster.spec.channel);
    // A Talos version that ichor does not know is reported where the channel says it.
    const isKnown = channel !== undefined && talosMinor(channel.spec.talos) !== undefined;
    const running = isKnown ? minorOf(channel.spec.talos) : undefined;
    return [
      ...(isKnown ? contractAbove(cluster, channel) : []),
      ...nativeRouting(cluster, running),
      ...discovery(inventory, cluster),
    ];
  });
}

function contractAbove(cluster: Doc<"Cluster">, channel: Doc<"Channel">): Diagnostic[] {
  const running = minorOf(channel.spec.talos);
  const contract = minorOf(cluster.spec.contract);
  if (running === undefined || contract === undefined || contract <= running) return [];
  const message = `cluster "${cluster.name}" has the contract ${cluster.spec.contract}, but channel "${channel.name}" runs Talos ${channel.spec.talos}, which does not know its documents`;
  return [
    error("ICH3503", within(cluster.at, "spec", "contract"), message, {
      hint: `write \`contract: v1.${running}\` or lower, or choose a channel with a newer Talos`,
      related: [{ message: "the Talos version is said here", at: within(channel.at, "spec", "talos") }],
    }),
  ];
}

function nativeRouting(cluster: Doc<"Cluster">, running: number | undefined): Diagnostic[] {
  if (cluster.spec.network.routing !== "talos") return [];
  const contract = minorOf(cluster.spec.contract) ?? 0;
  const isOldContract = contract < NATIVE_BGP;
  const isOldTalos = running !== undefined && running < NATIVE_BGP;
  if (!isOldContract && !isOldTalos) return [];
  const why = isOldContract
    ? `its contract is ${cluster.spec.contract}`
    : `channel "${cluster.spec.channel}" runs an older one`;
  const message = `cluster "${cluster.name}" leaves routing to Talos, which speaks BGP from v1.${NATIVE_BGP} on, but ${why}`;
  return [
    error("ICH3504", within(cluster.at, "spec", "network", "routing"), message, {
      hint: `write \`routing: frr\`, or take contract and channel to v1.${NATIVE_BGP}`,
    }),
  ];
}

function discovery(inventory: Inventory, cluster: Doc<"Cluster">): Diagnostic[] {
  const { fleet } = inventory;
  if (cluster.spec.network.routing !== "talos" || fleet.spec.discovery.endpoint !== "none") return [];
  const message = `cluster "${cluster.name}" leaves routing to Talos, which needs discovery, but the fleet has none`;
  return [
    error("ICH3505", within(cluster.at, "spec", "network", "routing"), message, {
      hint: "write `routing: frr`, or an own endpoint under `discovery` of the fleet",
      related: [
        { message: "discovery is switched off here", at: within(fleet.at, "spec", "discovery", "endpoint") },
      ],
    }),
  ];
}
