import {
  type ApplyAnswer,
  type ApplyRequest,
  type EtcdMember,
  type EtcdStatus,
  type ResetRequest,
  type Service,
  type TalosApi,
  TalosError,
  type TalosVersion,
} from "../../talos-api.ts";
import type { Connection } from "./connection.ts";
import { eventCalls } from "./events.ts";
import { dataOf, inspectCalls } from "./inspect.ts";
import { loadTalosServices } from "./proto/load.ts";
import type * as messages from "./proto/messages.ts";
import { resourceCalls } from "./resources.ts";
import { upgrade } from "./upgrade.ts";

/** How long each kind of call may take, in milliseconds. */
export interface Deadlines {
  /** Of calls that only look, and of the first contact. */
  readonly read: number;
  /** Of calls that change something and answer at once. */
  readonly write: number;
  readonly snapshot: number;
  readonly pull: number;
  readonly upgrade: number;
  readonly watch: number;
}

/** What every part of the API needs. */
export interface Channel {
  readonly machine: string;
  readonly connection: Connection;
  readonly deadlines: Deadlines;
}

/** Talos' API over a connection. Only calls that look are ever made again. */
export function talosApi(channel: Channel): TalosApi {
  const { connection, deadlines } = channel;
  const service = loadTalosServices().machine;
  const read = <Message>(method: string, request: object = {}): Promise<Message> =>
    connection.repeat(() => connection.ask({ service, method, request, deadline: deadlines.read }));
  const write = <Request extends object>(method: string, request: Request): Promise<object> =>
    connection.ask({ service, method, request, deadline: deadlines.write });
  const version = async () => versionOf(channel, await read<messages.Version>("Version"));
  return {
    version,
    applyConfiguration: (request) => applyConfiguration(channel, request),
    bootstrap: async () => {
      await write("Bootstrap", { recoverEtcd: false, recoverSkipHashCheck: false });
    },
    reboot: async (mode) => {
      await write<messages.RebootRequest>("Reboot", { mode: REBOOT_MODES[mode] });
    },
    reset: async (request) => {
      await write("Reset", resetOf(request));
    },
    upgrade: (request) => upgrade(channel, version, request),
    services: async () => servicesOf(await read<messages.ServiceList>("ServiceList")),
    etcdMembers: async () =>
      membersOf(await read<messages.EtcdMembers>("EtcdMemberList", { queryLocal: false })),
    etcdStatus: async () => etcdStatusOf(channel, await read<messages.EtcdMemberStatus>("EtcdStatus")),
    forfeitEtcdLeadership: async () => {
      await write("EtcdForfeitLeadership", {});
    },
    removeEtcdMember: async (id) => {
      await write("EtcdRemoveMemberByID", { memberId: id });
    },
    etcdSnapshot: () => dataOf(channel, { method: "EtcdSnapshot", deadline: deadlines.snapshot }),
    ...inspectCalls(channel),
    ...eventCalls(channel),
    ...resourceCalls(channel),
    close: () => connection.close(),
  };
}

const REBOOT_MODES = { default: "DEFAULT", powercycle: "POWERCYCLE", force: "FORCE" } as const;

const APPLY_MODES = { auto: "AUTO", "no-reboot": "NO_REBOOT", staged: "STAGED", try: "TRY" } as const;

const ANSWERED_MODES: Readonly<Record<messages.ApplyMode, ApplyAnswer["mode"]>> = {
  AUTO: "auto",
  REBOOT: "reboot",
  NO_REBOOT: "no-reboot",
  STAGED: "staged",
  TRY: "try",
};

async function applyConfiguration(channel: Channel, request: ApplyRequest): Promise<ApplyAnswer> {
  const { connection, deadlines } = channel;
  const apply = () =>
    connection.ask<messages.ApplyConfigurationRequest, messages.ApplyConfiguration>({
      service: loadTalosServices().machine,
      method: "ApplyConfiguration",
      request: {
        data: Buffer.from(request.text, "utf8"),
        mode: APPLY_MODES[request.mode],
        dryRun: request.dryRun,
        ...(request.tryTimeout !== undefined && { tryModeTimeout: durationOf(request.tryTimeout) }),
      },
      deadline: deadlines.write,
    });
  const answer = request.dryRun ? await connection.repeat(apply) : await apply();
  return { mode: ANSWERED_MODES[answer.mode], warnings: answer.warnings, details: answer.modeDetails };
}

function durationOf(milliseconds: number): messages.Duration {
  const seconds = Math.floor(milliseconds / 1000);
  return { seconds, nanos: Math.round((milliseconds - seconds * 1000) * 1_000_000) };
}

/** Other disks of the machine are never wiped. */
function resetOf({ graceful, reboot, partitions }: ResetRequest): messages.ResetRequest {
  const systemPartitionsToWipe = partitions.map((label) => ({ label, wipe: true }));
  return { graceful, reboot, systemPartitionsToWipe, mode: "SYSTEM_DISK" };
}

function versionOf({ machine }: Channel, { version }: messages.Version): TalosVersion {
  if (version === null)
    throw new TalosError("internal", { machine, operation: "Version" }, "an answer without a version");
  return { tag: version.tag, arch: version.arch };
}

function servicesOf({ services }: messages.ServiceList): readonly Service[] {
  return services.map(({ id, state, health }) => ({
    id,
    state,
    healthy: health?.healthy ?? false,
    unknown: health?.unknown ?? true,
    message: health?.lastMessage ?? "",
  }));
}

function membersOf({ members }: messages.EtcdMembers): readonly EtcdMember[] {
  return members.map(({ id, hostname, peerUrls, isLearner }) => ({ id, hostname, peerUrls, isLearner }));
}

function etcdStatusOf({ machine }: Channel, { memberStatus }: messages.EtcdMemberStatus): EtcdStatus {
  if (memberStatus === null)
    throw new TalosError("internal", { machine, operation: "EtcdStatus" }, "an answer without a status");
  const { memberId, leader, raftIndex, isLearner, errors } = memberStatus;
  return { memberId, leader, raftIndex, isLearner, errors };
}
