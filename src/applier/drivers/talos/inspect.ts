import { type Memory, type Mount, type TalosApi, TalosError } from "../../talos-api.ts";
import type { Channel } from "./api.ts";
import { fileOfArchive } from "./archive.ts";
import { loadTalosServices } from "./proto/load.ts";
import type * as messages from "./proto/messages.ts";

type InspectCalls = Pick<TalosApi, "kubeconfig" | "memory" | "mounts">;

/** What a machine says of itself where there is no resource for it. */
export function inspectCalls(channel: Channel): InspectCalls {
  const { connection, deadlines } = channel;
  const service = loadTalosServices().machine;
  const read = <Message>(method: string): Promise<Message> =>
    connection.repeat(() => connection.ask({ service, method, request: {}, deadline: deadlines.read }));
  return {
    kubeconfig: () => connection.repeat(() => kubeconfig(channel)),
    memory: async () => memoryOf(channel, await read<messages.Memory>("Memory")),
    mounts: async () => mountsOf(await read<messages.Mounts>("Mounts")),
  };
}

/** Comes as an archive with one file, as everything that Talos copies. */
async function kubeconfig(channel: Channel): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of dataOf(channel, { method: "Kubeconfig", deadline: channel.deadlines.read }))
    pieces.push(piece);
  const file = fileOfArchive(Buffer.concat(pieces), "kubeconfig");
  if (file !== undefined) return file.toString("utf8");
  const at = { machine: channel.machine, operation: "Kubeconfig" };
  throw new TalosError("internal", at, "the machine sent something else than an archive with a kubeconfig");
}

/** The pieces of a file that a machine sends. */
export async function* dataOf(
  { connection, machine }: Channel,
  { method, deadline }: { readonly method: string; readonly deadline: number },
): AsyncGenerator<Uint8Array, void> {
  const pieces = connection.stream<object, messages.Data>({
    service: loadTalosServices().machine,
    method,
    request: {},
    deadline,
  });
  for await (const { bytes, metadata } of pieces) {
    if (metadata !== null && metadata.error !== "")
      throw new TalosError("internal", { machine, operation: method }, metadata.error);
    if (bytes.length > 0) yield bytes;
  }
}

/** The kernel counts in kB and means 1024 bytes. */
function memoryOf({ machine }: Channel, { meminfo }: messages.Memory): Memory {
  if (meminfo === null)
    throw new TalosError("internal", { machine, operation: "Memory" }, "an answer without a memory");
  return { total: Number(meminfo.memtotal) * 1024 };
}

function mountsOf({ stats }: messages.Mounts): readonly Mount[] {
  return stats.map(({ filesystem, mountedOn, size, available }) => ({
    filesystem,
    mountedOn,
    size: Number(size),
    available: Number(available),
  }));
}
