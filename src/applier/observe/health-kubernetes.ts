import type { DesiredCluster } from "../desired.ts";
import { CORDON_MARK, type KubernetesNode } from "../kubernetes-api.ts";
import type { Live } from "../live.ts";
import { type Component, isWanted } from "./components.ts";
import { checkOf, type Finding, failed, type HealthCheck, type Seen, skipped } from "./health-check.ts";
import { readyComponents, readyCoreDns, readyProxies } from "./health-pods.ts";
import {
  configurationOf,
  isPassing,
  type KubernetesView,
  NO_NODES,
  named,
  unseen,
} from "./kubernetes-view.ts";

/** The checks of `talosctl health` that Kubernetes answers, by what they are about, in its wording. */
export interface KubernetesChecks {
  readonly reported: HealthCheck;
  readonly components: HealthCheck;
  /** Of nodes and what runs on each, in their order. */
  readonly others: readonly HealthCheck[];
}

/** Asks what was seen of a cluster's Kubernetes; where nothing was, every check says why. */
export function checkKubernetes(
  { name }: DesiredCluster,
  live: Live,
  machines: readonly Seen[],
): KubernetesChecks {
  const seen = live.kubernetes.get(name);
  const view =
    seen?.state === "running"
      ? { machines, nodes: seen.nodes, pods: seen.systemPods }
      : unseen(machines, seen?.why);
  const check = (title: string, find: (view: KubernetesView) => readonly Finding[]) =>
    checkOf(title, "why" in view ? [view] : find(view));
  const unlessAbsent = (
    component: Component,
    title: string,
    find: (view: KubernetesView) => readonly Finding[],
  ) =>
    isWanted(component, configurationOf(machines))
      ? check(title, find)
      : skipped(title, `the configuration asks for no ${component}`);
  return {
    reported: check("all k8s nodes to report", reportedNodes),
    components: check("all control plane components to be ready", readyComponents),
    others: [
      check("all k8s nodes to report ready", readyNodes),
      unlessAbsent("kube-proxy", "kube-proxy to report ready", readyProxies),
      unlessAbsent("coredns", "coredns to report ready", readyCoreDns),
      check("all k8s nodes to report schedulable", schedulableNodes),
    ],
  };
}

function reportedNodes({ machines, nodes }: KubernetesView): readonly Finding[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const names = new Set(machines.map(({ machine }) => machine.name));
  const absent = machines.flatMap((one) => named(one, unreported(one, byName.get(one.machine.name))));
  const strangers = nodes.filter(({ name }) => !names.has(name));
  return [...absent, ...strangers.map(({ name }) => failed(`${name}: it is a node and no machine of git`))];
}

function unreported({ machine }: Seen, node: KubernetesNode | undefined): Finding | undefined {
  if (node === undefined) return failed("it is no node");
  const { addresses } = node;
  return addresses.length === 0 || addresses.includes(machine.loopback)
    ? undefined
    : failed(`its node has the address ${addresses.join(", ")} and not ${machine.loopback}`);
}

function readyNodes({ machines, nodes }: KubernetesView): readonly Finding[] {
  if (nodes.length === 0) return [NO_NODES];
  return nodes
    .filter(({ ready }) => !ready)
    .map((node) => ({
      state: isPassing(machines, node) ? "progressing" : "failed",
      why: `${node.name}: ${node.why || "it is not ready"}`,
    }));
}

function schedulableNodes({ nodes }: KubernetesView): readonly Finding[] {
  if (nodes.length === 0) return [NO_NODES];
  return nodes
    .filter(({ unschedulable }) => unschedulable)
    .map(({ name, annotations }) => {
      const mark = annotations[CORDON_MARK];
      return failed(`${name}: it is cordoned${mark === undefined ? "" : ` by ichor (${mark})`}`);
    });
}
