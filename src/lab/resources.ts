import { createHash } from "node:crypto";
import { ApiError } from "./api-error.ts";
import { isAvailable } from "./etcd.ts";
import { staticPodStatuses } from "./kubernetes/static-pods.ts";
import { hostnameOf, isAtLeast, type Machine } from "./machine.ts";
import type { MachineConfig } from "./machine-config.ts";
import { servicesOf } from "./services.ts";

/** A resource's identifier and its spec as a plain value. */
export interface PlainResource {
  readonly id: string;
  readonly spec: unknown;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** One type of resources: where it lives, who may read it, and what there is of it now. */
export interface ResourceType {
  readonly namespace: string;
  /** For administrators only. */
  readonly isSensitive?: boolean;
  /** The minor version of Talos since which there is such a type. */
  readonly since?: number;
  readonly list: (machine: Machine) => readonly PlainResource[];
}

/** Namespaces of types that the lab has none of. */
const OTHER_NAMESPACES = [
  "cluster-raw",
  "containers",
  "controlplane",
  "cri",
  "files",
  "kubespan",
  "meta",
  "network-config",
  "perf",
  "secrets",
  "security",
  "storage",
];

/** @throws ApiError for a namespace that Talos does not have */
export function checkNamespace(namespace: string): void {
  const isKnown = Object.values(TYPES).some((type) => type.namespace === namespace);
  if (isKnown || OTHER_NAMESPACES.includes(namespace)) return;
  throw new ApiError("PERMISSION_DENIED", `namespace ${JSON.stringify(namespace)} is not supported`);
}

/** The types that a machine of this version knows. @throws ApiError for another, as Talos refuses it */
export function resourceType(machine: Machine, type: string): ResourceType {
  const found = TYPES[type];
  if (found === undefined || !isAtLeast(machine, found.since ?? 0)) {
    throw new ApiError("PERMISSION_DENIED", `resource type ${JSON.stringify(type)} is not supported`);
  }
  return found;
}

const TYPES: Readonly<Record<string, ResourceType>> = {
  "MachineConfigs.config.talos.dev": { namespace: "config", isSensitive: true, list: machineConfigs },
  "MachineStatuses.runtime.talos.dev": { namespace: "runtime", list: machineStatus },
  "Versions.runtime.talos.dev": {
    namespace: "runtime",
    list: ({ running }) => one("version", running && { version: running.talos }),
  },
  "BootIDs.runtime.talos.dev": {
    namespace: "runtime",
    since: 14,
    list: ({ bootId }) => one("boot-id", { bootID: bootId }),
  },
  "ImageFactorySchematics.runtime.talos.dev": {
    namespace: "runtime",
    since: 14,
    list: ({ running }) =>
      one(
        "image-factory-schematic",
        running?.schematic === undefined
          ? undefined
          : { schematicId: running.schematic, flavor: "metal", apiUrl: "https://factory.talos.dev" },
      ),
  },
  "ExtensionStatuses.runtime.talos.dev": { namespace: "runtime", list: extensions },
  "ExtensionServiceConfigStatuses.runtime.talos.dev": {
    namespace: "runtime",
    list: ({ active }) =>
      [...(active?.extensionServices ?? [])].map(([id, digest]) => ({
        id,
        spec: { specVersion: digest.slice(0, 8) },
      })),
  },
  "SecurityStates.talos.dev": {
    namespace: "runtime",
    list: () => one("securitystate", { secureBoot: false, bootedWithUKI: true }),
  },
  "Diagnostics.runtime.talos.dev": {
    namespace: "runtime",
    list: ({ faults }) =>
      one("kubelet-csr", faults.diagnostic && { message: faults.diagnostic, details: [] }),
  },
  "UnattendedInstallStatuses.runtime.talos.dev": {
    namespace: "runtime",
    since: 14,
    list: ({ install, active }) =>
      one("unattended-install", install && active && { image: active.install?.image ?? "", ...install }),
  },
  "SystemInformations.hardware.talos.dev": { namespace: "hardware", list: systemInformation },
  "Disks.block.talos.dev": { namespace: "runtime", list: disks },
  "SystemDisks.block.talos.dev": {
    namespace: "runtime",
    list: ({ disk, spec }) =>
      one("system-disk", disk && { diskID: spec.disks[0]?.id, devPath: `/dev/${spec.disks[0]?.id}` }),
  },
  "VolumeStatuses.block.talos.dev": { namespace: "runtime", list: volumes },
  "LinkStatuses.net.talos.dev": { namespace: "network", list: links },
  "NodeAddresses.net.talos.dev": {
    namespace: "network",
    list: (machine) =>
      ["accumulative", "current", "default", "routed"].map((id) => ({
        id,
        spec: { addresses: addressesOf(machine) },
      })),
  },
  "HostnameStatuses.net.talos.dev": {
    namespace: "network",
    list: (machine) => one("hostname", { hostname: hostnameOf(machine), domainname: "" }),
  },
  "Members.cluster.talos.dev": { namespace: "cluster", list: members },
  "EtcdMembers.etcd.talos.dev": {
    namespace: "etcd",
    list: ({ etcd }) => one("local", etcd && { memberID: etcd.member.toString(16).padStart(16, "0") }),
  },
  "Services.v1alpha1.talos.dev": {
    namespace: "runtime",
    list: (machine) =>
      servicesOf(machine).map(({ id, state, healthy, unknown }) => ({
        id,
        spec: { running: state === "Running", healthy, unknown },
      })),
  },
  "KubeletSpecs.kubernetes.talos.dev": {
    namespace: "k8s",
    list: ({ active }) => one("kubelet", active?.kubeletImage && { image: active.kubeletImage }),
  },
  "Nodenames.kubernetes.talos.dev": {
    namespace: "k8s",
    list: (machine) =>
      one("nodename", machine.active && { nodename: hostnameOf(machine), skipNodeRegistration: false }),
  },
  "StaticPodStatuses.kubernetes.talos.dev": { namespace: "k8s", list: staticPodStatuses },
  "NodeStatuses.kubernetes.talos.dev": {
    namespace: "k8s",
    list: (machine) =>
      one(
        hostnameOf(machine),
        isNodeReady(machine)
          ? { nodename: hostnameOf(machine), nodeReady: true, unschedulable: false }
          : undefined,
      ),
  },
};

function one(id: string, spec: unknown): readonly PlainResource[] {
  return spec === undefined || spec === "" ? [] : [{ id, spec }];
}

function machineConfigs({ active, persistent }: Machine): readonly PlainResource[] {
  const of = (id: string, config: MachineConfig | undefined) =>
    one(id, config?.text).map((resource) => ({ ...resource, annotations: { "talos.dev/yaml-spec": "1" } }));
  return [...of("v1alpha1", active), ...(active === undefined ? [] : of("persistent", persistent ?? active))];
}

function machineStatus(machine: Machine): readonly PlainResource[] {
  const unmet = unmetConditions(machine);
  const spec = { stage: machine.stage, status: { ready: unmet.length === 0, unmetConditions: unmet } };
  return one("machine", machine.stage && spec);
}

/** What keeps the machine from being ready; only a machine that boots or runs is asked. */
export function unmetConditions(
  machine: Machine,
): readonly { readonly name: string; readonly reason: string }[] {
  if (machine.stage !== "booting" && machine.stage !== "running") return [];
  const problems = servicesOf(machine).flatMap(({ id, state, healthy, unknown }) => {
    if (state !== "Running") return [`${id} not running`];
    return !unknown && !healthy ? [`${id} not healthy`] : [];
  });
  const found = problems.length === 0 ? [] : [{ name: "services", reason: problems.join(", ") }];
  if ((machine.faults.clockAhead ?? 0) > 0) found.unshift({ name: "time", reason: "time is not synced" });
  if (!isNodeReady(machine)) {
    const reason = `node ${JSON.stringify(hostnameOf(machine))} status is not available yet`;
    found.push({ name: "nodeReady", reason });
  }
  return found;
}

/** Kubernetes knows of a node whose kubelet runs while its cluster's etcd takes writes. */
function isNodeReady(machine: Machine): boolean {
  if (machine.services.get("kubelet")?.state !== "Running") return false;
  return [machine, ...machine.world.peersOf(machine)].some(
    ({ etcd }) => etcd !== undefined && isAvailable(etcd.cluster),
  );
}

/** Before 1.14 the schematic stands among the extensions. */
function extensions({ spec, running }: Machine): readonly PlainResource[] {
  const schematic =
    running?.schematic === undefined ? [] : [{ name: "schematic", version: running.schematic }];
  return [...spec.extensions, ...schematic].map((metadata, index) => ({
    id: String(index),
    spec: { image: `${index}.sqsh`, metadata },
  }));
}

function systemInformation({ spec, faults }: Machine): readonly PlainResource[] {
  return one("systeminformation", {
    manufacturer: "ichor",
    productName: "lab",
    serialnumber: faults.serial ?? spec.serial,
    uuid: faults.uuid ?? spec.uuid,
    skuNumber: "",
  });
}

function disks({ spec }: Machine): readonly PlainResource[] {
  return spec.disks.map((disk) => ({
    id: disk.id,
    spec: {
      dev_path: `/dev/${disk.id}`,
      size: disk.size,
      model: disk.model,
      serial: disk.serial,
      wwid: `eui.${createHash("sha256").update(disk.serial).digest("hex").slice(0, 16)}`,
      transport: disk.transport,
      rotational: false,
      readonly: false,
      cdrom: false,
    },
  }));
}

/** What EFI, META, STATE and the partition table take of a system disk. */
const OTHER_PARTITIONS = 2204 * 1024 * 1024;

/** The partition of all that is not Talos itself, once the machine runs from its disk. */
function volumes({ spec, disk, active }: Machine): readonly PlainResource[] {
  const [system] = spec.disks;
  if (disk === undefined || active === undefined || system === undefined) return [];
  const size = Math.max(0, system.size - OTHER_PARTITIONS);
  return one("EPHEMERAL", { phase: "ready", type: "partition", filesystem: "xfs", size });
}

function links(machine: Machine): readonly PlainResource[] {
  const physical = Object.entries(machine.spec.macs).map(([id, mac]) => ({
    id,
    spec: {
      alias: "",
      type: "ether",
      hardwareAddr: mac,
      permanentAddr: mac,
      mtu: 1500,
      operationalState: "up",
      linkState: true,
      speedMbit: 25_000,
      kind: "",
      driver: "ice",
    },
  }));
  const loopback = {
    type: "loopback",
    hardwareAddr: "00:00:00:00:00:00",
    permanentAddr: "00:00:00:00:00:00",
    mtu: 65_536,
    operationalState: "unknown",
    linkState: true,
    kind: "",
  };
  return [{ id: "lo", spec: loopback }, ...physical];
}

function addressesOf({ spec, active }: Machine): readonly string[] {
  return active === undefined ? [`${spec.bootstrap}/31`] : [`${spec.loopback}/32`, `${spec.bootstrap}/31`];
}

function members(machine: Machine): readonly PlainResource[] {
  if (machine.active === undefined) return [];
  return [machine, ...machine.world.peersOf(machine)].map((peer) => ({
    id: hostnameOf(peer),
    spec: {
      nodeId: createHash("sha256").update(peer.spec.uuid).digest("base64url"),
      addresses: [peer.spec.loopback],
      hostname: hostnameOf(peer),
      machineType: peer.active?.type ?? "unknown",
      operatingSystem: `Talos (${peer.running?.talos ?? ""})`,
      ...(peer.active?.type === "controlplane" && { controlPlane: { port: 6443 } }),
    },
  }));
}
