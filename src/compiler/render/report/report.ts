import { formatIpv4, formatPrefix } from "../../../core/ip.ts";
import { emitJson } from "../../../core/json.ts";
import type { Artifact } from "../../../model/artifact.ts";
import type { ClusterPlan, NodePlan } from "../../../model/blueprint.ts";
import { comparePlaces, formatPlace } from "../../../model/claim.ts";
import type { Generator } from "../generator.ts";

/**
 * What there is to know of each cluster: `cluster.json` for machines and `report.md`, the same for a reviewer.
 * Nothing in it sums up more than the cluster.
 */
export const report: Generator = {
  name: "report",
  *generate(blueprint) {
    for (const cluster of blueprint.clusters.values()) yield* clusterReports(cluster);
  },
};

/** The shape of cluster.json. Addresses are dotted decimal; unknown values are null. */
export interface ClusterFacts {
  readonly name: string;
  readonly site: string;
  readonly role: string;
  /** The version that runs, or will: `v1.14.1`. */
  readonly talos: string;
  readonly kubernetes: string;
  /** The Talos version whose form the configuration has: `v1.13`. */
  readonly contract: string;
  readonly vip: string | null;
  readonly lb: string | null;
  readonly routing: string;
  readonly addons: Readonly<Record<string, string>>;
  /** IDs of the schematics that its machines run, sorted. */
  readonly schematics: readonly string[];
  /** Control planes first, then by group and place. */
  readonly nodes: readonly NodeFacts[];
}

export interface NodeFacts {
  readonly name: string;
  /** `hel1-vran7/control-plane/0` */
  readonly place: string;
  readonly type: NodePlan["type"];
  readonly rack: string;
  readonly loopback: string;
  readonly asn: number;
  readonly serial: string;
  readonly uuid: string;
}

function* clusterReports(cluster: ClusterPlan): Iterable<Artifact> {
  const folder = `generated/clusters/${cluster.site}/${cluster.name}`;
  const nodes = cluster.nodes.toSorted((a, b) => comparePlaces(a.place, b.place));
  const facts = clusterFacts(cluster, nodes);
  yield { path: `${folder}/cluster.json`, text: emitJson(facts) };
  yield { path: `${folder}/report.md`, text: reportText(facts, nodes) };
}

function clusterFacts(cluster: ClusterPlan, nodes: readonly NodePlan[]): ClusterFacts {
  return {
    name: cluster.name,
    site: cluster.site,
    role: cluster.role,
    talos: cluster.talos,
    kubernetes: cluster.kubernetes,
    contract: cluster.contract,
    vip: cluster.vip === undefined ? null : formatIpv4(cluster.vip),
    lb: cluster.lb === undefined ? null : formatPrefix(cluster.lb),
    routing: cluster.routing,
    addons: Object.fromEntries(cluster.addons.map(({ doc, version }) => [doc.name, version])),
    schematics: [...new Set(nodes.map((node) => node.schematic))].sort(),
    nodes: nodes.map(nodeFacts),
  };
}

function nodeFacts({ name, place, type, server }: NodePlan): NodeFacts {
  return {
    name,
    place: formatPlace(place),
    type,
    rack: server.rack,
    loopback: formatIpv4(server.loopback),
    asn: server.asn,
    serial: server.serial,
    uuid: server.uuid,
  };
}

function reportText(facts: ClusterFacts, nodes: readonly NodePlan[]): string {
  const groups = Map.groupBy(nodes, (node) => node.place.group);
  return `${[
    `# Cluster ${facts.name}`,
    "",
    `A ${facts.role} cluster in site ${facts.site}: Talos ${facts.talos} (contract ${facts.contract}), Kubernetes ${facts.kubernetes}, routing by ${facts.routing}.`,
    "",
    `- Kubernetes API: ${facts.vip ?? "no address"}`,
    `- Load balancers: ${facts.lb ?? "no range"}`,
    `- Add-ons: ${addonsText(facts.addons)}`,
    ...[...groups].flatMap(([group, members]) => groupTable(group, members)),
  ].join("\n")}\n`;
}

function addonsText(addons: Readonly<Record<string, string>>): string {
  const entries = Object.entries(addons).map(([name, version]) => `${name} ${version}`);
  return entries.length === 0 ? "none" : entries.map(cell).join(", ");
}

function groupTable(group: string, members: readonly NodePlan[]): string[] {
  const rows = members.map((node) => {
    const { rack, loopback, asn, serial } = nodeFacts(node);
    return [node.place.index, node.name, rack, loopback, asn, serial].map((value) => cell(String(value)));
  });
  return [
    "",
    `## ${group}: ${members.length} ${members.length === 1 ? "node" : "nodes"}`,
    "",
    "| Place | Node | Rack | Loopback | ASN | Serial |",
    "| ---: | --- | --- | --- | ---: | --- |",
    ...rows.map((row) => `| ${row.join(" | ")} |`),
  ];
}

/** A text that a person wrote, safe inside a line or a table of Markdown. */
function cell(text: string): string {
  return text.replaceAll(/[\s\p{Cc}]+/gu, " ").replaceAll(/[\\|`*_<>[\]]/gu, "\\$&");
}
