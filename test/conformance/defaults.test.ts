import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { INIT_FILES } from "../../src/cli/init/files.ts";
import { compile } from "../../src/compiler/compile.ts";
import { documentId } from "../../src/compiler/render/talos/talos-document.ts";
import { schematicId } from "../../src/model/schematic.ts";
import { runGo } from "./go.ts";

/**
 * The lowest layer of a machine configuration is what Talos itself says for the contract. What `talosctl gen
 * config` writes stands in ours, word for word, but for what a node of a layer-3 fabric has to have otherwise:
 * that is listed here, and a difference that is not fails.
 */
const CONTRACTS = [
  { contract: "v1.12", talos: "v1.13.9", kubernetes: "v1.36.3", program: "v1.13" },
  { contract: "v1.13", talos: "v1.13.9", kubernetes: "v1.36.3", program: "v1.13" },
  { contract: "v1.14", talos: "v1.14.1", kubernetes: "v1.37.0", program: "v1.14" },
] as const;

const EXPECTED_BEFORE_114 = [
  "HostnameConfig: auto is off instead of stable",
  "v1alpha1: cluster.controlPlane.endpoint is https://VIP:6443 instead of https://example:6443",
  "v1alpha1: cluster.network.podSubnets[0] is 100.64.0.0/14 instead of 10.244.0.0/16",
  "v1alpha1: cluster.network.serviceSubnets[0] is 100.72.0.0/16 instead of 10.96.0.0/12",
  "v1alpha1: machine.install.disk is nothing instead of /dev/nvme0n1",
];

const EXPECTED_114 = [
  "HostnameConfig: auto is off instead of stable",
  "KubeClusterConfig: endpoint is https://VIP:6443 instead of https://example:6443",
  "KubeNetworkConfig: podSubnets[0] is 100.64.0.0/14 instead of 10.244.0.0/16",
  "KubeNetworkConfig: serviceSubnets[0] is 100.72.0.0/16 instead of 10.96.0.0/12",
  "UnattendedInstallConfig: provisioning.diskSelector.match is another disk",
];

test.each(CONTRACTS)(
  "a machine of contract $contract says what Talos says by default, but for what is listed",
  (of) => {
    const request = {
      cluster: "dc1-mgmt",
      endpoint: "https://example:6443",
      kubernetes: of.kubernetes.slice(1),
      contract: of.contract,
    };
    const talos = runGo(of.program, "gen", request) as {
      readonly controlPlane: string;
      readonly worker: string;
    };
    const ours = configurations(of);
    const expected = of.contract === "v1.14" ? EXPECTED_114 : EXPECTED_BEFORE_114;
    const issuer =
      "KubeServiceAccountConfig: issuer.issuerURL is https://VIP:6443 instead of https://example:6443";
    expect(differences(talos.controlPlane, ours.controlplane)).toEqual(
      of.contract === "v1.14" ? [...expected.slice(0, 4), issuer, ...expected.slice(4)] : expected,
    );
    expect(differences(talos.worker, ours.worker)).toEqual(expected);
  },
);

/** A control plane and a worker of a fleet without any patch. */
function configurations(of: (typeof CONTRACTS)[number]): Readonly<Record<"controlplane" | "worker", string>> {
  const tree = new Map(Object.entries(INIT_FILES).filter(([path]) => path.endsWith(".yaml")));
  const change = (path: string, from: string, to: string) => {
    expect(tree.get(path)).toContain(from);
    tree.set(path, (tree.get(path) ?? "").replace(from, to));
  };
  const cluster = "clusters/dc1/dc1-mgmt/cluster.yaml";
  const routing = of.contract === "v1.14" ? "talos" : "frr";
  change(
    "clusters/channels/stable.yaml",
    "talos: v1.14.1, kubernetes: v1.37.0",
    `talos: ${of.talos}, kubernetes: ${of.kubernetes}`,
  );
  change(cluster, "contract: v1.14", `contract: ${of.contract}`);
  change(cluster, "routing: talos", `routing: ${routing}`);
  change(
    cluster,
    "replicas: 3, pool: dc1-general, schedulable: true }",
    "replicas: 1, pool: dc1-general }\n  workers: [{ name: w, replicas: 1, pool: dc1-general }]",
  );
  const id = schematicId({ extensions: ["ichor/frr"], kernelArgs: [] });
  const image = `installer: "registry.example/installer@sha256:${"0".repeat(64)}", kernel: "http://boot.example/k", initramfs: "http://boot.example/i"`;
  change(
    "inventory/fleet.yaml",
    'url: "https://factory.talos.dev"',
    `url: "https://factory.talos.dev", images: { "${id}": { ${of.talos}: { ${image} } } }`,
  );
  const { artifacts, diagnostics } = compile(tree);
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  const texts = artifacts.filter(({ path }) => path.includes("/machines/")).map(({ text }) => text);
  return {
    controlplane: texts.find((text) => text.includes("type: controlplane")) ?? "",
    worker: texts.find((text) => text.includes("type: worker")) ?? "",
  };
}

function differences(talos: string, ours: string): string[] {
  const own = leaves(ours);
  return [...leaves(talos)]
    .filter(([path, value]) => value !== own.get(path) && !isSecret(own.get(path)))
    .map(([path, value]) => describe(path, JSON.stringify(value).replaceAll('"', ""), own.get(path)))
    .sort();
}

/** A secret is a reference in ours and a value in Talos'. */
function isSecret(value: unknown): boolean {
  return typeof value === "string" && value.startsWith("ref+sops://");
}

function describe(path: string, talos: string, ours: unknown): string {
  if (path.endsWith("diskSelector.match")) return `${path} is another disk`;
  const text = (ours === undefined ? "nothing" : JSON.stringify(ours))
    .replaceAll('"', "")
    .replace(/10\.101\.250\.\d+/, "VIP");
  return `${path} is ${text} instead of ${talos}`;
}

/** Every plain value of a configuration by document and path. Empty lists and mappings say nothing. */
function leaves(text: string): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>();
  const walk = (value: unknown, path: string) => {
    if (Array.isArray(value)) for (const [index, one] of value.entries()) walk(one, `${path}[${index}]`);
    else if (typeof value === "object" && value !== null) {
      for (const [key, one] of Object.entries(value))
        walk(one, path.endsWith(": ") ? `${path}${key}` : `${path}.${key}`);
    } else found.set(path, value);
  };
  for (const document of parseAllDocuments(text)) {
    const value = document.toJS() as Record<string, unknown>;
    walk(value, `${documentId(value)}: `);
  }
  return found;
}
