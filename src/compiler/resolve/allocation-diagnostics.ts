import {
  type Diagnostic,
  error,
  keyOf,
  type Related,
  type SourceRef,
  warning,
  within,
} from "../../core/diagnostic.ts";
import { invariant, mustGet } from "../../core/invariant.ts";
import { CONTROL_PLANE, formatClaim, formatPlace, type Place } from "../../model/claim.ts";
import { type ClusterGroup, clusterGroups } from "../../model/cluster-groups.ts";
import type { Doc, Inventory } from "../../model/inventory.ts";
import type { PinFault, Problem } from "./allocation-model.ts";
import { funnelHint, funnelMessage } from "./funnel-message.ts";

/** Says the allocator's problems where people wrote what led to them (ICH4001 to ICH4010). */
export function allocationDiagnostics(inventory: Inventory, problems: readonly Problem[]): Diagnostic[] {
  return problems.flatMap((problem) => diagnosticsOf(inventory, problem));
}

function diagnosticsOf(inventory: Inventory, problem: Problem): Diagnostic[] {
  switch (problem.kind) {
    case "server-gone":
      return serverGone(inventory, problem);
    case "cluster-gone":
      return [clusterGone(inventory, problem)];
    case "group-gone":
      return [groupGone(inventory, problem)];
    case "pin-refused":
    case "pin-elsewhere":
    case "pin-unwanted":
      return [pinProblem(inventory, problem)];
    case "short":
    case "mismatch":
    case "spread-exceeded":
    case "protected-shrink":
      return [groupProblem(inventory, problem)];
  }
}

type Of<K extends Problem["kind"]> = Extract<Problem, { readonly kind: K }>;

/** Nothing is said of servers whose rack cannot be read: they may well be in it. */
function serverGone(inventory: Inventory, { server, claim }: Of<"server-gone">): Diagnostic[] {
  const { at } = mustGet(inventory.locks.claims, server);
  const rack = /([^/]+)\.yaml$/.exec(at.file)?.[1];
  if (inventory.invalid.has(`Rack/${rack}`)) return [];
  const message = `no rack has the server "${server}", but it is recorded as "${formatClaim(claim)}"; its line is kept`;
  const hint = `bring the server back into its rack's file, set \`state: broken\` there to have it replaced, and remove it when its line says \`free\``;
  return [error("ICH4010", at, message, { hint })];
}

function clusterGone(inventory: Inventory, { cluster, servers }: Of<"cluster-gone">): Diagnostic {
  const [at, ...others] = linesOf(inventory, servers);
  invariant(at !== undefined, `nothing is recorded of the servers of ${cluster}`);
  const message = `${say(servers.length, "server")} (${list(servers)}) ${servers.length === 1 ? "is" : "are"} claimed by cluster "${cluster}", which the repository does not have; ${servers.length === 1 ? "its claim is" : "their claims are"} kept`;
  return error("ICH4008", at, message, {
    related: alsoAt(others),
    hint: `bring the file of cluster "${cluster}" back from git; where the cluster is meant to go, write \`state: deleting\` and \`protect: false\` in it`,
  });
}

function groupGone(inventory: Inventory, { cluster, group, servers }: Of<"group-gone">): Diagnostic {
  const message = `${say(servers.length, "server")} (${list(servers)}) ${servers.length === 1 ? "is" : "are"} claimed by group "${group}", which cluster "${cluster}" does not have; ${servers.length === 1 ? "its claim is" : "their claims are"} kept`;
  const doc = mustGet(inventory.clusters, cluster);
  const at = doc.spec.workers === undefined ? keyOf(doc.at, "spec") : keyOf(doc.at, "spec", "workers");
  return error("ICH4009", at, message, {
    related: alsoAt(linesOf(inventory, servers)),
    hint: `bring the group "${group}" back; where it is meant to go, write \`replicas: 0\` in it`,
  });
}

function pinProblem(
  inventory: Inventory,
  problem: Of<"pin-refused"> | Of<"pin-elsewhere"> | Of<"pin-unwanted">,
): Diagnostic {
  const { place, server } = problem;
  const group = groupOf(mustGet(inventory.clusters, place.cluster), place.group);
  const at = within(group.at, "pins", String(place.index));
  const pin = `place ${formatPlace(place)} is pinned to server "${server}"`;
  if (problem.kind === "pin-refused") {
    return error("ICH4002", at, `${pin}, ${sayFault(problem, inventory)}`, {
      hint: "pin a server that is active, free and matches the group, or remove the pin",
    });
  }
  if (problem.kind === "pin-unwanted") {
    const message = `${pin}, but the group has all its ${say(group.spec.replicas, "server")} in other places`;
    return warning("ICH4003", at, message, { hint: "remove the pin, or name a place that is to be filled" });
  }
  const { holder } = problem;
  return warning("ICH4003", at, `${pin}, but server "${holder}" holds it and stays`, {
    hint: `pin what is recorded; to move the place, give up "${holder}": \`state: broken\` with a reason releases it, and the pin is obeyed`,
    related: alsoAt(linesOf(inventory, [holder])),
  });
}

function sayFault({ fault, detail, place }: Of<"pin-refused">, inventory: Inventory): string {
  const group = groupOf(mustGet(inventory.clusters, place.cluster), place.group);
  const faults: Readonly<Record<PinFault, string>> = {
    unknown: "which no rack has",
    "pinned-twice": `which is pinned to ${detail} as well`,
    "not-free": `which is not free: it is ${sayUse(detail)}`,
    "not-matching": `which does not match ${sourceOf(inventory, place.cluster, group)}`,
    spread: `but the spread limit forbids it (${detail})`,
  };
  return faults[fault];
}

/** What a server is used for: its state, or what it is recorded as. */
function sayUse(detail: string): string {
  if (detail.includes(" ")) return `recorded as "${detail}"`;
  return detail === "maintenance" ? "in maintenance" : detail;
}

function groupProblem(
  inventory: Inventory,
  problem: Of<"short"> | Of<"mismatch"> | Of<"spread-exceeded"> | Of<"protected-shrink">,
): Diagnostic {
  const group = groupOf(mustGet(inventory.clusters, problem.cluster), problem.group);
  const subject = sayGroup(problem);
  const replicas = within(group.at, "replicas");
  switch (problem.kind) {
    case "short": {
      const source = sourceOf(inventory, problem.cluster, group);
      const limits = Object.entries(group.spec.spread ?? {}).map(([by, max]) => `at most ${max} per ${by}`);
      const message = `${subject} ${funnelMessage(source, limits.join(", "), problem.funnel)}; the cluster takes nothing new`;
      return error("ICH4001", replicas, message, { hint: funnelHint(problem.funnel) });
    }
    case "protected-shrink": {
      const message = `${subject} has ${say(problem.held, "server")} and asks for ${problem.replicas}, but the cluster is protected, so nothing is released`;
      return error("ICH4006", replicas, message, {
        hint: `write \`replicas: ${problem.held}\`; to shrink the cluster, set \`protect: false\` and merge that first`,
      });
    }
    case "mismatch": {
      const { servers } = problem;
      const message = `${subject}: ${say(servers.length, "server")} (${list(servers)}) no longer match${servers.length === 1 ? "es" : ""} ${sourceOf(inventory, problem.cluster, group)}; ${servers.length === 1 ? "it stays where it is" : "they stay where they are"}`;
      return warning("ICH4004", group.at, message, {
        related: alsoAt(linesOf(inventory, servers)),
        hint: `correct the labels or the selector, or give ${servers.length === 1 ? "the server" : "the servers"} up: \`state: broken\` with a reason`,
      });
    }
    case "spread-exceeded": {
      const { limit, value, count } = problem;
      const where = limit.by === "rack" ? `in rack "${value}"` : `with ${limit.by} "${value}"`;
      const message = `${subject} has ${say(count, "server")} ${where}, and its spread allows ${limit.max}; they stay where they are`;
      return warning("ICH4005", within(group.at, "spread", limit.by), message, {
        hint: `allow ${count}, or give servers up one by one: \`state: broken\` with a reason`,
      });
    }
  }
}

/** A group as the subject of a sentence. */
export function sayGroup({ cluster, group }: { readonly cluster: string; readonly group: string }): string {
  return group === CONTROL_PLANE
    ? `the control plane of cluster "${cluster}"`
    : `group "${group}" of cluster "${cluster}"`;
}

/** What the servers of a group have to match. */
function sourceOf(inventory: Inventory, cluster: string, { spec }: ClusterGroup): string {
  const pool = spec.pool === undefined ? [] : [`pool "${spec.pool}"`];
  const machineClass = spec.class === undefined ? [] : [`class "${spec.class}"`];
  return `${[...pool, ...machineClass].join(" and ")} in site "${mustGet(inventory.clusters, cluster).spec.site}"`;
}

function groupOf(cluster: Doc<"Cluster">, name: Place["group"]): ClusterGroup {
  const group = clusterGroups(cluster).find((one) => one.name === name);
  invariant(group !== undefined, `${cluster.name} has no group ${name}`);
  return group;
}

function linesOf(inventory: Inventory, servers: readonly string[]): SourceRef[] {
  return servers.flatMap((server) => inventory.locks.claims.get(server)?.at ?? []);
}

const SHOWN_MAX = 3;

function alsoAt(places: readonly SourceRef[]): Related[] {
  return places.slice(0, SHOWN_MAX).map((at) => ({ message: "recorded here", at }));
}

function list(names: readonly string[]): string {
  const shown = names
    .slice(0, SHOWN_MAX)
    .map((name) => `"${name}"`)
    .join(", ");
  return names.length > SHOWN_MAX ? `${shown} and ${names.length - SHOWN_MAX} more` : shown;
}

function say(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
