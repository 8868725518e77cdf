import { type TalosApi, TalosError } from "../../talos-api.ts";
import type { EventAction, EventContent, TalosEvent } from "../../talos-event.ts";
import type { Channel } from "./api.ts";
import { loadTalosEvents, loadTalosServices } from "./proto/load.ts";
import type * as messages from "./proto/messages.ts";

/** Before the name of the message of everything that a machine itself reports. */
const RUNTIME = "talos/runtime/";

/** What happens on a machine, as it tells it. */
export function eventCalls(channel: Channel): Pick<TalosApi, "events"> {
  return { events: (signal) => events(channel, signal) };
}

async function* events(channel: Channel, signal: AbortSignal): AsyncGenerator<TalosEvent, void> {
  if (signal.aborted) return;
  const { connection, deadlines, machine } = channel;
  const call = {
    service: loadTalosServices().machine,
    method: "Events",
    request: {},
    deadline: deadlines.watch,
  };
  try {
    for await (const event of connection.stream<object, messages.Event>(call, signal)) {
      const { metadata } = event;
      if (metadata !== null && metadata.error !== "")
        throw new TalosError("internal", { machine, operation: "Events" }, metadata.error);
      yield eventOf(event);
    }
  } catch (error) {
    if (signal.aborted) return;
    throw error;
  }
  // A machine that goes down ends its streams in good order: whoever watches must know that there is no more to see.
  if (!signal.aborted)
    throw new TalosError("unavailable", { machine, operation: "Events" }, "the machine ended the stream");
}

/** An event of Talos as ours; one that cannot be read is one that we do not know. */
export function eventOf({ id, actorId: actor, data }: messages.Event): TalosEvent {
  if (data === null || data.type_url === "") return { id, actor, kind: "begun" };
  const name = data.type_url.slice(data.type_url.lastIndexOf("/") + 1);
  const content = data.type_url.startsWith(RUNTIME) ? contentOf(name, Buffer.from(data.value)) : undefined;
  return { id, actor, ...(content ?? { kind: "other", name }) };
}

function contentOf(name: string, bytes: Buffer): EventContent | undefined {
  if (!isKnown(name)) return undefined;
  try {
    return READERS[name](bytes);
  } catch {
    return undefined;
  }
}

function isKnown(name: string): name is keyof messages.EventMessages {
  return Object.hasOwn(READERS, name);
}

const READERS: Readonly<Record<keyof messages.EventMessages, (bytes: Buffer) => EventContent>> = {
  "machine.SequenceEvent": reader("machine.SequenceEvent", ({ sequence, action, error }) => ({
    kind: "sequence",
    sequence,
    action: actionOf(action),
    error: error?.message ?? "",
  })),
  "machine.PhaseEvent": reader("machine.PhaseEvent", ({ phase, action }) => ({
    kind: "phase",
    phase,
    action: actionOf(action),
  })),
  "machine.TaskEvent": reader("machine.TaskEvent", ({ task, action }) => ({
    kind: "task",
    task,
    action: actionOf(action),
  })),
  "machine.ServiceStateEvent": reader("machine.ServiceStateEvent", serviceOf),
  "machine.RestartEvent": reader("machine.RestartEvent", ({ cmd }) => ({ kind: "restart", command: cmd })),
  "machine.ConfigLoadErrorEvent": reader("machine.ConfigLoadErrorEvent", ({ error }) => ({
    kind: "config-load-error",
    error,
  })),
  "machine.ConfigValidationErrorEvent": reader("machine.ConfigValidationErrorEvent", ({ error }) => ({
    kind: "config-validation-error",
    error,
  })),
  "machine.AddressEvent": reader("machine.AddressEvent", ({ hostname, addresses }) => ({
    kind: "address",
    hostname,
    addresses,
  })),
  "machine.MachineStatusEvent": reader("machine.MachineStatusEvent", ({ stage, status }) => ({
    kind: "machine-status",
    stage: wordOf(stage),
    ready: status?.ready ?? false,
    unmetConditions: status?.unmetConditions.map(({ name, reason }) => ({ name, reason })) ?? [],
  })),
};

function reader<Name extends keyof messages.EventMessages>(
  name: Name,
  read: (message: messages.EventMessages[Name]) => EventContent,
): (bytes: Buffer) => EventContent {
  return (bytes) => read(loadTalosEvents()[name].deserialize(bytes));
}

function serviceOf({
  service,
  action,
  message,
  health,
}: messages.EventMessages["machine.ServiceStateEvent"]): EventContent {
  const known = health && {
    healthy: health.healthy,
    unknown: health.unknown,
    message: health.lastMessage,
  };
  return { kind: "service", service, state: wordOf(action), message, health: known ?? undefined };
}

function actionOf(action: string | number): EventAction {
  return action === "START" ? "start" : action === "STOP" ? "stop" : "noop";
}

/** `SHUTTING_DOWN` is `shutting down`, as in resources. */
function wordOf(name: string | number): string {
  return String(name).toLowerCase().replaceAll("_", " ");
}
