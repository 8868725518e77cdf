import { isMapping } from "../../core/mapping.ts";
import type { DesiredMachine } from "../desired.ts";
import type { Hardware, Live, LiveMachine, RunningMachine } from "../live.ts";
import {
  type MaintenanceApi,
  type Resource,
  type Service,
  type TalosApi,
  type TalosCredentials,
  type TalosDriver,
  TalosError,
} from "../talos-api.ts";
import { uuidAsInGit } from "./identity.ts";
import { documentsOf, LINKS, macsOf, type ParseYaml, RESOURCES, specOf, textAt } from "./resources.ts";

/** What looking at machines needs. */
export interface Observer {
  readonly talos: TalosDriver;
  readonly parseYaml: ParseYaml;
  /** Of the machine's cluster; undefined where its secrets cannot be opened: then only maintenance mode is seen. */
  readonly credentials: (cluster: string) => TalosCredentials | undefined;
  readonly now: () => Date;
}

/**
 * Looks at machines, so many at a time; every machine gets an answer. After `signal` the rest is unreachable.
 */
export async function observeFleet(
  observer: Observer,
  machines: readonly DesiredMachine[],
  options: {
    readonly parallel: number;
    readonly signal: AbortSignal;
    readonly onMachine?: (name: string) => void;
  },
): Promise<Live> {
  const seen = new Map<string, LiveMachine>();
  const pending = machines.values();
  const work = async (): Promise<void> => {
    for (const machine of pending) {
      const live: LiveMachine = options.signal.aborted
        ? { state: "unreachable", why: "the run was stopped before it was asked" }
        : await observeMachine(observer, machine);
      seen.set(machine.name, live);
      options.onMachine?.(machine.name);
    }
  };
  const at = observer.now().toISOString();
  await Promise.all(Array.from({ length: Math.max(1, Math.min(options.parallel, machines.length)) }, work));
  return {
    at,
    machines: new Map(machines.map(({ name }) => [name, seen.get(name) ?? UNASKED])),
    kubernetes: new Map(),
  };
}

const UNASKED: LiveMachine = { state: "unreachable", why: "it was not asked" };

/**
 * Looks at one machine: where it runs, at its loopback, and where that does not answer at the address it boots with;
 * by the cluster's certificates, and where it has none of those as one in maintenance mode. Never throws for what a
 * machine or the network does.
 */
export async function observeMachine(observer: Observer, machine: DesiredMachine): Promise<LiveMachine> {
  const tried: string[] = [];
  for (const address of new Set([machine.loopback, machine.bootstrap])) {
    const live = await observeAt(observer, machine, address);
    if (live.state !== "unreachable") return live;
    tried.push(`${address}: ${live.why}`);
  }
  return { state: "unreachable", why: tried.join("; ") };
}

async function observeAt(observer: Observer, machine: DesiredMachine, address: string): Promise<LiveMachine> {
  const credentials = observer.credentials(machine.cluster);
  if (credentials === undefined) return observeMaintenance(observer, machine, address);
  const api = observer.talos.connect({ machine: machine.name, address, credentials });
  try {
    const { tag } = await api.version();
    return await readRunning(observer, machine, api, tag);
  } catch (caught) {
    const failure = talosError(caught);
    if (failure.code !== "untrusted") return { state: "unreachable", why: failure.details };
    const live = await observeMaintenance(observer, machine, address);
    return live.state === "maintenance" ? live : { state: "foreign", why: failure.details };
  } finally {
    api.close();
  }
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

/** Everything that a plan rests on, read at once; what cannot be read is said and left out. */
async function readRunning(
  { parseYaml }: Observer,
  machine: DesiredMachine,
  api: TalosApi,
  talos: string,
): Promise<RunningMachine> {
  const missing: string[] = [];
  const attempt = async <T>(what: string, read: Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await read;
    } catch (caught) {
      missing.push(`${what}: ${talosError(caught).details}`);
      return otherwise;
    }
  };
  const resource = (what: keyof typeof RESOURCES) =>
    attempt<Resource | undefined>(what, api.getResource(RESOURCES[what]), undefined);
  const nothing: Hardware = { uuid: "", serial: "", macs: {} };
  const [hardware, status, active, persistent, bootId, schematic, services] = await Promise.all([
    attempt("hardware", readHardware(api, machine, parseYaml), nothing),
    resource("status"),
    resource("activeConfiguration"),
    resource("persistentConfiguration"),
    resource("bootId"),
    resource("schematic"),
    attempt<readonly Service[]>("services", api.services(), []),
  ]);
  const runsEtcd = services.some(({ id, state }) => id === "etcd" && state === "Running");
  const etcd = runsEtcd ? await attempt("etcd", readEtcd(api), undefined) : undefined;
  const stage = specOf(status, parseYaml);
  const configuration = documentsOf(active, parseYaml);
  if (configuration === undefined) missing.push("activeConfiguration: there is none that can be read");
  return {
    state: "running",
    hardware,
    talos,
    ...stageOf(stage),
    bootId: textAt(specOf(bootId, parseYaml), "bootID") || undefined,
    schematic: textAt(specOf(schematic, parseYaml), "schematicId") || undefined,
    active: configuration ?? [],
    persistent: documentsOf(persistent, parseYaml) ?? configuration ?? [],
    services,
    etcd,
    missing,
  };
}

function stageOf(spec: Readonly<Record<string, unknown>>): Pick<RunningMachine, "stage" | "ready" | "unmet"> {
  const status = isMapping(spec["status"]) ? spec["status"] : {};
  const conditions: readonly unknown[] = Array.isArray(status["unmetConditions"])
    ? status["unmetConditions"]
    : [];
  return {
    stage: textAt(spec, "stage").replaceAll(" ", "-") || "unknown",
    ready: status["ready"] === true,
    unmet: conditions.flatMap((one) =>
      isMapping(one) ? [`${textAt(one, "name")}: ${textAt(one, "reason")}`] : [],
    ),
  };
}

async function readEtcd(api: TalosApi): Promise<RunningMachine["etcd"]> {
  const [members, status] = await Promise.all([api.etcdMembers(), api.etcdStatus()]);
  return { members, status };
}

/** What a machine or the network did; anything else is a bug and goes on its way. */
function talosError(caught: unknown): TalosError {
  if (caught instanceof TalosError) return caught;
  throw caught;
}
