import { setTimeout } from "node:timers/promises";
import type { Desired, DesiredCluster } from "../../applier/desired.ts";
import { createKubernetesDriver } from "../../applier/drivers/kubernetes/driver.ts";
import { createLabPower } from "../../applier/drivers/lab/power.ts";
import { createTalosDriver } from "../../applier/drivers/talos/driver.ts";
import type { KubernetesApi } from "../../applier/kubernetes-api.ts";
import type { PowerDriver } from "../../applier/power.ts";
import type { TalosDriver } from "../../applier/talos-api.ts";
import type { Terminal } from "../terminal.ts";
import type { RunSecrets } from "./secrets.ts";

/** The ways from here to the machines of a run and to their clusters. */
export interface Connections {
  readonly talos: TalosDriver;
  readonly power: PowerDriver;
  /** A cluster's Kubernetes; undefined where etcd was never bootstrapped, or its secrets cannot be opened. */
  readonly kubernetes: (cluster: string) => KubernetesApi | undefined;
  /** Ends what is open to Kubernetes. Not what is open to machines: each of those is closed by who opened it. */
  readonly close: () => void;
}

/** @param lab URL of a lab's control server; undefined for real machines */
export function openConnections(
  { now }: Terminal,
  lab: string | undefined,
  { desired, secrets }: { readonly desired: Desired; readonly secrets: RunSecrets },
): Connections {
  const end = new AbortController();
  const settings = {
    now: () => now().getTime(),
    wait: async (milliseconds: number, stop: AbortSignal) => {
      await setTimeout(milliseconds, undefined, { signal: stop }).catch(() => undefined);
    },
    // In the lab a machine is away for parts of a second: asking again would miss that it was.
    ...(lab === undefined ? {} : { repetition: { attempts: 1 } }),
  };
  // Not ended with the run: what is under way has to be seen to its end.
  const talos = createTalosDriver({ dial: (address) => addressOf(address, 50_000, lab), ...settings });
  const driver = createKubernetesDriver({
    dial: (address) => addressOf(address, 6443, lab),
    signal: end.signal,
    ...settings,
  });
  const opened = new Map<string, KubernetesApi>();
  const kubernetes = (name: string): KubernetesApi | undefined => {
    const cluster = desired.clusters.get(name);
    const credentials = secrets.kubernetes.get(name);
    if (cluster?.bootstrapped === undefined || credentials === undefined) return undefined;
    const api =
      opened.get(name) ?? driver.connect({ cluster: name, addresses: addressesOf(cluster), credentials });
    opened.set(name, api);
    return api;
  };
  const power = lab === undefined ? NO_POWER : createLabPower(lab);
  return { talos, power, kubernetes, close: () => end.abort() };
}

/** In the lab a machine's address is that of the loopback network with the same last three numbers. */
function addressOf(address: string, port: number, lab: string | undefined): string {
  return `${lab === undefined ? address : address.replace(/^\d+/, "127")}:${port}`;
}

/** The address of the API, which any control plane may have, and each of them for when nobody has it. */
function addressesOf({ vip, machines }: DesiredCluster): readonly string[] {
  const controlPlanes = machines.filter(({ type }) => type === "controlplane");
  return [...(vip === undefined ? [] : [vip]), ...controlPlanes.map(({ loopback }) => loopback)];
}

/** Drivers of BMCs are not here yet: first contact needs an approval that names the serial. */
const NO_POWER: PowerDriver = { of: () => undefined };
