import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { formatPath, parsePath } from "../../../core/path.ts";
import type { Layer } from "../../../model/blueprint.ts";
import { explainPath, type Said } from "./explain-path.ts";
import { mergePatches } from "./merge.ts";
import type { Origin } from "./origins.ts";
import type { TalosDocument } from "./talos-document.ts";
import { createTrace } from "./trace.ts";

const BASE = `
{machine: {type: worker, certSANs: [a, b], kubelet: {image: kubelet}, nodeLabels: {zone: one}}}
---
{apiVersion: v1alpha1, kind: LinkConfig, name: eno1, mtu: 9000}
`;

const ORIGINS: readonly Origin[] = [
  {
    document: "v1alpha1",
    path: ["machine", "nodeLabels"],
    layer: "cluster",
    at: { file: "cluster.yaml", document: 0, path: ["spec"] },
  },
  {
    document: "v1alpha1",
    path: ["machine", "nodeLabels", "zone"],
    layer: "class",
    at: { file: "class.yaml", document: 0, path: ["spec", "labels", "zone"] },
  },
];

/** Patches by layer, lowest first. */
type Patches = readonly (readonly [Layer, string])[];

function read(yaml: string): TalosDocument[] {
  return parseAllDocuments(yaml).map((document) => document.toJS() as TalosDocument);
}

function print({ layer, value, at }: Said): string {
  const place = at === undefined ? "" : ` ${at.file}:${at.document}:${formatPath(at.path)}`;
  return `${layer} ${JSON.stringify(value) ?? "deleted"}${place}`;
}

/** Explains `DOCUMENT:path`. */
function check(patches: Patches, what: string) {
  const trace = createTrace(ORIGINS);
  const layers = patches.flatMap(([layer, yaml]) =>
    read(yaml).map((document, index) => ({
      layer,
      document,
      at: { file: `${layer}.yaml`, document: index, path: [] },
    })),
  );
  const { value, diagnostics } = mergePatches(read(BASE), layers, { minor: 14, type: "worker", trace });
  expect(diagnostics).toEqual([]);
  const [document = "", path = ""] = what.split(":");
  const explained = explainPath(trace, value, { document, path: parsePath(path) ?? [] });
  if (explained === undefined) return undefined;
  return {
    value: explained.value,
    winner: print(explained.winner),
    overridden: explained.overridden.map(print),
    contributors: explained.contributors.map((one) => `${formatPath(one.path)} ${print(one)}`),
  };
}

describe("the explanation of a value", () => {
  it("names ichor for what nobody wrote", () => {
    expect(check([], "v1alpha1:machine.kubelet.image")).toMatchObject({
      value: "kubelet",
      winner: 'ichor "kubelet"',
      overridden: [],
    });
  });

  it("names the most exact origin of a value of ichor's own documents", () => {
    expect(check([], "v1alpha1:machine.nodeLabels.zone")?.winner).toBe(
      'class "one" class.yaml:0:spec.labels.zone',
    );
  });

  it("names the winner and all that it overrode, the last first", () => {
    const patches: Patches = [
      ["fleet", "{machine: {nodeLabels: {zone: two}}}"],
      ["site", "{machine: {nodeLabels: {other: x}}}"],
      ["server", "{machine: {type: worker}}\n---\n{machine: {nodeLabels: {zone: three}}}"],
    ];
    expect(check(patches, "v1alpha1:machine.nodeLabels.zone")).toEqual({
      value: "three",
      winner: 'server "three" server.yaml:1:machine.nodeLabels.zone',
      overridden: [
        'fleet "two" fleet.yaml:0:machine.nodeLabels.zone',
        'class "one" class.yaml:0:spec.labels.zone',
      ],
      contributors: ['machine.nodeLabels.zone server "three" server.yaml:1:machine.nodeLabels.zone'],
    });
  });

  it("names every contributor to a list", () => {
    const patches: Patches = [
      ["site", "{machine: {certSANs: [c]}}"],
      ["cluster", "{machine: {certSANs: [d, e]}}"],
    ];
    expect(check(patches, "v1alpha1:machine.certSANs")?.contributors).toEqual([
      'machine.certSANs[0] ichor "a"',
      'machine.certSANs[1] ichor "b"',
      'machine.certSANs[2] site "c" site.yaml:0:machine.certSANs[0]',
      'machine.certSANs[3] cluster "d" cluster.yaml:0:machine.certSANs[0]',
      'machine.certSANs[4] cluster "e" cluster.yaml:0:machine.certSANs[1]',
    ]);
  });

  it("forgets what stood in a list before it was deleted", () => {
    const patches: Patches = [
      ["site", "{machine: {certSANs: {$patch: delete}}}\n---\n{machine: {certSANs: [c]}}"],
    ];
    expect(check(patches, "v1alpha1:machine.certSANs[0]")).toMatchObject({
      value: "c",
      winner: 'site "c" site.yaml:1:machine.certSANs[0]',
      overridden: ['site deleted site.yaml:0:machine.certSANs["$patch"]', 'ichor "a"'],
    });
  });

  it("follows elements of a list that moved when another was deleted", () => {
    const interfaces = (rest: string) => `{machine: {network: {interfaces: [${rest}]}}}`;
    const patches: Patches = [
      ["fleet", interfaces("{interface: eth0, mtu: 1}, {interface: eth1, mtu: 2}")],
      ["site", interfaces("{interface: eth1, mtu: 3}, {interface: eth2, mtu: 4}")],
      ["cluster", interfaces("{interface: eth0, $patch: delete}, {interface: eth3, mtu: 5}")],
      ["server", interfaces("{interface: eth1, mtu: 6}")],
    ];
    expect(check(patches, "v1alpha1:machine.network.interfaces[0].mtu")).toMatchObject({
      value: 6,
      overridden: [
        "site 3 site.yaml:0:machine.network.interfaces[0].mtu",
        "fleet 2 fleet.yaml:0:machine.network.interfaces[1].mtu",
      ],
    });
    expect(check(patches, "v1alpha1:machine.network.interfaces[1].mtu")?.winner).toBe(
      "site 4 site.yaml:0:machine.network.interfaces[1].mtu",
    );
    // The place in the file counts the element that the patch deletes.
    expect(check(patches, "v1alpha1:machine.network.interfaces[2].mtu")).toMatchObject({
      winner: "cluster 5 cluster.yaml:0:machine.network.interfaces[1].mtu",
      overridden: [],
    });
  });

  it("names who brought a document, and who changed it", () => {
    const patches: Patches = [
      ["site", "{apiVersion: v1alpha1, kind: ResolverConfig, nameservers: [{address: 192.0.2.1}]}"],
      ["server", "{apiVersion: v1alpha1, kind: ResolverConfig, nameservers: [{address: 192.0.2.2}]}"],
    ];
    expect(check(patches, "ResolverConfig:nameservers[0].address")?.winner).toBe(
      'site "192.0.2.1" site.yaml:0:nameservers[0].address',
    );
    expect(check(patches, "ResolverConfig:nameservers[1].address")?.winner).toBe(
      'server "192.0.2.2" server.yaml:0:nameservers[0].address',
    );
  });

  it("names who deleted what is no longer there", () => {
    const patches: Patches = [
      ["server", "{apiVersion: v1alpha1, kind: LinkConfig, name: eno1, $patch: delete}"],
    ];
    expect(check(patches, "LinkConfig/eno1:mtu")).toMatchObject({
      value: undefined,
      winner: 'server deleted server.yaml:0:["$patch"]',
      overridden: ["ichor 9000"],
    });
  });

  it("is silent of what never was", () => {
    expect(check([], "v1alpha1:machine.sysctls")).toBeUndefined();
    expect(check([], "HostnameConfig:hostname")).toBeUndefined();
  });
});
