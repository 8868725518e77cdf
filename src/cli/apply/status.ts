import type { DesiredCluster } from "../../applier/desired.ts";
import type { Live } from "../../applier/live.ts";
import { checkHealth, type Health, healthOf } from "../../applier/observe/health.ts";
import type { HealthCheck } from "../../applier/observe/health-check.ts";
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
  readonly health: Health;
  readonly machines: string;
  readonly etcd: string;
  /** How many machines are ready nodes; undefined where Kubernetes was not seen. */
  readonly kubernetes: string | undefined;
  readonly talos: string;
  readonly checks: readonly HealthCheck[];
}

/** What status is shown with. */
export interface StatusRequest extends RunOptions {
  readonly selector: Selector;
  readonly output: string;
  /** Whether the exit code says that something is not as git says, or not healthy. */
  readonly detailed: boolean;
}

/** `ichor status`: one line for each cluster; with -o wide what is not well. */
export async function showStatus(registration: Registration, request: StatusRequest): Promise<ExitCode> {
  const { terminal } = registration;
  const signal = terminal.interruption();
  const session = await openSession(registration, request.selector, request);
  if (session === undefined) return EXIT.error;
  const watch = { parallel: request.parallel, signal, health: true };
  const live = await observeSession(session, watch).finally(session.close);
  if (signal.aborted) return EXIT.interrupted;
  const plan = planFleet(planInput(session, live, { mode: "auto", limits: {} }));
  const rows = [...session.desired.clusters.values()].map((cluster) =>
    statusOf(
      cluster,
      live,
      plan.clusters.find((one) => one.cluster === cluster.name),
    ),
  );
  terminal.stdout(formatStatus(rows, request.output));
  const isWell = rows.every(({ sync, health }) => sync === "Synced" && health === "Healthy");
  return request.detailed && !isWell ? EXIT.changes : EXIT.ok;
}

function formatStatus(rows: readonly ClusterStatus[], output: string): string {
  if (output === "json") return emitJson({ formatVersion: "1.0", clusters: rows });
  const columns = ["cluster", "sync", "health", "machines", "etcd", "kubernetes", "talos"];
  const table = formatTable(columns, rows as unknown as readonly Record<string, unknown>[]);
  return output === "wide" ? table + rows.map(formatChecks).join("") : table;
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
    kubernetes: readyNodes(cluster, live),
    talos: [...new Set(running.map(({ talos }) => talos))].sort().join(", ") || "-",
    checks,
  };
}

function syncOf(plan: ClusterPlan | undefined, isWhole: boolean): ClusterStatus["sync"] {
  if (plan !== undefined && isOutOfSync(plan)) return "OutOfSync";
  return isWhole ? "Synced" : "Unknown";
}

function readyNodes({ name, machines }: DesiredCluster, live: Live): string | undefined {
  const kubernetes = live.kubernetes.get(name);
  if (kubernetes?.state !== "running") return undefined;
  const ready = new Set(kubernetes.nodes.filter((node) => node.ready).map((node) => node.name));
  return `${machines.filter((machine) => ready.has(machine.name)).length}/${machines.length}`;
}

/** Of one check; all of them are in the JSON. */
const SHOWN = 10;

function formatChecks({ cluster, checks }: ClusterStatus): string {
  const bad = checks.filter(({ state }) => state !== "ok" && state !== "skipped");
  if (bad.length === 0) return "";
  const lines = bad.flatMap(({ name, state, why }) => [
    `  waiting for ${name}: ${state}`,
    ...why.slice(0, SHOWN).map((one) => `    ${one}`),
    ...(why.length > SHOWN ? [`    and ${why.length - SHOWN} more: -o json`] : []),
  ]);
  return `\n${cluster}\n${lines.join("\n")}\n`;
}
