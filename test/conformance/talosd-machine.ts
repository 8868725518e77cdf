import { createTalosDriver } from "../../src/applier/drivers/talos/driver.ts";
import { type ContractCluster, createCluster } from "../contract/cluster.ts";
import type { MachineSetup, MachineUnderTest } from "../contract/machine-under-test.ts";
import { RESOURCE_EXAMPLES } from "../contract/resource-examples.ts";
import { startTalosd, type Talosd } from "./talosd.ts";

/** Of 64 bits each, apart in the last place only: as JavaScript's numbers they would be one. */
const ETCD_IDS = ["18364758544493064721", "18364758544493064722", "18364758544493064724"];

const TALOS = "v1.14.1";

/** More than fits into 32 bits even in kB: 6 TiB. */
const MEMORY_KB = 6_442_450_944;

const MOUNTS = [
  { filesystem: "sysfs", mountedOn: "/sys", size: 0, available: 0 },
  {
    filesystem: "/dev/nvme0n1p4",
    mountedOn: "/var",
    size: 15_359_999_999_999,
    available: 14_000_000_000_001,
  },
] as const;

/** What a control plane of Talos 1.14 runs. */
const CHECKED = [
  "apid",
  "auditd",
  "containerd",
  "cri",
  "etcd",
  "kubelet",
  "machined",
  "syslogd",
  "trustd",
  "udevd",
];
const UNCHECKED = ["dashboard", "ext-frr"];

let shared: Promise<ContractCluster> | undefined;

/** Starts a machine made of Talos' own code, with the driver that reaches it. */
export async function startTalosdMachine(
  setup: MachineSetup,
): Promise<MachineUnderTest & Pick<Talosd, "obey">> {
  shared ??= createCluster();
  const cluster = await shared;
  const isRunning = setup.mode !== "maintenance";
  const config = isRunning ? cluster.config(setup.type === undefined ? {} : { type: setup.type }) : undefined;
  const legacy = setup.installer?.legacy === true;
  const talos = legacy ? "v1.12.9" : TALOS;
  const talosd = await startTalosd({
    address: "127.0.0.1:0",
    maintenance: !isRunning,
    authority: cluster.authority,
    talos,
    config: config ?? "",
    resources: RESOURCE_EXAMPLES.filter(({ id }) => id !== "cri" || setup.canBootstrap !== false).map(
      ({ namespace, type, id, spec }) => ({ namespace, type, id, spec }),
    ),
    services: servicesOf(),
    memory: String(MEMORY_KB),
    mounts: MOUNTS.map((mount) => ({
      ...mount,
      size: String(mount.size),
      available: String(mount.available),
    })),
    etcd: etcdOf(setup.etcdMembers ?? 3),
    installer: {
      legacy,
      missing: setup.installer?.missing ?? false,
      lines: ["running pre-flight checks", "installation of v1.14.2 complete"],
      exitCode: setup.installer?.exitCode ?? 0,
    },
  });
  const driver = createTalosDriver({
    dial: () => talosd.address,
    repetition: { firstWait: 50, longestWait: 100 },
    now: Date.now,
    wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  });
  const [status] = RESOURCE_EXAMPLES;
  return {
    driver,
    address: "127.0.0.1",
    cluster,
    facts: {
      talos,
      uuid: exampleOf("SystemInformations.hardware.talos.dev", "uuid"),
      serial: exampleOf("SystemInformations.hardware.talos.dev", "serialnumber"),
      mac: exampleOf("LinkStatuses.net.talos.dev", "permanentAddr"),
      config,
      memory: MEMORY_KB * 1024,
      mount: MOUNTS[1],
      speed: 1,
      fingerprint: talosd.fingerprint,
      etcdIds: ETCD_IDS,
    },
    changeStatus: async () => {
      const spec = { stage: "rebooting", status: { ready: false, unmetConditions: [] } };
      await talosd.obey({ do: "set", resource: { ...status, spec } });
    },
    cut: async () => {
      await talosd.obey({ do: "drop" });
    },
    restart: async () => {
      await talosd.obey({ do: "restart", maintenance: !isRunning });
    },
    calls: async () => (await talosd.obey({ do: "calls" })).calls ?? [],
    stop: talosd.stop,
    obey: talosd.obey,
  };
}

function servicesOf() {
  const running = { state: "Running", message: "" };
  return [
    ...CHECKED.map((id) => ({ ...running, id, healthy: true, unknown: false })),
    ...UNCHECKED.map((id) => ({ ...running, id, healthy: false, unknown: true })),
  ];
}

function etcdOf(count: number) {
  const [self = ""] = ETCD_IDS;
  const members = ETCD_IDS.slice(0, count).map((id, at) => ({
    id,
    hostname: `m${at + 1}`,
    peerUrls: [`https://10.101.0.${73 + at}:2380`],
    isLearner: false,
  }));
  const raftIndex = "9007199254740993";
  return { members, self, leader: self, raftIndex, errors: [], snapshot: ["first", "second", "third"] };
}

function exampleOf(type: string, field: string): string {
  return String(RESOURCE_EXAMPLES.find((example) => example.type === type)?.spec[field]);
}
