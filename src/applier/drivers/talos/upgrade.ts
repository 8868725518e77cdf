import { TalosError, type TalosVersion, type UpgradeRequest } from "../../talos-api.ts";
import type { Channel } from "./api.ts";
import { loadTalosServices } from "./proto/load.ts";
import type * as messages from "./proto/messages.ts";

/** Where Talos keeps its own images. */
const SYSTEM: messages.ContainerdInstance = { driver: "CONTAINERD", namespace: "NS_SYSTEM" };

/**
 * Installs another Talos. Since 1.13 the client pulls, installs and reboots one after the other; before, one call does
 * all that, and the machine reboots by itself.
 */
export async function upgrade(
  channel: Channel,
  version: () => Promise<TalosVersion>,
  request: UpgradeRequest,
): Promise<void> {
  const { tag } = await version();
  if (isBefore113(tag)) return upgradeAtOnce(channel, request);
  const imageName = await pull(channel, request);
  await install(channel, imageName, request);
}

function isBefore113(tag: string): boolean {
  const [, major = "0", minor = "0"] = /^v?(\d+)\.(\d+)/.exec(tag) ?? [];
  return Number(major) < 1 || (Number(major) === 1 && Number(minor) < 13);
}

async function upgradeAtOnce({ connection, deadlines }: Channel, request: UpgradeRequest): Promise<void> {
  const answer = await connection.ask<messages.LegacyUpgradeRequest, { readonly ack: string }>({
    service: loadTalosServices().machine,
    method: "Upgrade",
    request: { image: request.image, preserve: true, stage: false, force: false },
    deadline: deadlines.pull,
  });
  request.onProgress?.(answer.ack);
}

async function pull(channel: Channel, { image, onProgress }: UpgradeRequest): Promise<string> {
  const { connection, deadlines, machine } = channel;
  const answers = connection.stream<messages.PullRequest, messages.PullProgress>({
    service: loadTalosServices().image,
    method: "Pull",
    request: { containerd: SYSTEM, imageRef: image },
    deadline: deadlines.pull,
  });
  let name: string | undefined;
  onProgress?.(`pulling ${image}`);
  for await (const answer of answers) if (answer.response === "name") name = answer.name;
  if (name === undefined || name === "")
    throw new TalosError(
      "internal",
      { machine, operation: "Pull" },
      "the machine did not say what it pulled",
    );
  return name;
}

async function install(channel: Channel, imageName: string, { onProgress }: UpgradeRequest): Promise<void> {
  const { connection, deadlines, machine } = channel;
  const answers = connection.stream<messages.UpgradeRequest, messages.UpgradeProgress>({
    service: loadTalosServices().lifecycle,
    method: "Upgrade",
    request: { containerd: SYSTEM, source: { imageName } },
    deadline: deadlines.upgrade,
  });
  let exitCode: number | undefined;
  let last = "it said nothing";
  for await (const { progress } of answers) {
    if (progress?.response === "exitCode") exitCode = progress.exitCode;
    if (progress?.response !== "message" || progress.message === undefined) continue;
    last = progress.message;
    onProgress?.(last);
  }
  if (exitCode === 0) return;
  const how = exitCode === undefined ? "without saying how" : `with exit code ${exitCode}`;
  throw new TalosError("internal", { machine, operation: "Upgrade" }, `the installer ended ${how}: ${last}`);
}
