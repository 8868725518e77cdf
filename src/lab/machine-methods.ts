import type * as messages from "../applier/drivers/talos/proto/messages.ts";
import { ApiError } from "./api-error.ts";
import { beginApply } from "./apply.ts";
import type { Incoming, Methods, Stream } from "./calls.ts";
import type { Cancel } from "./clock.ts";
import { type EtcdCluster, isAvailable, removeMember, requireLeader } from "./etcd.ts";
import { bootstrapEtcd, forfeit, localEtcd, reachableCluster, requireControlPlane } from "./etcd-service.ts";
import { tellEvents } from "./events.ts";
import { kubeconfigArchive } from "./kubeconfig.ts";
import { reboot, reset, shutDown } from "./lifecycle.ts";
import type { Machine } from "./machine.ts";
import { mountsOf } from "./mounts.ts";
import { randomUuid } from "./random.ts";
import { finishBoot, servicesOf } from "./services.ts";
import { upgradeLegacy } from "./upgrade.ts";

/** How long a machine looks at a configuration before it answers. */
const APPLY_MS = 500;
const SNAPSHOT_CHUNKS = 4;

/** What the methods need of the world around a machine. */
export interface MachineWorld {
  readonly onChange: (machine: Machine, listener: () => void) => Cancel;
  /** The clock of those who check certificates. */
  readonly wallClock: () => number;
}

/** What a simulated machine answers of MachineService. */
export function machineMethods({ onChange, wallClock }: MachineWorld): Methods {
  return {
    unary: UNARY,
    stream: {
      EtcdSnapshot: etcdSnapshot,
      Events: (_request, { machine }, stream) => tellEvents(machine, stream, onChange),
      Kubeconfig: (_request, { machine }, { send }) => {
        send({ bytes: kubeconfigArchive(machine, wallClock()) });
        return Promise.resolve();
      },
    },
  };
}

const UNARY: Methods["unary"] = {
  ApplyConfiguration: applyConfiguration,
  Bootstrap: (_request, { machine }) => {
    bootstrapEtcd(machine, () => finishBoot(machine));
    return answer({});
  },
  EtcdMemberList: ({ queryLocal }: { readonly queryLocal: boolean }, { machine }) =>
    etcdMemberList(machine, queryLocal),
  EtcdStatus: (_request, { machine }) => etcdStatus(machine),
  EtcdForfeitLeadership: (_request, { machine }) => answer({ member: forfeit(machine) }),
  EtcdRemoveMemberByID: ({ memberId }: { readonly memberId: string }, { machine }) => {
    requireControlPlane(machine, "etcd remove member");
    removeMember(reachableCluster(machine), BigInt(memberId), machine.world);
    return answer({});
  },
  Memory: (_request, { machine }) => memory(machine),
  Mounts: (_request, { machine }) => answer({ stats: mountsOf(machine) }),
  Reboot: ({ mode }: messages.RebootRequest, incoming) =>
    acted(incoming, ({ machine }) => reboot(machine, mode)),
  Reset: (request: messages.ResetRequest, incoming) =>
    acted(incoming, ({ machine }) => resetBy(machine, request)),
  ServiceList: (_request, { machine }) => serviceList(machine),
  Shutdown: (_request, incoming) => acted(incoming, ({ machine }) => shutDown(machine)),
  Upgrade: (request: messages.LegacyUpgradeRequest, { machine }) => {
    upgradeLegacy(machine, request);
    return answer({ ack: "Upgrade request received", actorId: randomUuid(machine.world.random) });
  },
  Version: (_request, { machine }) => version(machine),
};

function answer(message: object): { readonly messages: readonly object[] } {
  return { messages: [message] };
}

/** Of calls that only begin something: the answer is sent before the machine goes down. */
function acted(incoming: Incoming, act: (incoming: Incoming) => void): unknown {
  act(incoming);
  return answer({ actorId: randomUuid(incoming.machine.world.random) });
}

async function etcdSnapshot(
  _request: never,
  { machine, pause }: Incoming,
  { send }: Parameters<Stream>[2],
): Promise<void> {
  requireControlPlane(machine, "etcd snapshot");
  const { cluster } = localEtcd(machine);
  for (let chunk = 0; chunk < SNAPSHOT_CHUNKS; chunk += 1) {
    send({ bytes: Buffer.from(`etcd ${cluster.id} ${cluster.index} part ${chunk}\n`) });
    await pause(250);
  }
}

async function applyConfiguration(
  request: messages.ApplyConfigurationRequest,
  { machine, pause }: Incoming,
): Promise<unknown> {
  const timeout = request.tryModeTimeout;
  const finish = beginApply(machine, {
    text: Buffer.from(request.data).toString("utf8"),
    mode: request.mode,
    dryRun: request.dryRun,
    tryTimeout: timeout ? Number(timeout.seconds) * 1000 + timeout.nanos / 1_000_000 : undefined,
  });
  await pause(APPLY_MS);
  const { mode, details } = finish();
  return answer({ warnings: [], mode, modeDetails: details });
}

function resetBy(machine: Machine, request: messages.ResetRequest): void {
  const disks = request.userDisksToWipe ?? [];
  const partitions = request.systemPartitionsToWipe;
  const refuse = (why: string) => {
    throw new ApiError("UNKNOWN", why);
  };
  if (disks.length > 0 && request.mode === "SYSTEM_DISK") {
    refuse("reset failed: invalid input, wipe mode SYSTEM_DISK doesn't support UserDisksToWipe parameter");
  }
  if (partitions.length > 0 && request.mode === "USER_DISKS") {
    refuse(
      "reset failed: invalid input, wipe mode USER_DISKS doesn't support SystemPartitionsToWipe parameter",
    );
  }
  const [system, ...others] = machine.spec.disks.map(({ id }) => `/dev/${id}`);
  for (const disk of disks) {
    if (disk === system) refuse(`reset user disk failed: device ${disk} is the system disk`);
    if (!others.includes(disk)) refuse(`reset user disk failed: device ${disk} wasn't found`);
  }
  reset(machine, {
    graceful: request.graceful,
    reboot: request.reboot,
    partitions: partitions.filter(({ wipe }) => wipe).map(({ label }) => label),
    wipesSystem: request.mode !== "USER_DISKS",
  });
}

function etcdMemberList(machine: Machine, local: boolean): unknown {
  requireControlPlane(machine, "member list");
  const cluster = local ? localEtcd(machine).cluster : reachableCluster(machine);
  requireLeader(cluster);
  return answer({
    legacyMembers: [...cluster.members.values()].map(({ name }) => name),
    members: membersOf(cluster),
  });
}

function membersOf(cluster: EtcdCluster): readonly object[] {
  return [...cluster.members.values()].map(({ id, name, peerUrl, clientUrl, learner }) => ({
    id: id.toString(),
    hostname: name,
    peerUrls: [peerUrl],
    clientUrls: name === "" ? [] : [clientUrl],
    isLearner: learner,
  }));
}

function etcdStatus(machine: Machine): unknown {
  requireControlPlane(machine, "etcd status");
  const { cluster, member } = localEtcd(machine);
  const index = cluster.index.toString();
  return answer({
    memberStatus: {
      protocolVersion: "3.6.12",
      storageVersion: "3.6.0",
      dbSize: "20480",
      dbSizeInUse: "16384",
      leader: (cluster.leader ?? 0n).toString(),
      raftIndex: index,
      raftAppliedIndex: index,
      raftTerm: cluster.term.toString(),
      errors: isAvailable(cluster) ? [] : ["etcdserver: no leader"],
      isLearner: cluster.members.get(member)?.learner ?? false,
      memberId: member.toString(),
    },
  });
}

function serviceList(machine: Machine): unknown {
  const services = servicesOf(machine).map(({ id, state, healthy, unknown, message, since }) => {
    const ts = { seconds: Math.floor(since / 1000).toString(), nanos: 0 };
    return {
      id,
      state,
      events: { events: [{ msg: message, state, ts }] },
      health: { unknown, healthy, lastMessage: message, lastChange: ts },
    };
  });
  return answer({ services });
}

/** In kB; half of it is free. */
function memory({ spec }: Machine): unknown {
  const memtotal = Math.floor(spec.memory / 1024);
  const half = Math.floor(memtotal / 2);
  return answer({
    meminfo: { memtotal: String(memtotal), memfree: String(half), memavailable: String(half) },
  });
}

function version({ running, spec }: Machine): unknown {
  return answer({
    version: {
      tag: running?.talos ?? spec.talos,
      sha: "simulated",
      built: "",
      goVersion: "go1.26.0",
      os: "linux",
      arch: "amd64",
    },
    platform: { name: "metal", mode: "metal" },
    features: { rbac: true },
  });
}
