import type { Desired, DesiredMachine } from "../../applier/desired.ts";
import type { Live } from "../../applier/live.ts";
import { type ObserveOptions, type Observer, observeFleet } from "../../applier/observe/observe.ts";
import type { PlanInput } from "../../applier/plan/input.ts";
import { readSecretYaml } from "../../compiler/load/read-secret-yaml.ts";
import type { Diagnostic } from "../../core/diagnostic.ts";
import type { ClusterPlan } from "../../model/blueprint.ts";
import type { Inventory } from "../../model/inventory.ts";
import type { Registration } from "../command.ts";
import { locksOn, todayOf } from "../node/lock-file.ts";
import { openWorkspace, type Workspace } from "../secrets/workspace.ts";
import { type Selector, selects } from "../selector.ts";
import { UsageError } from "../terminal.ts";
import { type Connections, openConnections } from "./connections.ts";
import { commitOf, compileCurrent } from "./current.ts";
import { desiredOf } from "./desired.ts";
import { localTime } from "./local-time.ts";
import type { RunOptions } from "./options.ts";
import { openRunSecrets, type RunSecrets } from "./secrets.ts";

/** The clusters of a run, their secrets, and the way to their machines. */
export interface Session extends Connections {
  readonly workspace: Workspace;
  readonly desired: Desired;
  /** Of all machines of the repository, as they stood there when the run began. */
  readonly nodeLocks: Inventory["nodeLocks"];
  readonly secrets: RunSecrets;
  /** Documents of machines with their secrets in place; a machine without could not be resolved. */
  readonly resolved: ReadonlyMap<string, readonly unknown[]>;
  readonly observer: Observer;
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
  const { resolved, missing } = await resolveAll(desired, secrets);
  workspace.report([...diagnostics, ...missing]);
  const connections = openConnections(registration.terminal, options.lab, { desired, secrets });
  const { talos, power, kubernetes } = connections;
  const observer: Observer = {
    talos,
    parseYaml: readMachineYaml,
    credentials: (cluster) => secrets.credentials.get(cluster),
    now: registration.terminal.now,
    wanted: (machine) => resolved.get(machine),
    kubernetes,
    power,
  };
  const { nodeLocks } = compiled.inventory;
  return { workspace, desired, nodeLocks, secrets, resolved, observer, ...connections };
}

async function resolveAll(desired: Desired, secrets: RunSecrets) {
  const resolved = new Map<string, readonly unknown[]>();
  const missing: Diagnostic[] = [];
  for (const machine of machinesOf(desired).filter(({ cluster }) => secrets.credentials.has(cluster))) {
    const { value, diagnostics } = await secrets.resolve(machine);
    missing.push(...diagnostics);
    if (value !== undefined) resolved.set(machine.name, value);
  }
  return { resolved, missing };
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
export function observeSession({ observer, desired }: Session, options: ObserveOptions): Promise<Live> {
  return observeFleet(observer, machinesOf(desired), options);
}

/** What a plan of a session rests on. */
export function planInput(
  { desired, resolved, secrets, workspace, nodeLocks }: Session,
  live: Live,
  request: Pick<PlanInput, "mode" | "limits"> & Partial<Pick<PlanInput, "drains" | "reboot">>,
): PlanInput {
  const now = workspace.terminal.now();
  return {
    desired,
    live,
    resolved,
    bundles: secrets.fingerprints,
    now,
    localTime,
    drains: true,
    locked: locksOn(todayOf(now), { nodeLocks }),
    ...request,
  };
}

function readMachineYaml(text: string): readonly unknown[] | undefined {
  const { value, diagnostics } = readSecretYaml("machine", text);
  return diagnostics.length > 0 ? undefined : value;
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
