import type { Cost } from "./measure.ts";
import type { Phase } from "./plan-run.ts";

/** A client's runs over one fleet. */
export interface PlanRow {
  readonly name: string;
  /** Name of the row that it is compared with. */
  readonly beside: string;
  readonly machines: number;
  readonly runs: readonly (Cost & { readonly labCpuMs: number; readonly phases?: readonly Phase[] })[];
}

/**
 * A Markdown table: the least of all runs, since whatever else the machine does only adds. The parts of a run stand
 * below it.
 */
export function formatPlanReport(title: string, rows: readonly PlanRow[]): string {
  const lines = rows.flatMap(linesOf);
  const cells = lines.map((line) => [
    line.name,
    (line.wallMs / 1000).toFixed(1),
    (line.cpuMs / 1000).toFixed(1),
    (line.cpuMs / line.machines).toFixed(2),
    line.peakMiB === undefined ? "" : String(Math.round(line.peakMiB)),
    ratioIn(lines, line, "wallMs"),
    ratioIn(lines, line, "cpuMs"),
    line.labCpuMs === undefined ? "" : (line.labCpuMs / 1000).toFixed(1),
  ]);
  const head = [
    "",
    "wall s",
    "CPU s",
    "CPU ms a machine",
    "peak MiB",
    "x of Go: wall",
    "x of Go: CPU",
    "the machines' CPU s",
  ];
  const table = [head, head.map(() => "---"), ...cells].map((line) => `| ${line.join(" | ")} |\n`).join("");
  return `${title}\n\n${table}`;
}

interface Line {
  readonly name: string;
  readonly beside: string;
  readonly machines: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakMiB?: number;
  readonly labCpuMs?: number;
}

function linesOf(row: PlanRow): readonly Line[] {
  const { name, beside, machines, runs } = row;
  const whole = {
    name,
    beside,
    machines,
    wallMs: least(runs.map(({ wallMs }) => wallMs)),
    cpuMs: least(runs.map(({ cpuMs }) => cpuMs)),
    peakMiB: least(runs.map(({ peakMiB = Number.POSITIVE_INFINITY }) => peakMiB)),
    labCpuMs: least(runs.map(({ labCpuMs }) => labCpuMs)),
  };
  return [whole, ...phaseLines(row)];
}

const PHASES: Readonly<Record<Phase["name"], string>> = {
  open: "compile, check, open the secrets",
  observe: "look at the machines",
  plan: "compare and plan",
};

function phaseLines({ beside, machines, runs }: PlanRow): readonly Line[] {
  const all = runs.flatMap(({ phases = [] }) => phases);
  return Object.entries(PHASES).flatMap(([name, title]) => {
    const same = all.filter((phase) => phase.name === name);
    if (same.length === 0) return [];
    const wallMs = least(same.map((phase) => phase.wallMs));
    const cpuMs = least(same.map((phase) => phase.cpuMs));
    return [{ name: `… ${title}`, beside, machines, wallMs, cpuMs }];
  });
}

function least(values: readonly number[]): number {
  return Math.min(...values);
}

function ratioIn(lines: readonly Line[], line: Line, field: "wallMs" | "cpuMs"): string {
  const of = lines.find(({ name }) => name === line.beside);
  return of === undefined ? "" : (line[field] / of[field]).toFixed(2);
}
