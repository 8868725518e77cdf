import type { DesiredCluster } from "../../applier/desired.ts";
import type { Live } from "../../applier/live.ts";
import { checkHealth, type HealthCheck, healthOf } from "../../applier/observe/health.ts";
import type { ClusterPlan } from "../../applier/plan/plan.ts";
import { planFleet } from "../../applier/plan/plan-fleet.ts";
import { emitJson } from "../../core/json.ts";
import type { Registration } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { formatTable } from "../get/table.ts";
import type { Selector } from "../selector.ts";
import type { RunOptions } from "./options.ts";
import { isOutOfSync } from "./plan.ts";
import { observeSession, openSession, planInput } from "./session.ts";

/** One line of `ichor status`. */
interface ClusterStatus {
  readonly cluster: string;
  readonly site: string;
  /** As Argo CD says it: whether the machines are as git says. */
  readonly sync: "Synced" | "OutOfSync" | "Unknown";
  readonly health: string;
  readonly machines: string;
  readonly etcd: string;
  readonly talos: string;
  readonly checks: readonly HealthCheck[];
}

/** `ichor status`: one line for each cluster; with -o wide what is not well. */
export async function showStatus(
  registration: Registration,
  request: RunOptions & { readonly selector: Selector; readonly output: string },
): Promise<ExitCode> {
  const { terminal } = registration;
  const signal = terminal.interruption();
  const session = await openSession(registration, request.selector, request);
  if (session === undefined) return EXIT.error;
  const live = await observeSession(session, { parallel: request.parallel, signal });
  if (signal.aborted) return EXIT.interrupted;
  const plan = planFleet(planInput(session, live, { mode: "auto", limits: {} }));
  const rows = [...session.desired.clusters.values()].map((cluster) =>
    statusOf(
      cluster,
      live,
      plan.clusters.find((one) => one.cluster === cluster.name),
    ),
  );
  if (request.output === "json") {
    terminal.stdout(emitJson({ formatVersion: "1.0", clusters: rows }));
    return EXIT.ok;
  }
  const columns = ["cluster", "sync", "health", "machines", "etcd", "talos"];
  terminal.stdout(formatTable(columns, rows as unknown as readonly Record<string, unknown>[]));
  if (request.output === "wide") terminal.stdout(rows.map(formatChecks).join(""));
  return EXIT.ok;
}

function statusOf(cluster: DesiredCluster, live: Live, plan: ClusterPlan | undefined): ClusterStatus {
  const checks = checkHealth(cluster, live);
  const machines = cluster.machines.map(({ name }) => live.machines.get(name));
  const running = machines.filter((machine) => machine?.state === "running");
  const ready = running.filter(({ ready: isReady }) => isReady);
  const controlPlanes = cluster.machines.filter(({ type }) => type === "controlplane").length;
  const members = running.map(({ etcd }) => etcd?.members.length ?? 0);
  return {
    cluster: cluster.name,
    site: cluster.site,
    sync: syncOf(plan, running.length === machines.length),
    health: healthOf(cluster, live, checks),
    machines: `${ready.length}/${machines.length}`,
    etcd: `${Math.max(0, ...members)}/${controlPlanes}`,
    talos: [...new Set(running.map(({ talos }) => talos))].sort().join(", ") || "-",
    checks,
  };
}

function syncOf(plan: ClusterPlan | undefined, isWhole: boolean): ClusterStatus["sync"] {
  if (plan !== undefined && isOutOfSync(plan)) return "OutOfSync";
  return isWhole ? "Synced" : "Unknown";
}

function formatChecks({ cluster, checks }: ClusterStatus): string {
  const bad = checks.filter(({ state }) => state !== "ok");
  if (bad.length === 0) return "";
  const lines = bad.flatMap(({ name, state, why }) => [
    `  waiting for ${name}: ${state}`,
    ...why.map((one) => `    ${one}`),
  ]);
  return `\n${cluster}\n${lines.join("\n")}\n`;
}
