import type { ExecutionEvent } from "../../applier/execute/events.ts";

/** What of a run is worth seeing while it goes on. */
export interface Progress {
  readonly started: Date | undefined;
  /** Of the whole run, whether they were started or not. */
  readonly total: { readonly clusters: number; readonly machines: number };
  /** In the order in which they were started. */
  readonly clusters: ReadonlyMap<string, ClusterProgress>;
}

interface ClusterProgress {
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly isOver: boolean;
  /** What is being done to machines, by their names. */
  readonly machines: ReadonlyMap<string, MachineProgress>;
}

interface MachineProgress {
  readonly step: string;
  /** What is waited for, and until when. */
  readonly waiting: { readonly for: string; readonly until: Date } | undefined;
}

export const NO_PROGRESS: Progress = {
  started: undefined,
  total: { clusters: 0, machines: 0 },
  clusters: new Map(),
};

/** The progress after one more event. */
export function advance(progress: Progress, event: ExecutionEvent): Progress {
  switch (event.event) {
    case "run-started":
      return {
        ...progress,
        started: new Date(event.at),
        total: { clusters: event.clusters, machines: event.machines },
      };
    case "cluster-started":
      return change(progress, event.cluster, () => ({ ...NEW_CLUSTER, total: event.machines }));
    case "machine-started":
      return work(progress, event, { step: event.actions.join(", "), waiting: undefined });
    case "step-started":
      return work(progress, event, { step: event.step, waiting: undefined });
    case "waiting":
      return work(progress, event, {
        step: event.step,
        waiting: { for: event.for, until: new Date(event.until) },
      });
    case "machine-done":
      return change(progress, event.cluster, (cluster) => finish(cluster, event));
    case "cluster-done":
      return change(progress, event.cluster, (cluster) => ({
        ...cluster,
        isOver: true,
        machines: new Map(),
      }));
    case "step-done":
    case "step-failed":
    case "run-done":
      return progress;
  }
}

const NEW_CLUSTER: ClusterProgress = { total: 0, done: 0, failed: 0, isOver: false, machines: new Map() };

function change(
  progress: Progress,
  name: string,
  to: (cluster: ClusterProgress) => ClusterProgress,
): Progress {
  const clusters = new Map(progress.clusters);
  clusters.set(name, to(clusters.get(name) ?? NEW_CLUSTER));
  return { ...progress, clusters };
}

function work(
  progress: Progress,
  at: { readonly cluster: string; readonly machine: string },
  doing: MachineProgress,
): Progress {
  return change(progress, at.cluster, (cluster) => ({
    ...cluster,
    machines: new Map([...cluster.machines, [at.machine, doing]]),
  }));
}

function finish(
  cluster: ClusterProgress,
  { machine, outcome }: Extract<ExecutionEvent, { event: "machine-done" }>,
): ClusterProgress {
  if (machine === undefined) return cluster;
  const machines = new Map(cluster.machines);
  machines.delete(machine);
  const isGood = outcome === "done" || outcome === "unchanged";
  return {
    ...cluster,
    machines,
    done: cluster.done + 1,
    failed: cluster.failed + (isGood ? 0 : 1),
  };
}

/** Machines of one cluster that are shown; more would push the other clusters off the screen. */
const MAX_MACHINES = 3;

/**
 * The lines of the view: one for each cluster that is not over, with what is being done to its machines and how long
 * that may still take.
 *
 * @param size of the terminal, in characters
 */
export function formatProgress(
  progress: Progress,
  now: Date,
  size: { readonly columns: number; readonly rows: number },
): readonly string[] {
  const all = [...progress.clusters];
  const width = Math.max(0, ...all.map(([name]) => name.length));
  const lines = all
    .filter(([, { isOver }]) => !isOver)
    .flatMap(([name, cluster]) => [
      `${name.padEnd(width)}  ${bar(cluster)} ${cluster.done}/${cluster.total}${cluster.failed > 0 ? `, ${cluster.failed} not done` : ""}`,
      ...machineLines(cluster, now),
    ]);
  const room = Math.max(1, size.rows - 2);
  const cut =
    lines.length > room
      ? [...lines.slice(0, room - 1), `… and ${lines.length - room + 1} more lines`]
      : lines;
  return [headline(progress, now), ...cut].map((line) =>
    line.length > size.columns ? `${line.slice(0, size.columns - 1)}…` : line,
  );
}

function headline({ started, total, clusters }: Progress, now: Date): string {
  const all = [...clusters.values()];
  const over = all.filter(({ isOver }) => isOver).length;
  const done = all.reduce((sum, cluster) => sum + cluster.done, 0);
  const seconds = started === undefined ? 0 : (now.getTime() - started.getTime()) / 1000;
  // Machines take about as long as those before them.
  const left = done === 0 || done >= total.machines ? undefined : (seconds * (total.machines - done)) / done;
  return [
    `${over} of ${total.clusters} clusters`,
    `${done} of ${total.machines} machines`,
    formatSeconds(seconds),
    ...(left === undefined ? [] : [`about ${formatSeconds(left)} left`]),
  ].join(", ");
}

function machineLines({ machines }: ClusterProgress, now: Date): string[] {
  const shown = [...machines].slice(0, MAX_MACHINES).map(([name, { step, waiting }]) => {
    if (waiting === undefined) return `  ${name}  ${step}`;
    const left = (waiting.until.getTime() - now.getTime()) / 1000;
    // Before what is waited for: that may be longer than the line.
    return `  ${name}  ${step}, at most ${formatSeconds(left)} more: ${waiting.for}`;
  });
  return machines.size > MAX_MACHINES ? [...shown, `  and ${machines.size - MAX_MACHINES} more`] : shown;
}

const BAR = 20;

function bar({ done, total }: ClusterProgress): string {
  const full = total === 0 ? BAR : Math.floor((done / total) * BAR);
  return `[${"#".repeat(full)}${".".repeat(BAR - full)}]`;
}

/** `42s`, `3m05s`, `1h02m`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (part: number) => String(part).padStart(2, "0");
  if (hours > 0) return `${hours}h${two(minutes)}m`;
  return minutes > 0 ? `${minutes}m${two(rest)}s` : `${rest}s`;
}
