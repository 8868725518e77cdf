import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { formatPath } from "../../../core/path.ts";
import { checkPatch } from "./check-patch.ts";

/** What is reported, as `CODE path: message`. */
function check(yaml: string, minor = 14): string[] {
  const found = checkPatch(parse(yaml), { file: "patch.yaml", document: 0, path: [] }, minor);
  return found.map(
    ({ code, at, message }) => `${code} ${"path" in at ? formatPath(at.path) : ""}: ${message}`,
  );
}

describe("a patch document", () => {
  it.each<[string, string]>([
    ["of the document without a kind", "{machine: {certSANs: [a], install: {wipe: true}}}"],
    ["with numbers where texts are wanted", "{machine: {sysctls: {vm.nr_hugepages: 1024}}}"],
    ["of a kind with a name", "{apiVersion: v1alpha1, kind: LinkConfig, name: eno1, mtu: 9000}"],
    ["with every form of program arguments", "{cluster: {apiServer: {extraArgs: {a: b, c: [d, e]}}}}"],
    ["with free mappings", "{machine: {kubelet: {extraConfig: {a: [1, {b: c}], d: null}}}}"],
    ["with the words for truth of YAML 1.1", '{machine: {install: {wipe: "no"}}}'],
    ["with deletions", "{machine: {certSANs: {$patch: delete}, files: [{path: /a, $patch: delete}]}}"],
    ["with nothing in its fields", "{machine: {certSANs: null, network: null}}"],
  ])("%s is good", (_title, yaml) => {
    expect(check(yaml)).toEqual([]);
  });

  it.each<[string, string, string]>([
    [
      "a kind with a typing error",
      "{apiVersion: v1alpha1, kind: LinkConfg, name: a}",
      'ICH5101 kind: Talos v1.14 has no document kind "LinkConfg" (did you mean "LinkConfig"?)',
    ],
    [
      "a field with a typing error",
      "{machine: {kubelet: {extraArg: {}}}}",
      'ICH5102 machine.kubelet.extraArg: Talos v1.14 has no field `machine.kubelet.extraArg` in the machine configuration (did you mean "extraArgs"?)',
    ],
    [
      "a text for a list",
      "{machine: {certSANs: a.example}}",
      'ICH5103 machine.certSANs: `machine.certSANs` of the machine configuration is "a.example", and Talos v1.14 wants a list',
    ],
    [
      "a list for a mapping",
      "{apiVersion: v1alpha1, kind: ResolverConfig, searchDomains: [a]}",
      "ICH5103 searchDomains: `searchDomains` of ResolverConfig is a list, and Talos v1.14 wants a mapping",
    ],
    [
      "a word outside an enumeration",
      "{apiVersion: v1alpha1, kind: NetworkDefaultActionConfig, ingress: drop}",
      'ICH5103 ingress: `ingress` of NetworkDefaultActionConfig is "drop", and Talos v1.14 wants one of "accept", "block"',
    ],
    [
      "a fraction that would lose its last zero",
      "{machine: {nodeLabels: {version: 1.10}}}",
      "ICH5103 machine.nodeLabels.version: `machine.nodeLabels.version` of the machine configuration is 1.1, and Talos v1.14 wants a text, in quotes",
    ],
    [
      "a duration without a unit",
      "{apiVersion: v1alpha1, kind: TimeSyncConfig, bootTimeout: 30}",
      "ICH5103 bootTimeout: `bootTimeout` of TimeSyncConfig is 30, and Talos v1.14 wants a duration such as 10s or 2m30s",
    ],
    [
      "an empty element",
      "{machine: {network: {interfaces: [null]}}}",
      "ICH5103 machine.network.interfaces[0]: `machine.network.interfaces[0]` of the machine configuration is empty, and Talos v1.14 wants a mapping",
    ],
    [
      "a list of operations",
      "[{op: add, path: /machine/certSANs, value: [a]}]",
      "ICH5105 : this is a JSON patch (RFC 6902), and Talos applies those only to configurations of one document",
    ],
    [
      "a single operation",
      "{op: add, path: /machine/certSANs, value: [a]}",
      "ICH5105 : this is a JSON patch (RFC 6902), and Talos applies those only to configurations of one document",
    ],
    [
      "another word than delete, deep in a free mapping",
      "{machine: {kubelet: {extraConfig: {a: [{$patch: replace}]}}}}",
      'ICH5106 machine.kubelet.extraConfig.a[0]["$patch"]: `$patch: replace` means nothing to Talos, which knows `$patch: delete` only',
    ],
    [
      "a kind without an apiVersion",
      "{kind: LinkConfig, name: a}",
      'ICH5114 : a document of kind "LinkConfig" needs the line `apiVersion: v1alpha1`',
    ],
    [
      "a kind without its name",
      "{apiVersion: v1alpha1, kind: LinkConfig, mtu: 9000}",
      'ICH5114 : a document of kind "LinkConfig" needs a name, because a machine may have several',
    ],
    [
      "nothing that Talos knows",
      "{version: v1alpha1}",
      "ICH5114 : this is no document of a Talos configuration: it has neither a kind nor `machine` or `cluster`",
    ],
    ["no mapping", "just text", "ICH5114 : a Talos patch is a mapping, and this is none"],
  ])("with %s is reported", (_title, yaml, expected) => {
    expect(check(yaml)).toEqual([expected]);
  });

  it("of a kind that a later version brings says which", () => {
    expect(check("{apiVersion: v1alpha1, kind: VethConfig, name: a}", 13)).toEqual([
      'ICH5101 kind: the document kind "VethConfig" needs Talos v1.14, and a cluster that this patch reaches runs v1.13',
    ]);
  });

  it("with a field that a later version brings says which", () => {
    expect(check("{apiVersion: v1alpha1, kind: DHCPv4Config, name: a, ignoreRoutes: true}", 13)).toEqual([
      "ICH5102 ignoreRoutes: the field `ignoreRoutes` of DHCPv4Config needs Talos v1.14, and a cluster that this patch reaches runs v1.13",
    ]);
  });

  it("inside one of our documents is told by its own paths", () => {
    const at = { file: "cluster.yaml", document: 0, path: ["spec", "patches", 1] };
    const document = { apiVersion: "v1alpha1", kind: "KubeletConfig", extraArg: {}, image: [] };
    expect(checkPatch(document, at, 14).map(({ message }) => message)).toEqual([
      'Talos v1.14 has no field `extraArg` in KubeletConfig (did you mean "extraArgs"?)',
      "`image` of KubeletConfig is a list, and Talos v1.14 wants one plain value",
    ]);
  });

  it("has all its mistakes reported", () => {
    expect(check("{machine: {certSANs: a, nonsense: b}, cluster: {etcd: []}}")).toHaveLength(3);
  });
});
