import { spawnSync } from "node:child_process";
import process from "node:process";

/** What one run of a process cost. */
export interface Cost {
  readonly wallMs: number;
  /** User and system time. */
  readonly cpuMs: number;
  /** The most memory that it held; undefined where it is no Node process. */
  readonly peakMiB: number | undefined;
}

/** Loaded before the program; writes what the process used to a pipe when it ends. */
const REPORT_USAGE = `data:text/javascript,${encodeURIComponent(`
import { writeSync } from "node:fs";
process.on("exit", () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  writeSync(3, JSON.stringify({ cpu: userCPUTime + systemCPUTime, rss: maxRSS }));
});`)}`;

/** A run that ended well, with what it printed. */
export interface MeasuredRun extends Cost {
  readonly stdout: string;
}

/** Runs Node with these arguments in a process of its own; throws where it fails. */
export function measureNode(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): MeasuredRun {
  const start = performance.now();
  const done = spawnSync(process.execPath, ["--import", REPORT_USAGE, ...args], {
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    env: { ...process.env, ...environment },
  });
  const wallMs = performance.now() - start;
  if (done.status !== 0) throw new Error(`node ${args.join(" ")}: ${done.stdout}${done.stderr}`);
  const { cpu, rss } = JSON.parse(done.output[3] ?? "{}") as { readonly cpu: number; readonly rss: number };
  return { wallMs, cpuMs: cpu / 1000, peakMiB: rss / 1024, stdout: done.stdout };
}

/** Runs another program in a process of its own; the shell's `times` says what it used. */
export function measureProgram(program: string, args: readonly string[]): Cost {
  const start = performance.now();
  const done = spawnSync("sh", ["-c", '"$@" && times', "sh", program, ...args], { encoding: "utf8" });
  const wallMs = performance.now() - start;
  if (done.status !== 0) throw new Error(`${program} ${args.join(" ")}: ${done.stderr}`);
  const ofChildren = done.stdout.trim().split("\n").at(-1) ?? "";
  const cpuMs = [...ofChildren.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1000,
    0,
  );
  return { wallMs, cpuMs, peakMiB: undefined };
}
