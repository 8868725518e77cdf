import { schematicId } from "../src/model/schematic.ts";
import type { Generation, ModelName } from "./fleet-shape.ts";

/** What all sites and clusters share: the Fleet, models, channels, classes and add-ons. */
export function* catalogueFiles(spinePorts: number): Generator<readonly [path: string, text: string]> {
  yield ["inventory/fleet.yaml", fleetText()];
  yield ["inventory/patches/kernel-log.yaml", KERNEL_LOG];
  for (const model of SERVER_MODELS) yield [`inventory/models/${model.name}.yaml`, serverModelText(model)];
  yield ["inventory/models/sonic-leaf-48.yaml", switchModelText("sonic-leaf-48", LEAF_PORTS)];
  yield [
    "inventory/models/sonic-spine.yaml",
    switchModelText("sonic-spine", `    "Ethernet{0..${spinePorts - 1}}": { speed: 100G }\n`),
  ];
  for (const [name, { talos, kubernetes }] of Object.entries(CHANNELS)) {
    yield [
      `clusters/channels/${name}.yaml`,
      document("Channel", name, `  talos: ${talos}\n  kubernetes: ${kubernetes}\n`),
    ];
  }
  yield ["clusters/classes/control.yaml", CONTROL_CLASS];
  yield ["clusters/classes/gpu-a.yaml", gpuClassText()];
  for (const addon of ADDONS) yield [`clusters/addons/${addon.name}/addon.yaml`, addonText(addon)];
}

const CHANNELS: Readonly<
  Record<Generation["channel"], { readonly talos: string; readonly kubernetes: string }>
> = {
  old: { talos: "v1.12.7", kubernetes: "v1.35.4" },
  stable: { talos: "v1.13.9", kubernetes: "v1.36.3" },
  next: { talos: "v1.14.1", kubernetes: "v1.37.0" },
};

interface ServerModelShape {
  readonly name: ModelName;
  readonly height: number;
  readonly nics: readonly string[];
  readonly disk: string;
  readonly vendor: string;
  readonly extensions: readonly string[];
  readonly kernelArgs: readonly string[];
}

const SERVER_MODELS: readonly ServerModelShape[] = [
  {
    name: "dell-r640",
    height: 1,
    nics: ["eno1", "eno2"],
    disk: 'disk.transport == "nvme" && disk.size > 400u * GB',
    vendor: "dell",
    extensions: ["siderolabs/intel-ucode"],
    kernelArgs: ["console=ttyS0,115200n8"],
  },
  {
    name: "hpe-dl360",
    height: 1,
    nics: ["ens10f0np0", "ens10f1np1"],
    disk: "!disk.rotational && disk.size > 200u * GB",
    vendor: "hpe",
    extensions: ["siderolabs/intel-ucode", "siderolabs/bnx2-bnx2x"],
    kernelArgs: ["console=ttyS1,115200n8"],
  },
  {
    name: "lenovo-sr630",
    height: 1,
    nics: ["ens3f0np0", "ens3f1np1"],
    disk: 'disk.transport == "nvme"',
    vendor: "lenovo",
    extensions: ["siderolabs/intel-ucode"],
    kernelArgs: ["console=ttyS1,115200n8", "intel_iommu=on"],
  },
  {
    name: "supermicro-1029",
    height: 1,
    nics: ["eno1", "eno2"],
    disk: "!disk.rotational && disk.size > 200u * GB",
    vendor: "supermicro",
    extensions: ["siderolabs/intel-ucode"],
    kernelArgs: ["console=ttyS1,115200n8"],
  },
  {
    name: "nokia-airframe-gpu",
    height: 2,
    nics: ["ens1f0np0", "ens1f1np1"],
    disk: 'disk.transport == "nvme" && disk.size < 1000u * GB',
    vendor: "nokia",
    extensions: ["siderolabs/amd-ucode"],
    kernelArgs: ["console=ttyS0,115200n8"],
  },
];

const GPU = {
  extensions: [
    "siderolabs/nvidia-container-toolkit-production",
    "siderolabs/nvidia-open-gpu-kernel-modules-production",
  ],
  kernelArgs: ["iommu=pt"],
};

const LEAF_PORTS = `    "Ethernet{0..47}": { speed: 25G }
    "Ethernet{48..55}": { speed: 100G }
`;

/** The public factory has no FRR: the Fleet names the images of every schematic that a machine may need. */
function imagesText(): string {
  const schematics = SERVER_MODELS.flatMap(({ extensions, kernelArgs }) => [
    { extensions: [...extensions, "ichor/frr"], kernelArgs },
    {
      extensions: [...extensions, ...GPU.extensions, "ichor/frr"],
      kernelArgs: [...kernelArgs, ...GPU.kernelArgs],
    },
  ]);
  const ids = [...new Set(schematics.map(schematicId))].sort();
  return ids
    .map((id) => {
      const versions = Object.values(CHANNELS).map(({ talos }) => {
        const assets = `http://assets.fleet.example/talos/${id.slice(0, 8)}/${talos}`;
        return `        ${talos}:
          installer: registry.fleet.example/ichor/installer@sha256:${id}
          kernel: ${assets}/kernel-amd64
          initramfs: ${assets}/initramfs-amd64.xz
`;
      });
      return `      ${id}:\n${versions.join("")}`;
    })
    .join("");
}

function fleetText(): string {
  return document(
    "Fleet",
    "benchmark",
    `  repository:
    url: https://git.fleet.example/platform/fleet.git
    revision: refs/heads/main
  asn: { base: 4200000000 }
  factory:
    url: https://factory.talos.dev
    images:
${imagesText()}  discovery: { endpoint: "https://discovery.fleet.example" }
  registries:
    ghcr.io:
      endpoints: ["https://harbor.fleet.example/v2/ghcr.io"]
      overridePath: true
    registry.k8s.io:
      endpoints: ["https://harbor.fleet.example/v2/registry.k8s.io"]
      overridePath: true
  policy:
    budgets: { change: 25%, reboot: 10%, wipe: 2 }
  patches: [patches/kernel-log.yaml]
`,
  );
}

const KERNEL_LOG = `# Every machine sends its kernel's messages to the log collector of the fleet.
apiVersion: v1alpha1
kind: KmsgLogConfig
name: fleet
url: tcp://logs.fleet.example:6001/
`;

function serverModelText(model: ServerModelShape): string {
  const nics = model.nics.map((nic) => `    ${nic}: { speed: 25G }\n`);
  return document(
    "ServerModel",
    model.name,
    `  arch: amd64
  height: ${model.height}
  nics:
${nics.join("")}  installDisk: ${JSON.stringify(model.disk)}
  bmc: { driver: redfish, vendor: ${model.vendor} }
  extensions: [${model.extensions.join(", ")}]
  kernelArgs: [${model.kernelArgs.map((value) => `"${value}"`).join(", ")}]
  patches:
    - apiVersion: v1alpha1
      kind: WatchdogTimerConfig
      device: /dev/watchdog0
      timeout: 3m0s
`,
    model.name === "nokia-airframe-gpu" ? "{ gpu: a100 }" : undefined,
  );
}

function switchModelText(name: string, ports: string): string {
  return document("SwitchModel", name, `  os: sonic\n  height: 1\n  relay: vlan\n  ports:\n${ports}`);
}

const CONTROL_CLASS = document(
  "MachineClass",
  "control",
  `  labels: { node.fleet.example/purpose: control }
  sysctls:
    vm.dirty_background_ratio: "5"
    vm.dirty_ratio: "10"
`,
);

function gpuClassText(): string {
  return document(
    "MachineClass",
    "gpu-a",
    `  selector: { labels: { gpu: a100 } }
  labels: { accelerator: a100 }
  taints: ["gpu=a100:NoSchedule"]
  extensions: [${GPU.extensions.join(", ")}]
  kernelArgs: [${GPU.kernelArgs.join(", ")}]
  patches:
    - machine:
        kernel:
          modules:
            - name: nvidia
            - name: nvidia_uvm
`,
  );
}

interface AddonShape {
  readonly name: string;
  readonly repository: string;
  readonly chart: string;
  readonly version: string;
  readonly namespace: string;
  readonly roles: string;
  readonly values: string;
}

const ADDONS: readonly AddonShape[] = [
  {
    name: "cilium",
    repository: "https://helm.cilium.io",
    chart: "cilium",
    version: "1.19.1",
    namespace: "kube-system",
    roles: "[management, monitoring, customer]",
    values: "{ kubeProxyReplacement: true, k8sServiceHost: localhost, k8sServicePort: 7445 }",
  },
  {
    name: "metallb",
    repository: "https://metallb.github.io/metallb",
    chart: "metallb",
    version: "0.16.1",
    namespace: "metallb-system",
    roles: "[]",
    values: "{ speaker: { frr: { enabled: false } } }",
  },
  {
    name: "monitoring",
    repository: "https://prometheus-community.github.io/helm-charts",
    chart: "kube-prometheus-stack",
    version: "79.5.0",
    namespace: "monitoring",
    roles: "[management, monitoring]",
    values: "{ kubeProxy: { enabled: false } }",
  },
  {
    name: "cert-manager",
    repository: "https://charts.jetstack.io",
    chart: "cert-manager",
    version: "v1.19.1",
    namespace: "cert-manager",
    roles: "[management, customer]",
    values: "{ crds: { enabled: true } }",
  },
];

function addonText(addon: AddonShape): string {
  return document(
    "Addon",
    addon.name,
    `  chart: { repository: "${addon.repository}", name: ${addon.chart} }
  version: ${addon.version}
  namespace: ${addon.namespace}
  podSecurity: privileged
  roles: ${addon.roles}
  values: ${addon.values}
`,
  );
}

function document(kind: string, name: string, spec: string, labels?: string): string {
  const metadata = labels === undefined ? `{ name: ${name} }` : `{ name: ${name}, labels: ${labels} }`;
  return `apiVersion: ichor/v1alpha1\nkind: ${kind}\nmetadata: ${metadata}\nspec:\n${spec}`;
}
