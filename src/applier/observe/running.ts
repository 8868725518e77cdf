import { isMapping } from "../../core/mapping.ts";
import type { DesiredMachine } from "../desired.ts";
import type { Hardware, RunningMachine } from "../live.ts";
import type { Resource, Service, TalosApi } from "../talos-api.ts";
import { talosError } from "./failure.ts";
import { readMachineHealth } from "./machine-health.ts";
import { documentsOf, isIn, type ParseYaml, RESOURCES, specOf, textAt } from "./resources.ts";

/** How a running machine is read. */
export interface RunningRequest {
  readonly machine: DesiredMachine;
  readonly parseYaml: ParseYaml;
  /** The version it answered with. */
  readonly talos: string;
  readonly hardware: Promise<Hardware>;
  /** What it is to have; undefined where that is not known. */
  readonly wanted: readonly unknown[] | undefined;
  /** Whether what only its health rests on is read too. */
  readonly health: boolean;
}

/** Everything that a plan rests on, read at once; what cannot be read is said and left out. */
export async function readRunning(api: TalosApi, request: RunningRequest): Promise<RunningMachine> {
  const { parseYaml, wanted } = request;
  const missing: string[] = [];
  const attempt = async <T>(what: string, read: Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await read;
    } catch (caught) {
      missing.push(`${what}: ${talosError(caught).details}`);
      return otherwise;
    }
  };
  const resource = async (what: keyof typeof RESOURCES) =>
    isIn(request.talos, what)
      ? attempt<Resource | undefined>(what, api.getResource(RESOURCES[what]), undefined)
      : undefined;
  const nothing: Hardware = { uuid: "", serial: "", macs: {} };
  const [hardware, status, active, persistent, bootId, schematic, services, health] = await Promise.all([
    attempt("hardware", request.hardware, nothing),
    resource("status"),
    resource("activeConfiguration"),
    resource("persistentConfiguration"),
    resource("bootId"),
    resource("schematic"),
    attempt<readonly Service[]>("services", api.services(), []),
    request.health ? readMachineHealth(api, request.machine, parseYaml) : undefined,
  ]);
  const runsEtcd = services.some(isRunningEtcd);
  const etcd = runsEtcd ? await attempt("etcd", readEtcd(api), undefined) : undefined;
  const configuration = documentsOf(active, parseYaml, wanted);
  if (configuration === undefined) missing.push("activeConfiguration: there is none that can be read");
  // Mostly one text: a fleet's configurations are held once.
  const isSameText = persistent?.yaml === active?.yaml;
  const kept = isSameText ? configuration : documentsOf(persistent, parseYaml, wanted);
  return {
    state: "running",
    hardware,
    talos: request.talos,
    ...stageOf(specOf(status, parseYaml)),
    bootId: textAt(specOf(bootId, parseYaml), "bootID") || undefined,
    schematic: textAt(specOf(schematic, parseYaml), "schematicId") || undefined,
    active: configuration ?? [],
    persistent: kept ?? configuration ?? [],
    services,
    etcd,
    missing,
    ...(health === undefined ? {} : { health }),
  };
}

/** Whether a service is etcd, and runs. */
export function isRunningEtcd({ id, state }: Service): boolean {
  return id === "etcd" && state === "Running";
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
