import type { DesiredCluster, DesiredMachine } from "../../desired.ts";
import type { Live, LiveMachine, RunningMachine } from "../../live.ts";
import type { Refusal } from "../plan.ts";
import { controlPlanes, type EtcdView } from "./etcd.ts";
import { checkIdentity } from "./identity.ts";
import { wait } from "./refusal.ts";

/** What is to be done about the etcd of a cluster of which git does not say that it was bootstrapped. */
export type Bootstrapping =
  | { readonly next: "bootstrap"; readonly on: string }
  /** It was bootstrapped and an earlier run did not come to record it. */
  | { readonly next: "record"; readonly on: string }
  | { readonly next: "wait"; readonly refusal: Refusal };

/**
 * Bootstrapping twice makes two clusters of one, so it takes two proofs: git says that it was not done, and every place
 * of the control plane was read in this run, with our configuration or none, and without an etcd. Silence is no proof
 * (ICH7035).
 *
 * @param ready control planes on which something may be done, in the order of their places
 */
export function bootstrapping(
  cluster: DesiredCluster,
  live: Live,
  view: EtcdView,
  ready: readonly DesiredMachine[],
): Bootstrapping {
  const isReady = (name: string) => ready.some((machine) => machine.name === name);
  const holder = view.holders.find(({ name }) => isReady(name)) ?? view.holders[0];
  const doubts = controlPlanes(cluster).flatMap((machine) => {
    const seen = live.machines.get(machine.name);
    const doubt = doubtOf(machine, seen) ?? (holder === undefined ? etcdDoubt(seen) : undefined);
    return doubt === undefined ? [] : [`"${machine.name}" ${doubt}`];
  });
  if (doubts.length > 0) return blocked(cluster, doubts.join("; "));
  if (holder !== undefined) return { next: "record", on: holder.name };
  const running = ready.find(({ name }) => live.machines.get(name)?.state === "running");
  const chosen = running ?? ready[0];
  if (chosen === undefined) return blocked(cluster, "nothing may be done to any of its control planes");
  return { next: "bootstrap", on: chosen.name };
}

function blocked({ name }: DesiredCluster, why: string): Bootstrapping {
  const refusal = wait(
    "ICH7035",
    `etcd of cluster "${name}" is not bootstrapped before every place of its control plane was read and shown to have none: ${why}`,
    "bring these machines up and run again with all control planes selected; nothing joins the cluster until then",
  );
  return { next: "wait", refusal };
}

function doubtOf(machine: DesiredMachine, live: LiveMachine | undefined): string | undefined {
  if (live === undefined) return "was not looked at";
  if (live.state === "unreachable") return "does not answer";
  if (live.state === "foreign") return "belongs to another cluster";
  return checkIdentity(machine, live.hardware) === undefined ? undefined : "is another machine than git says";
}

/** States of etcd's service before it was ever told to begin; in any other one there may be data. */
const BEFORE_BOOTSTRAP: ReadonlySet<string> = new Set(["Initialized", "Waiting", "Preparing"]);

function etcdDoubt(live: LiveMachine | undefined): string | undefined {
  return live?.state === "running" && !hasNoEtcd(live) ? "does not show that its etcd is empty" : undefined;
}

function hasNoEtcd({ services }: RunningMachine): boolean {
  return BEFORE_BOOTSTRAP.has(services.find(({ id }) => id === "etcd")?.state ?? "");
}
