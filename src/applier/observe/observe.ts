import type { DesiredMachine } from "../desired.ts";
import type { KubernetesApi } from "../kubernetes-api.ts";
import type { Hardware, Live, LiveKubernetes, LiveMachine, RunningMachine } from "../live.ts";
import { type PowerDriver, PowerError } from "../power.ts";
import type { MaintenanceApi, TalosApi, TalosCredentials, TalosDriver } from "../talos-api.ts";
import { talosError } from "./failure.ts";
import { uuidAsInGit } from "./identity.ts";
import { observeKubernetes } from "./kubernetes.ts";
import { createRelays, type Relays } from "./relays.ts";
import { LINKS, macsOf, type ParseYaml, RESOURCES, specOf, textAt } from "./resources.ts";
import { isRunningEtcd, readRunning } from "./running.ts";

/** What looking at machines needs. */
export interface Observer {
  readonly talos: TalosDriver;
  readonly parseYaml: ParseYaml;
  /** Of the machine's cluster; undefined where its secrets cannot be opened: then only maintenance mode is seen. */
  readonly credentials: (cluster: string) => TalosCredentials | undefined;
  readonly now: () => Date;
  /** What a machine is to have: where it has exactly that, its text is not read but recognised. */
  readonly wanted?: (machine: string) => readonly unknown[] | undefined;
  /** A cluster's Kubernetes; undefined where nobody can or wants to ask it. */
  readonly kubernetes?: (cluster: string) => KubernetesApi | undefined;
  /** BMCs of machines that do not answer. */
  readonly power?: PowerDriver;
}

/** How a fleet is looked at. */
export interface ObserveOptions {
  /** Machines at a time. */
  readonly parallel: number;
  readonly signal: AbortSignal;
  /** Whether what only health rests on is read too; a plan does without. */
  readonly health?: boolean;
  readonly onMachine?: (name: string) => void;
}

/**
 * Looks at machines, so many at a time; every machine gets an answer. A machine is asked through a control plane of its
 * cluster, and where that does not come through it is dialled itself. A cluster's Kubernetes is asked when its last
 * machine has been seen. After `signal` the rest is unreachable.
 */
export async function observeFleet(
  observer: Observer,
  machines: readonly DesiredMachine[],
  options: ObserveOptions,
): Promise<Live> {
  const seen = new Map<string, LiveMachine>();
  const kubernetes = new Map<string, LiveKubernetes>();
  const clusters = Map.groupBy(machines, ({ cluster }) => cluster);
  const left = new Map([...clusters].map(([cluster, { length }]) => [cluster, length]));
  const relays = createRelays(observer.talos, machines, observer.credentials);
  const pending = relays.order.values();
  const work = async (): Promise<void> => {
    for (const machine of pending) {
      const { name, cluster } = machine;
      const live = await observeUnless(observer, machine, { ...options, relays });
      relays.seen(machine, live);
      seen.set(name, live);
      options.onMachine?.(name);
      const others = (left.get(cluster) ?? 0) - 1;
      left.set(cluster, others);
      if (others > 0) continue;
      const found = (clusters.get(cluster) ?? []).map((one) => seen.get(one.name));
      const answer = await askKubernetes(observer, cluster, found, options);
      if (answer !== undefined) kubernetes.set(cluster, answer);
    }
  };
  const at = observer.now().toISOString();
  const workers = Math.max(1, Math.min(options.parallel, machines.length));
  await Promise.all(Array.from({ length: workers }, work)).finally(relays.close);
  return { at, machines: new Map(machines.map(({ name }) => [name, seen.get(name) ?? UNASKED])), kubernetes };
}

const UNASKED: LiveMachine = { state: "unreachable", why: "it was not asked" };
const STOPPED = { state: "unreachable", why: "the run was stopped before it was asked" } as const;

async function observeUnless(
  observer: Observer,
  machine: DesiredMachine,
  { signal, health = false, relays }: ObserveOptions & { readonly relays: Relays },
): Promise<LiveMachine> {
  if (signal.aborted) return STOPPED;
  const relayed = await observeRelayed(observer, machine, { health, relays });
  if (relayed?.state === "running") return relayed;
  const live = await observeMachine(observer, machine, { health });
  if (relayed !== undefined && live.state === "running") relays.distrust(machine);
  if (live.state !== "unreachable" || signal.aborted) return live;
  const power = await askPower(observer, machine);
  return power === undefined ? live : { ...live, power };
}

/** Looks at a machine through a control plane of its cluster; undefined where there is none. */
async function observeRelayed(
  observer: Observer,
  machine: DesiredMachine,
  { health, relays }: { readonly health: boolean; readonly relays: Relays },
): Promise<LiveMachine | undefined> {
  const api = await relays.to(machine);
  if (api === undefined) return undefined;
  try {
    return await observeRunning(observer, machine, { api, health });
  } catch (caught) {
    return { state: "unreachable", why: talosError(caught).details };
  } finally {
    api.close();
  }
}

/** Whether a machine that does not answer has power at all; undefined where its BMC does not answer either. */
async function askPower({ power }: Observer, machine: DesiredMachine): Promise<"on" | "off" | undefined> {
  try {
    return await power?.of(machine)?.status();
  } catch (caught) {
    if (caught instanceof PowerError) return undefined;
    throw caught;
  }
}

/** Only where etcd runs can there be an answer; undefined where nobody was asked. */
async function askKubernetes(
  observer: Observer,
  cluster: string,
  machines: readonly (LiveMachine | undefined)[],
  { signal, health = false }: ObserveOptions,
): Promise<LiveKubernetes | undefined> {
  const isThere = machines.some((live) => live?.state === "running" && live.services.some(isRunningEtcd));
  if (!isThere) return undefined;
  if (signal.aborted) return STOPPED;
  const api = observer.kubernetes?.(cluster);
  return api === undefined ? undefined : observeKubernetes(api, health);
}

/**
 * Looks at one machine: where it runs, at its loopback, and where that does not answer at the address it boots with;
 * by the cluster's certificates, and where it has none of those as one in maintenance mode. Never throws for what a
 * machine or the network does.
 */
export async function observeMachine(
  observer: Observer,
  machine: DesiredMachine,
  { health }: { readonly health: boolean } = { health: false },
): Promise<LiveMachine> {
  const tried: string[] = [];
  for (const address of new Set([machine.loopback, machine.bootstrap])) {
    const live = await observeAt(observer, machine, { address, health });
    if (live.state !== "unreachable") return live;
    tried.push(`${address}: ${live.why}`);
  }
  return { state: "unreachable", why: tried.join("; ") };
}

async function observeAt(
  observer: Observer,
  machine: DesiredMachine,
  { address, health }: { readonly address: string; readonly health: boolean },
): Promise<LiveMachine> {
  const credentials = observer.credentials(machine.cluster);
  if (credentials === undefined) return observeMaintenance(observer, machine, address);
  const api = observer.talos.connect({ machine: machine.name, address, credentials });
  try {
    return await observeRunning(observer, machine, { api, health });
  } catch (caught) {
    const failure = talosError(caught);
    if (failure.code !== "untrusted") return { state: "unreachable", why: failure.details };
    const live = await observeMaintenance(observer, machine, address);
    return live.state === "maintenance" ? live : { state: "foreign", why: failure.details };
  } finally {
    api.close();
  }
}

async function observeRunning(
  { parseYaml, wanted }: Observer,
  machine: DesiredMachine,
  { api, health }: { readonly api: TalosApi; readonly health: boolean },
): Promise<RunningMachine> {
  const { tag } = await api.version();
  const hardware = readHardware(api, machine, parseYaml);
  return readRunning(api, {
    machine,
    parseYaml,
    talos: tag,
    hardware,
    health,
    wanted: wanted?.(machine.name),
  });
}

async function observeMaintenance(
  { talos, parseYaml }: Observer,
  machine: DesiredMachine,
  address: string,
): Promise<LiveMachine> {
  let api: MaintenanceApi | undefined;
  try {
    api = await talos.connectMaintenance({ machine: machine.name, address });
    const { tag } = await api.version();
    const hardware = await readHardware(api, machine, parseYaml);
    return { state: "maintenance", via: address, fingerprint: api.fingerprint, hardware, talos: tag };
  } catch (caught) {
    return { state: "unreachable", why: talosError(caught).details };
  } finally {
    api?.close();
  }
}

/** Reads who a machine is. */
export async function readHardware(
  api: TalosApi,
  machine: DesiredMachine,
  parseYaml: ParseYaml,
): Promise<Hardware> {
  const [information, links] = await Promise.all([
    api.getResource(RESOURCES.hardware),
    api.listResources(LINKS),
  ]);
  const spec = specOf(information, parseYaml);
  return {
    uuid: uuidAsInGit(textAt(spec, "uuid"), machine.uuid),
    serial: textAt(spec, "serialnumber"),
    macs: macsOf(links, parseYaml),
  };
}
