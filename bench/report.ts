import type { Cost } from "./measure.ts";

export interface Row {
  readonly name: string;
  readonly runs: readonly Cost[];
}

/** The names of the rows that the others are compared with. */
export interface References {
  readonly copy: string;
  readonly empty: string;
}

/** A Markdown table of what was measured: seconds to see the scale, ratios to believe. */
export function formatReport(
  rows: readonly Row[],
  { references, nodes }: { readonly references: References; readonly nodes: number },
): string {
  const medianOf = (name: string) => {
    const row = rows.find((one) => one.name === name);
    return { wall: median(row, "wallMs"), cpu: median(row, "cpuMs") };
  };
  const copy = medianOf(references.copy);
  const empty = medianOf(references.empty);
  const cells = rows.map((row) => {
    const wall = median(row, "wallMs");
    const cpu = median(row, "cpuMs");
    const peak = median(row, "peakMiB");
    const isReference = row.name === references.copy || row.name === references.empty;
    return [
      row.name,
      spread(row, "wallMs"),
      spread(row, "cpuMs"),
      Number.isNaN(peak) ? "" : String(Math.round(peak)),
      `${(wall / copy.wall).toFixed(2)} / ${(cpu / copy.cpu).toFixed(2)}`,
      `${(wall / empty.wall).toFixed(1)} / ${(cpu / empty.cpu).toFixed(1)}`,
      isReference ? "" : (cpu / nodes).toFixed(2),
    ];
  });
  const head = [
    "",
    "wall s: min, median, max",
    "CPU s: min, median, max",
    "peak MiB",
    `x of ${references.copy}: wall / CPU`,
    `x of ${references.empty}: wall / CPU`,
    "CPU ms a node",
  ];
  return [head, head.map(() => "---"), ...cells].map((line) => `| ${line.join(" | ")} |\n`).join("");
}

function median(row: Row | undefined, field: keyof Cost): number {
  const sorted = valuesOf(row, field);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

function spread(row: Row, field: keyof Cost): string {
  const sorted = valuesOf(row, field);
  return [sorted[0], median(row, field), sorted.at(-1)]
    .map((ms) => ((ms ?? Number.NaN) / 1000).toFixed(2))
    .join(", ");
}

function valuesOf(row: Row | undefined, field: keyof Cost): number[] {
  return (row?.runs ?? [])
    .map((cost) => cost[field])
    .filter((value) => value !== undefined)
    .sort((a, b) => a - b);
}
