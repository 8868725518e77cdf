import { expect, test } from "vitest";
import { INIT_FILES } from "../../src/cli/init/files.ts";
import { compile } from "../../src/compiler/compile.ts";
import { schematicId } from "../../src/model/schematic.ts";
import { judge } from "./machine-configs.ts";

/** Every way to build a cluster that the schema offers, judged by Talos: what the example has no room for. */
const RUNNING = [
  { contract: "v1.12", talos: "v1.13.9", kubernetes: "v1.36.3", program: "v1.13" },
  { contract: "v1.13", talos: "v1.13.9", kubernetes: "v1.36.3", program: "v1.13" },
  { contract: "v1.12", talos: "v1.14.1", kubernetes: "v1.37.0", program: "v1.14" },
  { contract: "v1.13", talos: "v1.14.1", kubernetes: "v1.37.0", program: "v1.14" },
  { contract: "v1.14", talos: "v1.14.1", kubernetes: "v1.37.0", program: "v1.14" },
] as const;

const NETWORKS = [
  "cni: flannel",
  "cni: none",
  "cni: cilium",
  "cni: flannel, loadBalancer: metallb, lbPool: dc1-lb, lbSize: /28",
  "cni: cilium, loadBalancer: metallb, lbPool: dc1-lb, lbSize: /28",
  "cni: cilium, loadBalancer: cilium, lbPool: dc1-lb, lbSize: /28",
  "cni: cilium, loadBalancer: cilium, lbPool: dc1-lb, lbSize: /28, pods: routed",
];

test.each(RUNNING)("Talos $talos takes every network of the contract $contract", (running) => {
  const routings = running.contract === "v1.14" ? ["frr", "talos"] : ["frr"];
  const configs = routings.flatMap((routing) =>
    NETWORKS.flatMap((network) => machines(running, `routing: ${routing}, ${network}`)),
  );
  expect(configs).toHaveLength(routings.length * NETWORKS.length * 2);
  const verdicts = judge(running.program, configs);
  expect(verdicts.flatMap(({ name, errors }) => errors.map((error) => `${name}: ${error}`))).toEqual([]);
});

/** A control plane and a worker of a cluster with this network, in a fleet with volumes, taints and mirrors. */
function machines(
  { contract, talos, kubernetes }: (typeof RUNNING)[number],
  network: string,
): { readonly name: string; readonly text: string }[] {
  const image = `{ installer: "registry.example/i@sha256:${"0".repeat(64)}", kernel: "http://boot.example/k", initramfs: "http://boot.example/i" }`;
  const id = schematicId({ extensions: ["ichor/frr"], kernelArgs: [] });
  const tree = new Map(Object.entries(INIT_FILES).filter(([path]) => path.endsWith(".yaml")));
  const change = (path: string, from: string, to: string) => {
    expect(tree.get(path)).toContain(from);
    tree.set(path, (tree.get(path) ?? "").replace(from, to));
  };
  change(
    "inventory/fleet.yaml",
    'url: "https://factory.talos.dev"',
    `url: "https://factory.talos.dev", images: { "${id}": { ${talos}: ${image} } }`,
  );
  change(
    "inventory/fleet.yaml",
    "spec:\n",
    "spec:\n  registries: { docker.io: { endpoints: [https://m.example], skipFallback: true } }\n",
  );
  change(
    "clusters/channels/stable.yaml",
    "talos: v1.14.1, kubernetes: v1.37.0",
    `talos: ${talos}, kubernetes: ${kubernetes}`,
  );
  tree.set(
    "inventory/sites/dc1/pools.yaml",
    `${tree.get("inventory/sites/dc1/pools.yaml")}---\napiVersion: ichor/v1alpha1\nkind: AddressPool\nmetadata: { name: dc1-lb }\nspec: { site: dc1, prefix: 10.121.0.0/24, use: lb }\n`,
  );
  tree.set(
    "clusters/classes/work.yaml",
    `apiVersion: ichor/v1alpha1
kind: MachineClass
metadata: { name: work }
spec:
  taints: ["work=yes:NoSchedule", "quiet:PreferNoSchedule"]
  sysctls: { vm.swappiness: "1" }
  volumes: { EPHEMERAL: { maxSize: 100GiB }, data: { disk: "!system_disk", minSize: 10GiB, grow: true } }
`,
  );
  tree.set(
    "clusters/dc1/dc1-mgmt/cluster.yaml",
    `apiVersion: ichor/v1alpha1
kind: Cluster
metadata: { name: dc1-mgmt }
spec:
  role: management
  site: dc1
  channel: stable
  contract: ${contract}
  controlPlane: { replicas: 1, pool: dc1-general }
  workers: [{ name: w, replicas: 1, pool: dc1-general, class: work, labels: { a: b } }]
  network: { ${network}, podCIDRs: [100.64.0.0/14], serviceCIDRs: [100.72.0.0/16], vipPool: dc1-vips }
`,
  );
  const { artifacts, diagnostics } = compile(tree);
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return artifacts
    .filter(({ path }) => path.includes("/machines/"))
    .map(({ path, text }) => ({ name: `${contract} { ${network} } ${path.split("/").at(-1)}`, text }));
}
