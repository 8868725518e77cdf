import { compareText } from "../../core/diagnostic.ts";
import type { Artifact } from "../../model/artifact.ts";
import type { Blueprint, ClusterPlan, NodePlan } from "../../model/blueprint.ts";
import { formatClaim } from "../../model/claim.ts";
import type { Impact } from "../../model/talos-impact.ts";
import type { Compilation } from "../compile.ts";
import { readYaml } from "../load/read-yaml.ts";
import { machinePath, runningMinor } from "../render/talos/talos.ts";
import type { TalosDocument } from "../render/talos/talos-document.ts";
import { type Change, compareDocuments } from "./changes.ts";
import { judge } from "./impact.ts";

/** Changes that are the same, to the letter, on all of these machines. */
export interface ChangeGroup {
  readonly changes: readonly Change[];
  readonly impact: Impact;
  readonly reason: string | undefined;
  /** Sorted. */
  readonly machines: readonly { readonly name: string; readonly cluster: string }[];
}

/** A machine that joins or leaves a cluster. */
export interface Membership {
  readonly name: string;
  readonly cluster: string;
  readonly group: string;
}

/** What a change of the repository does, without asking any machine. */
export interface Comparison {
  readonly joining: readonly Membership[];
  readonly leaving: readonly Membership[];
  readonly groups: readonly ChangeGroup[];
  /** Servers whose claim changes, by name. */
  readonly claims: readonly { readonly server: string; readonly before: string; readonly after: string }[];
  /** Other files of generated/, by path. */
  readonly files: readonly { readonly path: string; readonly change: "added" | "changed" | "removed" }[];
}

/** Compares two compilations without errors. */
export function compareCompilations(before: Compilation, after: Compilation): Comparison {
  const old = machines(before.blueprint);
  const now = machines(after.blueprint);
  const oldFiles = files(before.artifacts);
  const nowFiles = files(after.artifacts);
  const groups = new Map<string, { changes: Change[]; machines: Machine[] }>();
  for (const [path, machine] of now) {
    const [oldText, nowText] = [oldFiles.get(path), nowFiles.get(path)];
    if (oldText === undefined || nowText === undefined || oldText === nowText) continue;
    const changes = compareDocuments(documents(oldText), documents(nowText));
    const key = JSON.stringify([machine.cluster.talos, changes]);
    const group = groups.get(key) ?? { changes, machines: [] };
    group.machines.push(machine);
    groups.set(key, group);
  }
  return {
    joining: [...now].filter(([path]) => !old.has(path)).map(([, machine]) => membership(machine)),
    leaving: [...old].filter(([path]) => !now.has(path)).map(([, machine]) => membership(machine)),
    groups: [...groups.values()].map(judgeGroup).toSorted((a, b) => b.machines.length - a.machines.length),
    claims: compareClaims(before.blueprint, after.blueprint),
    files: compareFiles(oldFiles, nowFiles, (path) => old.has(path) || now.has(path)),
  };
}

interface Machine {
  readonly cluster: ClusterPlan;
  readonly node: NodePlan;
}

function machines(blueprint: Blueprint | undefined): ReadonlyMap<string, Machine> {
  const all = [...(blueprint?.clusters.values() ?? [])].flatMap((cluster) =>
    cluster.nodes.map((node) => [machinePath(cluster, node), { cluster, node }] as const),
  );
  return new Map(all.toSorted(([a], [b]) => compareText(a, b)));
}

function files(artifacts: readonly Artifact[]): ReadonlyMap<string, string> {
  return new Map(
    artifacts.filter(({ path }) => path.startsWith("generated/")).map(({ path, text }) => [path, text]),
  );
}

function documents(text: string): TalosDocument[] {
  return readYaml("", text).value.filter(
    (value): value is TalosDocument => typeof value === "object" && value !== null,
  );
}

function membership({ cluster, node }: Machine): Membership {
  return { name: node.name, cluster: cluster.name, group: node.place.group };
}

function judgeGroup(group: {
  readonly changes: readonly Change[];
  readonly machines: readonly Machine[];
}): ChangeGroup {
  const [first] = group.machines;
  const judgement = judge(group.changes, first === undefined ? 0 : runningMinor(first.cluster));
  return {
    changes: group.changes,
    ...judgement,
    machines: group.machines.map(({ cluster, node }) => ({ name: node.name, cluster: cluster.name })),
  };
}

function compareClaims(before: Blueprint | undefined, after: Blueprint | undefined): Comparison["claims"] {
  const old = claims(before);
  return [...claims(after)]
    .filter(([server, claim]) => old.get(server) !== undefined && old.get(server) !== claim)
    .map(([server, claim]) => ({ server, before: old.get(server) ?? "", after: claim }));
}

function claims(blueprint: Blueprint | undefined): ReadonlyMap<string, string> {
  const servers = [...(blueprint?.sites.values() ?? [])].flatMap((site) =>
    site.racks.flatMap((rack) => rack.servers),
  );
  return new Map(servers.map((server) => [server.name, formatClaim(server.claim)]));
}

function compareFiles(
  old: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
  isMachine: (path: string) => boolean,
): Comparison["files"] {
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((path) => !isMachine(path) && old.get(path) !== now.get(path))
    .sort()
    .map((path) => ({ path, change: !old.has(path) ? "added" : now.has(path) ? "changed" : "removed" }));
}
