import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { formatPath } from "../../../core/path.ts";
import { type MergeOptions, mergePatches } from "./merge.ts";
import type { TalosDocument } from "./talos-document.ts";
import { createTrace } from "./trace.ts";

function read(yaml: string): TalosDocument[] {
  return parseAllDocuments(yaml).map((document) => document.toJS() as TalosDocument);
}

function merge(base: string, patches: string, options: Partial<MergeOptions> = {}) {
  return mergePatches(
    read(base),
    read(patches).map((document, index) => ({
      layer: "cluster",
      document,
      at: { file: "patch.yaml", document: index, path: [] },
    })),
    { minor: 14, type: "controlplane", ...options },
  );
}

/** What is reported, as `CODE document:path`. */
function check(base: string, patches: string, options: Partial<MergeOptions> = {}): string[] {
  return merge(base, patches, options).diagnostics.map(({ code, at }) =>
    "path" in at ? `${code} ${at.document}:${formatPath(at.path)}` : code,
  );
}

const machine = "{machine: {type: worker, certSANs: [a]}, cluster: {clusterName: one}}";
const proxy = "{apiVersion: v1alpha1, kind: KubeProxyConfig, enabled: false}";
const frozen = <T>(value: T): T => {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
};

describe("merging patches", () => {
  it("merges one patch after another", () => {
    expect(
      merge(machine, "{machine: {certSANs: [b]}}\n---\n{machine: {certSANs: [c], type: controlplane}}").value,
    ).toEqual(read("{machine: {type: controlplane, certSANs: [a, b, c]}, cluster: {clusterName: one}}"));
  });

  it("changes nothing of its inputs, and shares what no patch touches", () => {
    const base = read(`${machine}\n---\n${proxy}`).map(frozen);
    const document = frozen({ machine: { certSANs: ["b"], type: { $patch: "delete" } } });
    const { value } = mergePatches(
      base,
      [{ layer: "site", document, at: { file: "patch.yaml", document: 0, path: [] } }],
      { minor: 14, type: "controlplane" },
    );
    expect(value[0]).toEqual({ machine: { certSANs: ["a", "b"] }, cluster: { clusterName: "one" } });
    expect(value[0]?.["cluster"]).toBe(base[0]?.["cluster"]);
    expect(value[1]).toBe(base[1]);
  });

  it("gives the same with and without a trace and a memo", () => {
    const patches =
      "{machine: {certSANs: [b], sysctls: {a: b}}}\n---\n{cluster: {clusterName: {$patch: delete}}}";
    const plain = merge(machine, patches);
    const options = { trace: createTrace(), memo: new WeakMap() };
    expect(merge(machine, patches, options)).toEqual(plain);
    expect(merge(machine, patches, options)).toEqual(plain);
  });

  it("says of the same faulty document the same, however often it is merged", () => {
    const patch = {
      layer: "fleet",
      document: { machine: { certSANs: "a" } },
      at: { file: "patch.yaml", document: 0, path: [] },
    } as const;
    const options = { minor: 14, type: "worker", memo: new WeakMap() } as const;
    const [first] = mergePatches(read(machine), [patch], options).diagnostics;
    const [again] = mergePatches(read(proxy), [patch], options).diagnostics;
    expect(first?.code).toBe("ICH5103");
    expect(again).toBe(first);
  });

  it("leaves out a patch with an error and merges the others", () => {
    const outcome = merge(machine, "{machine: {certSANs: b}}\n---\n{machine: {certSANs: [c]}}");
    expect(outcome.diagnostics.map(({ code }) => code)).toEqual(["ICH5103"]);
    expect(outcome.value).toEqual(
      read("{machine: {type: worker, certSANs: [a, c]}, cluster: {clusterName: one}}"),
    );
  });

  it("keeps every document that is no patch's, in its order", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.stringMatching(/^[a-z]{1,4}$/), { minLength: 1 }),
        fc.nat(),
        (names, pick) => {
          const base = names.map((name) => ({ apiVersion: "v1alpha1", kind: "LinkConfig", name, mtu: 1500 }));
          const name = names[pick % names.length] ?? "";
          const document = { apiVersion: "v1alpha1", kind: "LinkConfig", name, mtu: 9000 };
          const at = { file: "patch.yaml", document: 0, path: [] };
          const { value } = mergePatches(base, [{ layer: "site", document, at }], {
            minor: 14,
            type: "worker",
          });
          expect(value).toEqual(base.map((one) => (one.name === name ? document : one)));
        },
      ),
    );
  });
});

describe("what Talos refuses of merged documents", () => {
  it.each<[string, string, string, string[]]>([
    [
      "a field that a document replaced",
      `${machine}\n---\n${proxy}`,
      "{cluster: {proxy: {mode: nftables}}}",
      ["ICH5107 0:cluster.proxy"],
    ],
    ["a document that replaces a field", "{cluster: {proxy: {disabled: true}}}", proxy, ["ICH5107 0:kind"]],
    [
      "neither, where the patch deletes the other",
      `${machine}\n---\n${proxy}`,
      "{apiVersion: v1alpha1, kind: KubeProxyConfig, $patch: delete}\n---\n{cluster: {proxy: {mode: nftables}}}",
      [],
    ],
    [
      "a flag only where it is true",
      `${machine}\n---\n{apiVersion: v1alpha1, kind: TimeSyncConfig, enabled: true}`,
      "{machine: {time: {disabled: false}}}",
      [],
    ],
    [
      "the host's DNS only beside a document that has it",
      `${machine}\n---\n{apiVersion: v1alpha1, kind: ResolverConfig, nameservers: [{address: 192.0.2.1}]}`,
      "{machine: {features: {hostDNS: {enabled: true}}}}",
      [],
    ],
    [
      "encryption of the volume of that name",
      `${machine}\n---\n{apiVersion: v1alpha1, kind: VolumeConfig, name: STATE, encryption: {provider: luks2}}`,
      "{machine: {systemDiskEncryption: {state: {provider: luks2}}}}\n---\n{machine: {systemDiskEncryption: {ephemeral: {provider: luks2}}}}",
      ["ICH5107 0:machine.systemDiskEncryption.state"],
    ],
    [
      "two documents for one link",
      "{apiVersion: v1alpha1, kind: LinkConfig, name: eno1}",
      "{apiVersion: v1alpha1, kind: BondConfig, name: eno1, links: [eno2]}",
      ["ICH5112 0:kind"],
    ],
    [
      "two documents for one volume",
      "{apiVersion: v1alpha1, kind: UserVolumeConfig, name: data}",
      "{apiVersion: v1alpha1, kind: ExistingVolumeConfig, name: data}",
      ["ICH5112 0:kind"],
    ],
  ])("is %s", (_title, base, patches, expected) => {
    expect(check(base, patches)).toEqual(expected);
  });

  it.each<[string, string, string[]]>([
    ["a control-plane kind", proxy, ["ICH5104 0:kind"]],
    ["the etcd block", "{cluster: {etcd: {advertisedSubnets: [10.0.0.0/8]}}}", ["ICH5104 0:cluster.etcd"]],
    ["not its deletion", "{apiVersion: v1alpha1, kind: KubeProxyConfig, $patch: delete}", []],
  ])("is on a worker %s", (_title, patches, expected) => {
    expect(check(machine, patches, { type: "worker" })).toEqual(expected);
    expect(check(machine, patches)).toEqual([]);
  });

  it("does not go into a worker's documents", () => {
    expect(merge(machine, proxy, { type: "worker" }).value).toEqual(read(machine));
  });
});

describe("values that Talos' merge loses", () => {
  const volume = (rest: string) => `{apiVersion: v1alpha1, kind: VolumeConfig, name: EPHEMERAL, ${rest}}`;
  const base = volume("provisioning: {diskSelector: {match: system_disk}, maxSize: 50GiB}");

  it("are lost here too, with a warning", () => {
    const outcome = merge(base, volume("provisioning: {grow: true}"));
    expect(outcome.value).toEqual(
      read(volume("provisioning: {diskSelector: {}, maxSize: 50GiB, grow: true}")),
    );
    expect(outcome.diagnostics.map(({ code, severity }) => `${severity} ${code}`)).toEqual([
      "warning ICH5113",
    ]);
  });

  it("are kept where the patch repeats them, and go silently where it says null", () => {
    expect(check(base, volume("provisioning: {diskSelector: {match: system_disk}}"))).toEqual([]);
    expect(check(base, volume("provisioning: {diskSelector: {match: null}}"))).toEqual([]);
  });
});
