import type { WriteResult } from "../../compiler/write/write-artifacts.ts";
import { formatIpv4 } from "../../core/ip.ts";
import type { Blueprint } from "../../model/blueprint.ts";
import { count } from "../count.ts";
import { formatTable } from "../get/table.ts";

/** At most so many paths are listed. */
const PATHS_MAX = 12;

/** What the repository says there is: a line per cluster, and how many servers are left. */
export function formatFleet(blueprint: Blueprint): string {
  const servers = [...blueprint.sites.values()].flatMap((site) => site.racks.flatMap((rack) => rack.servers));
  const rows = [...blueprint.clusters.values()].map((cluster) => ({
    cluster: cluster.name,
    role: cluster.role,
    talos: cluster.talos,
    kubernetes: cluster.kubernetes,
    api: cluster.vip === undefined ? "-" : formatIpv4(cluster.vip),
    "control planes": cluster.nodes.filter((node) => node.type === "controlplane").length,
    workers: cluster.nodes.filter((node) => node.type === "worker").length,
  }));
  const free = servers.filter((server) => server.claim.phase === "free" && server.state === "active").length;
  const columns = Object.keys(rows[0] ?? {});
  const shown = rows.length > 0 && rows.length <= 40 ? `${formatTable(columns, rows)}\n` : "";
  return `${shown}fleet ${blueprint.fleet.name}: ${count(blueprint.sites.size, "site")}, ${count(servers.length, "server")} (${free} free), ${count(blueprint.clusters.size, "cluster")}\n`;
}

/** What was written, or with `check` would be. */
export function formatWritten(written: WriteResult, check: boolean): string {
  const lists = [
    ["created", "+", written.created],
    ["changed", "~", written.changed],
    ["removed", "-", written.removed],
  ] as const;
  const total = lists.reduce((sum, [, , paths]) => sum + paths.length, 0);
  if (total === 0)
    return `generated/ and inventory/allocations/ are current (${count(written.unchanged, "file")})\n`;
  const numbers = lists.map(([verb, , paths]) => `${paths.length} ${verb}`).join(", ");
  const lines = lists.flatMap(([, mark, paths]) => paths.map((path) => `  ${mark} ${path}\n`));
  const rest = lines.length > PATHS_MAX ? `  and ${lines.length - PATHS_MAX} more: git status\n` : "";
  const head = check
    ? `stale: ${numbers}; run "ichor compile"`
    : `wrote: ${numbers}, ${written.unchanged} unchanged`;
  return `${head}\n${lines.slice(0, PATHS_MAX).join("")}${rest}`;
}
