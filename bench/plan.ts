import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { buildGo } from "../test/conformance/go.ts";
import { type Cost, measureNode } from "./measure.ts";
import { formatPlanReport, type PlanRow } from "./plan-report.ts";
import { fleetOf, makePlanRepository } from "./plan-repository.ts";
import type { Phase, PlanRun, Ways } from "./plan-run.ts";
import type { Place } from "./plan-session.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** What the lab has used since it began. */
interface LabUsage {
  readonly cpuMs: number;
  readonly peakMiB: number;
  readonly nowMiB: number;
}

interface RunningLab {
  readonly url: string;
  readonly usage: () => Promise<LabUsage>;
  readonly stop: () => void;
}

/** What one run of a client was, and what the machines spent on it. */
interface Run extends Cost {
  readonly labCpuMs: number;
  readonly phases?: readonly Phase[];
}

/** How often each call was made, by how machines were reached. */
type Calls = Readonly<Partial<Record<Ways, PlanRun["calls"]>>>;

interface Subject {
  readonly name: string;
  /** Name of the subject that it is compared with. */
  readonly beside: string;
  /** Run in the first round alone: another one measures the same better. */
  readonly isOnce?: boolean;
  readonly run: () => Cost & { readonly phases?: readonly Phase[]; readonly calls?: Calls };
}

/**
 * Measures a plan without changes over a whole fleet of simulated machines, each with mutual TLS at an address of its
 * own, beside a client in Go that makes the same calls. The lab is a process of its own that lives through all rounds;
 * the clients take turns. Prints a table, and with `--json FILE` writes all that was measured; fails where something
 * was to be changed, or where the two clients did not call the same.
 */
async function bench(): Promise<void> {
  const { sizes, json, ...limits } = readOptions();
  const client = buildGo("plan-client");
  const results = [];
  for (const size of sizes) results.push(await benchSize(size, limits, client));
  for (const { title, rows } of results) process.stdout.write(`${formatPlanReport(title, rows)}\n`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(results, undefined, 2)}\n`);
}

/** When enough was measured, whichever comes first. */
interface Limits {
  readonly rounds: number;
  /** Milliseconds. A round is not begun where it would likely end later; the first one always is. */
  readonly time: number;
}

async function benchSize(size: number, { rounds, time }: Limits, client: string) {
  const end = performance.now() + time;
  const work = mkdtempSync(join(tmpdir(), "ichor-bench-plan-"));
  let lab: RunningLab | undefined;
  try {
    say(`${size} machines: making the fleet`);
    const { root, key, clusters, machines } = await makePlanRepository(join(work, "fleet"), fleetOf(size));
    const request = join(work, "request.json");
    say(`${machines} machines in ${clusters} clusters: starting them`);
    lab = await startLab(root, key, request);
    const atRest = await lab.usage();
    const subjects = subjectsOn({ root, key, lab: lab.url }, { client, request });
    const runs = new Map<string, Run[]>(subjects.map(({ name }) => [name, []]));
    let round = 0;
    for (let longest = 0; round < rounds && performance.now() + longest <= end; ) {
      round++;
      const start = performance.now();
      let before: Calls = {};
      for (const { name, run, isOnce = false } of subjects) {
        if (isOnce && round > 1) continue;
        const { cpuMs: labBefore } = await lab.usage();
        const { calls = {}, ...cost } = run();
        const labCpuMs = (await lab.usage()).cpuMs - labBefore;
        say(
          `round ${round} of ${rounds}: ${name}: ${seconds(cost.wallMs)} s, CPU ${seconds(cost.cpuMs)} s, of the machines ${seconds(labCpuMs)} s`,
        );
        runs.get(name)?.push({ ...cost, labCpuMs });
        requireSame(before, calls);
        before = { ...before, ...calls };
      }
      longest = Math.max(longest, performance.now() - start);
    }
    const { nowMiB, peakMiB } = await lab.usage();
    const title =
      `${machines} machines in ${clusters} clusters, rounds: ${round}. Node ${process.versions.node}, ${cpus().length} processors. ` +
      `The lab held ${mebibytes(atRest.nowMiB)} MiB before the first call and ${mebibytes(nowMiB)} MiB in the end, at most ${mebibytes(peakMiB)}.`;
    const rows = subjects.map(
      ({ name, beside }): PlanRow => ({ name, beside, machines, runs: runs.get(name) ?? [] }),
    );
    return { title, machines, clusters, atRest, rows };
  } finally {
    lab?.stop();
    rmSync(work, { recursive: true, force: true });
  }
}

const GO = "Go client";
const GO_DIALLED = "Go client, every machine dialled";

function subjectsOn(place: Place & { readonly lab: string }, go: GoClient): readonly Subject[] {
  return [
    {
      name: "ichor plan",
      beside: GO,
      isOnce: true,
      run: () => {
        const args = [here("../src/cli/main.ts"), "plan", "-C", place.root, "--lab", place.lab];
        const { stdout, ...cost } = measureNode(args, { SOPS_AGE_KEY: place.key });
        requireNoChanges(stdout);
        return cost;
      },
    },
    { name: "ichor plan, part by part", beside: GO, run: () => runParts(place, "relayed") },
    {
      name: `${GO}, configurations left as texts`,
      beside: GO,
      run: () => runGoClient(go, ["relayed", "texts"]),
    },
    { name: GO, beside: GO, run: () => runGoClient(go, ["relayed", "documents"]) },
    { name: "ichor, every machine dialled", beside: GO_DIALLED, run: () => runParts(place, "dialled") },
    { name: GO_DIALLED, beside: GO_DIALLED, run: () => runGoClient(go, ["dialled", "documents"]) },
  ];
}

function runParts(place: Place, ways: Ways): ReturnType<Subject["run"]> {
  const { stdout, ...cost } = measureNode([here("./plan-run.ts"), JSON.stringify(place), ways]);
  const { text, phases, calls } = JSON.parse(stdout) as Omit<PlanRun, "plan">;
  requireNoChanges(text);
  return { ...cost, phases, calls: { [ways]: calls } };
}

interface GoClient {
  readonly client: string;
  readonly request: string;
}

function runGoClient(
  { client, request }: GoClient,
  [ways, wanted]: readonly [Ways, "documents" | "texts"],
): ReturnType<Subject["run"]> {
  const start = performance.now();
  const done = spawnSync(client, [request, ways, wanted], { encoding: "utf8" });
  const wallMs = performance.now() - start;
  if (done.status !== 0) throw new Error(`the Go client failed: ${done.stderr}`);
  const { cpuMs, peakMiB, calls } = JSON.parse(done.stdout) as {
    readonly cpuMs: number;
    readonly peakMiB: number;
    readonly calls: Calls;
  };
  return { wallMs, cpuMs, peakMiB, calls: { [ways]: calls } };
}

async function startLab(root: string, key: string, request: string): Promise<RunningLab> {
  const child = spawn(process.execPath, [here("./plan-lab.ts"), root, request], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const ask = async (line: string): Promise<unknown> => {
    child.stdin.write(`${line}\n`);
    const heard = await lines.next();
    if (heard.done === true) throw new Error("the lab ended");
    return JSON.parse(heard.value) as unknown;
  };
  const { url } = (await ask(key)) as { readonly url: string };
  return {
    url,
    usage: async () => (await ask("usage")) as LabUsage,
    stop: () => void child.stdin.end(),
  };
}

function requireNoChanges(plan: string): void {
  if (plan.trim() !== "No changes.") throw new Error(`the plan has changes: ${plan.slice(0, 2000)}`);
}

function requireSame(before: Calls, now: Calls): void {
  for (const ways of ["relayed", "dialled"] as const) {
    const [left, right] = [before[ways], now[ways]];
    if (left === undefined || right === undefined || isDeepStrictEqual(left, right)) continue;
    throw new Error(`the clients did not call the same:\n${JSON.stringify(left)}\n${JSON.stringify(right)}`);
  }
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      machines: { type: "string", multiple: true, default: ["1000", "4000", "11000"] },
      rounds: { type: "string", default: "2" },
      minutes: { type: "string", default: "15" },
      json: { type: "string" },
    },
  });
  const { machines, rounds, minutes, json } = values;
  return { sizes: machines.map(Number), rounds: Number(rounds), time: Number(minutes) * 60_000, json };
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(1);
}

function mebibytes(value: number): string {
  return String(Math.round(value));
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

await bench();
