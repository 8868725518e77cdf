import type { Diagnostic, Outcome } from "../../../core/diagnostic.ts";
import { invariant, mustGet } from "../../../core/invariant.ts";
import { emitYamlDocuments } from "../../../core/yaml-emit.ts";
import type { Artifact } from "../../../model/artifact.ts";
import type { Blueprint, ClusterPlan, NodePlan } from "../../../model/blueprint.ts";
import { minorOf } from "../../../model/talos-versions.ts";
import { createFrr } from "../frr/frr.ts";
import { checkMachine } from "./check-machine.ts";
import { ownDocuments } from "./documents/documents.ts";
import type { Routing } from "./documents/routing.ts";
import { mergePatches, type PatchMemo } from "./merge.ts";
import type { TalosDocument } from "./talos-document.ts";
import type { Machine } from "./talos-machine.ts";
import type { Trace } from "./trace.ts";

const HEADER =
  "# Written by ichor from inventory/ and clusters/; edits are lost. `ichor explain NODE PATH` tells where a value comes from.\n";

/** The machine configuration of every node of every cluster; secrets stand in it as references. */
export function renderMachines(blueprint: Blueprint): Outcome<readonly Artifact[]> {
  const tools = { routing: createRouting(), memo: new WeakMap() };
  const found = new Map<string, Diagnostic>();
  const artifacts: Artifact[] = [];
  for (const machine of machinesOf(blueprint)) {
    const { value, diagnostics } = machineDocuments(machine, tools);
    // A faulty patch reaches many machines and is one mistake.
    for (const diagnostic of diagnostics)
      found.set(JSON.stringify([diagnostic.code, diagnostic.at, diagnostic.message]), diagnostic);
    artifacts.push({
      path: machinePath(machine.cluster, machine.node),
      text: HEADER + emitYamlDocuments(value),
    });
  }
  return { value: artifacts, diagnostics: [...found.values()] };
}

/** What the making of machines needs beside the machine. */
export interface Tools {
  readonly routing: Routing;
  /** Shared by machines that run the same minor version of Talos. */
  readonly memo?: PatchMemo;
  /** Is told where each value comes from. */
  readonly trace?: Trace;
}

/** The documents of one machine: ichor's own, with every patch of its layers merged in. */
export function machineDocuments(machine: Machine, tools: Tools): Outcome<readonly TalosDocument[]> {
  const { cluster, node } = machine;
  const own = ownDocuments(machine, tools.routing);
  const merged = mergePatches(own, node.patches, {
    minor: runningMinor(cluster),
    type: node.type,
    ...(tools.trace === undefined ? {} : { trace: tools.trace }),
    ...(tools.memo === undefined ? {} : { memo: tools.memo }),
  });
  return { value: merged.value, diagnostics: [...checkMachine(machine), ...merged.diagnostics] };
}

/** The minor version of the Talos that a cluster runs, which decides what documents and fields exist. */
export function runningMinor(cluster: ClusterPlan): number {
  const minor = minorOf(cluster.talos);
  invariant(minor !== undefined, `${cluster.talos} passed the checks and is no version of Talos 1`);
  return minor;
}

/** The routing files as ichor writes them. */
export function createRouting(): Routing {
  return { frr: createFrr() };
}

/** Every machine of the fleet that has a configuration. */
export function* machinesOf(blueprint: Blueprint): Generator<Machine> {
  for (const cluster of blueprint.clusters.values()) {
    const site = mustGet(blueprint.sites, cluster.site);
    for (const node of cluster.nodes) yield { site, cluster, node };
  }
}

/** Where the configuration of a machine stands. */
export function machinePath(cluster: ClusterPlan, node: NodePlan): string {
  return `generated/clusters/${cluster.site}/${cluster.name}/machines/${node.name}.yaml`;
}
