import { spawnSync } from "node:child_process";
import { setTimeout } from "node:timers/promises";
import type { Desired, DesiredMachine } from "../../applier/desired.ts";
import { createLabPower } from "../../applier/drivers/lab/power.ts";
import { createTalosDriver } from "../../applier/drivers/talos/driver.ts";
import type { Live } from "../../applier/live.ts";
import { type Observer, observeFleet } from "../../applier/observe/observe.ts";
import type { LocalTime, PlanInput } from "../../applier/plan/input.ts";
import { WEEKDAYS } from "../../applier/plan/input.ts";
import type { PowerDriver } from "../../applier/power.ts";
import type { TalosDriver } from "../../applier/talos-api.ts";
import { readSecretYaml } from "../../compiler/load/read-secret-yaml.ts";
import { readFolder } from "../../compiler/write/read-sources.ts";
import { writeArtifacts } from "../../compiler/write/write-artifacts.ts";
import type { Diagnostic } from "../../core/diagnostic.ts";
import type { ClusterPlan } from "../../model/blueprint.ts";
import { colorOf, type Registration } from "../command.ts";
import { type Compiled, compileTree } from "../compile-here.ts";
import { formatText } from "../format-diagnostics.ts";
import { openWorkspace, type Workspace } from "../secrets/workspace.ts";
import { type Selector, selects } from "../selector.ts";
import { UsageError } from "../terminal.ts";
import { desiredOf } from "./desired.ts";
import type { RunOptions } from "./options.ts";
import { openRunSecrets, type RunSecrets } from "./secrets.ts";

/** The clusters of a run, their secrets, and the way to their machines. */
export interface Session {
  readonly workspace: Workspace;
  readonly desired: Desired;
  readonly secrets: RunSecrets;
  /** Documents of machines with their secrets in place; a machine without could not be resolved. */
  readonly resolved: ReadonlyMap<string, readonly unknown[]>;
  readonly observer: Observer;
  readonly talos: TalosDriver;
  readonly power: PowerDriver;
}

/** Prepares a run over the selected clusters; undefined where the repository does not allow one, which was printed. */
export async function openSession(
  registration: Registration,
  selector: Selector,
  options: RunOptions,
): Promise<Session | undefined> {
  const workspace = openWorkspace(registration);
  const compiled = compileCurrent(registration, workspace.root);
  if (compiled === undefined) return undefined;
  const said = desiredOf(compiled, chooser(selector), commitOf(workspace.root));
  const desired = options.outsideWindow ? withoutWindows(said) : said;
  if (desired.clusters.size === 0) throw new UsageError("no cluster is selected");
  const { value: secrets, diagnostics } = await openRunSecrets(workspace, desired.clusters.values());
  const machines = machinesOf(desired);
  const resolved = new Map<string, readonly unknown[]>();
  const found: Diagnostic[] = [...diagnostics];
  for (const machine of machines.filter(({ cluster }) => secrets.credentials.has(cluster))) {
    const { value, diagnostics: missing } = await secrets.resolve(machine);
    found.push(...missing);
    if (value !== undefined) resolved.set(machine.name, value);
  }
  workspace.report(found);
  const { lab } = options;
  const talos = createTalosDriver({
    dial: lab === undefined ? (address) => `${address}:50000` : labAddress,
    now: () => registration.terminal.now().getTime(),
    wait: (milliseconds, stop) =>
      setTimeout(milliseconds, undefined, { signal: stop }).catch(() => undefined),
    // Not ended with the run: what is under way has to be seen to its end.
    // In the lab a machine is away for parts of a second: asking again would miss that it was.
    ...(lab === undefined ? {} : { repetition: { attempts: 1 } }),
  });
  const power = lab === undefined ? NO_POWER : createLabPower(lab);
  const observer: Observer = {
    talos,
    parseYaml: readMachineYaml,
    credentials: (cluster) => secrets.credentials.get(cluster),
    now: registration.terminal.now,
  };
  return { workspace, desired, secrets, resolved, observer, talos, power };
}

function withoutWindows(desired: Desired): Desired {
  const clusters = [...desired.clusters].map(
    ([name, cluster]) => [name, { ...cluster, window: undefined }] as const,
  );
  return { ...desired, clusters: new Map(clusters) };
}

/** All machines of a run, in the order of their clusters. */
export function machinesOf(desired: Desired): readonly DesiredMachine[] {
  return [...desired.clusters.values()].flatMap(({ machines }) => machines);
}

/** Looks at every machine of a session. */
export function observeSession(
  { observer, desired }: Session,
  options: { readonly parallel: number; readonly signal: AbortSignal },
): Promise<Live> {
  return observeFleet(observer, machinesOf(desired), options);
}

/** What a plan of a session rests on. */
export function planInput(
  { desired, resolved, secrets, workspace }: Session,
  live: Live,
  request: Pick<PlanInput, "mode" | "limits">,
): PlanInput {
  return {
    desired,
    live,
    resolved,
    bundles: secrets.fingerprints,
    now: workspace.terminal.now(),
    localTime,
    locked: new Set(),
    ...request,
  };
}

/** In the lab a machine's address is that of the loopback network with the same last three numbers. */
function labAddress(address: string): string {
  return `${address.replace(/^\d+/, "127")}:50000`;
}

/** Drivers of BMCs are not here yet: first contact needs an approval that names the serial. */
const NO_POWER: PowerDriver = { of: () => undefined };

function readMachineYaml(text: string): readonly unknown[] | undefined {
  const { value, diagnostics } = readSecretYaml("machine", text);
  return diagnostics.length > 0 ? undefined : value;
}

/** The repository compiled, where what stands in generated/ is what comes out: only that was reviewed. */
function compileCurrent(registration: Registration, root: string): Compiled | undefined {
  const { terminal } = registration;
  const { value, diagnostics } = compileTree(readFolder(root));
  if (value === undefined) {
    terminal.stderr(formatText(diagnostics, { color: colorOf(registration) }));
    return undefined;
  }
  const written = writeArtifacts(root, value.artifacts, { check: true, overwrite: false });
  const stale = [...written.created, ...written.changed, ...written.removed];
  if (stale.length === 0) return value;
  throw new UsageError(
    `generated/ and inventory/allocations/ are not what the repository compiles to (${stale[0]}${stale.length > 1 ? ` and ${stale.length - 1} more` : ""}): run "ichor compile" and have the result reviewed`,
  );
}

/** Which clusters a selector means: those it names, and those with a machine it names. */
function chooser(selector: Selector) {
  return ({ name, site, labels, nodes }: ClusterPlan): boolean => {
    const { nodes: names, rack, ...ofCluster } = selector;
    if (!selects(ofCluster, { name, site, cluster: name, labels })) return false;
    if (names === undefined && rack === undefined) return true;
    return nodes.some(
      ({ name: node, server }) => (names?.test(node) ?? true) && (rack === undefined || rack === server.rack),
    );
  };
}

function commitOf(root: string): string | undefined {
  const asked = spawnSync("git", ["-C", root, "rev-parse", "HEAD"], { encoding: "utf8" });
  return asked.status === 0 ? asked.stdout.trim() : undefined;
}

/** Reads the wall clock of a time zone; undefined where there is none of the name. */
export function localTime(now: Date, zone: string): LocalTime | undefined {
  try {
    const parts = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    }).formatToParts(now);
    const part = (type: string) => parts.find((one) => one.type === type)?.value ?? "";
    const weekday = WEEKDAYS.find((day) => day === part("weekday"));
    return weekday === undefined
      ? undefined
      : { weekday, minute: Number(part("hour")) * 60 + Number(part("minute")) };
  } catch {
    return undefined;
  }
}
