import { type Ipv4, type Ipv4Prefix, parseIpv4, parseIpv4Prefix } from "../../src/core/ip.ts";
import type { Blueprint, ClusterPlan, NodePlan, ServerPlan, SitePlan } from "../../src/model/blueprint.ts";
import type { Doc } from "../../src/model/inventory.ts";
import type { KindName, SpecOf } from "../../src/model/kinds.ts";

/** One site, one rack of three servers (the last retired), and a cluster of two of them: for tests of generators. */
export function sampleBlueprint(change: { readonly cluster?: Partial<ClusterPlan> } = {}): Blueprint {
  const servers = [
    sampleServer(1),
    sampleServer(2),
    { ...sampleServer(3), state: "retired", boot: undefined } as const,
  ];
  return {
    fleet: {
      name: "test",
      doc: sampleFleet(),
      repository: { url: "https://git.example/fleet.git", revision: "refs/heads/main" },
    },
    sites: new Map([["hel1", sampleSite(servers)]]),
    clusters: new Map([["hel1-vran7", { ...sampleCluster(servers), ...change.cluster }]]),
  };
}

/** A document as the loader gives it. */
export function sampleDoc<K extends KindName>(kind: K, name: string, spec: SpecOf<K>): Doc<K> {
  return { kind, name, labels: {}, spec, at: { file: `test/${name}.yaml`, document: 0, path: [] } };
}

function address(text: string): Ipv4 {
  return parseIpv4(text) ?? Number.NaN;
}

function prefix(text: string): Ipv4Prefix {
  return parseIpv4Prefix(text) ?? { address: Number.NaN, length: 0 };
}

function sampleFleet(): Doc<"Fleet"> {
  return sampleDoc("Fleet", "test", {
    repository: { url: "https://git.example/fleet.git", revision: "refs/heads/main" },
    asn: { base: 4200000000 },
    factory: { url: "https://factory.example" },
    discovery: { endpoint: "none" },
  });
}

function sampleSite(servers: readonly ServerPlan[]): SitePlan {
  const spec: SpecOf<"Site"> = {
    index: 1,
    loopbacks: "10.101.0.0/16",
    bootstrap: "10.202.0.0/15",
    hub: "hel1-mgmt",
    dns: ["10.101.255.53"],
    ntp: ["10.101.255.123"],
    management: ["10.0.0.0/24"],
    provisioning: { addressing: "kea", boot: "ipxe", url: "http://boot.hel1.example" },
    spines: {},
  };
  const rack = sampleDoc("Rack", "hel1-r017", { site: "hel1", index: 17, switches: {}, servers: {} });
  return {
    name: "hel1",
    index: 1,
    labels: {},
    spec,
    at: { file: "test/hel1.yaml", document: 0, path: [] },
    loopbacks: prefix("10.101.0.0/16"),
    bootstrap: prefix("10.202.0.0/15"),
    hub: "hel1-mgmt",
    spines: [],
    racks: [{ name: "hel1-r017", doc: rack, index: 17, leaves: [], servers }],
    vipPools: [prefix("10.101.250.0/24")],
    lbPools: [prefix("10.101.251.0/24")],
  };
}

function sampleServer(slot: number): ServerPlan {
  const model = sampleDoc("ServerModel", "dell-r640", {
    arch: "amd64",
    height: 1,
    nics: { eno1: { speed: "25G" } },
    installDisk: "true",
    bmc: { driver: "redfish", vendor: "dell" },
  });
  return {
    name: `hel1-r017-u0${slot}`,
    at: { file: "test/hel1-r017.yaml", document: 0, path: ["spec", "servers", `hel1-r017-u0${slot}`] },
    site: "hel1",
    rack: "hel1-r017",
    slot,
    serial: `SN${slot}`,
    uuid: `4c4c4544-0058-4b10-8032-00000000000${slot}`,
    state: "active",
    model,
    loopback: address("10.101.4.64") + slot,
    asn: 4200101700 + slot,
    bootstrap: { leaf: address("10.202.8.128") + 2 * slot, server: address("10.202.8.129") + 2 * slot },
    uplinks: [
      uplink(slot, { nic: 2, leaf: "b", boot: false }),
      uplink(slot, { nic: 1, leaf: "a", boot: true }),
    ],
    claim: { phase: "free", wipe: 0 },
    boot: {
      schematic: "ab".repeat(32),
      talos: "v1.14.1",
      arch: "amd64",
      kernel: "http://boot.hel1.example/kernel-amd64",
      initramfs: "http://boot.hel1.example/initramfs-amd64.xz",
      cmdline: ["talos.platform=metal", "console=ttyS0"],
    },
  };
}

function uplink(
  slot: number,
  port: { readonly nic: number; readonly leaf: string; readonly boot: boolean },
): ServerPlan["uplinks"][number] {
  return {
    name: `eno${port.nic}`,
    mac: `d0:94:66:aa:0${slot}:0${port.nic}`,
    leaf: `hel1-r017-leaf-${port.leaf}`,
    leafPort: `Ethernet${slot}`,
    leafAsn: 4200101747,
    boot: port.boot,
  };
}

function sampleCluster(servers: readonly ServerPlan[]): ClusterPlan {
  const doc = sampleDoc("Cluster", "hel1-vran7", {
    role: "customer",
    site: "hel1",
    channel: "stable",
    contract: "v1.14",
    controlPlane: { replicas: 1, pool: "hel1-general" },
    workers: [{ name: "general", replicas: 1, pool: "hel1-general" }],
    network: {
      cni: "cilium",
      routing: "frr",
      loadBalancer: "metallb",
      podCIDRs: ["100.64.0.0/14"],
      serviceCIDRs: ["100.72.0.0/16"],
    },
  });
  return {
    name: "hel1-vran7",
    site: "hel1",
    role: "customer",
    labels: { tenant: "vran" },
    doc,
    fleet: sampleFleet(),
    channel: sampleDoc("Channel", "stable", { talos: "v1.14.1", kubernetes: "v1.37.0" }),
    contract: "v1.14",
    talos: "v1.14.1",
    kubernetes: "v1.37.0",
    vip: address("10.101.250.16"),
    lb: prefix("10.101.251.0/26"),
    discovery: "none",
    routing: "frr",
    registries: {},
    secretsFile: "clusters/hel1/hel1-vran7/secrets.sops.yaml",
    hasSecrets: false,
    bootstrapped: undefined,
    addons: [],
    nodes: servers
      .slice(0, 2)
      .map((server, index) => sampleNode(server, index === 0 ? "controlplane" : "worker")),
  };
}

function sampleNode(server: ServerPlan, type: NodePlan["type"]): NodePlan {
  return {
    name: server.name,
    place: { cluster: "hel1-vran7", group: type === "worker" ? "general" : "control-plane", index: 0 },
    type,
    server,
    groupAt: { file: "test/hel1-vran7.yaml", document: 0, path: [] },
    class: undefined,
    group: { labels: [], taints: [] },
    schematic: "ab".repeat(32),
    installer: `factory.example/metal-installer/${"ab".repeat(32)}:v1.14.1`,
    installDisk: "true",
    labels: {},
    taints: [],
    sysctls: {},
    volumes: {},
    schedulable: false,
    patches: [],
  };
}
