import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  type Metadata,
  type ServerUnaryCall,
  type ServerWritableStream,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { ApiError } from "./api-error.ts";
import { authorize } from "./authorization.ts";
import type { Incoming, Methods, Stream, Unary } from "./calls.ts";
import type { Fleet } from "./fleet.ts";
import { isAt } from "./fleet.ts";
import { crash } from "./lifecycle.ts";
import type { Machine } from "./machine.ts";

type Call = ServerUnaryCall<never, unknown> | ServerWritableStream<never, unknown>;

/** What dispatching needs beside the machine that was dialled. */
export interface DispatchContext {
  readonly fleet: Fleet;
  readonly dialled: Machine;
  /** Cuts the connection that a call came by, without a word. */
  readonly cut: (peer: string) => void;
}

/** Makes a service of methods: finds the machine a call is for, checks who calls, and lets faults happen. */
export function implement(context: DispatchContext, methods: Methods): UntypedServiceImplementation {
  const unary = Object.entries(methods.unary).map(([name, method]) => [name, unaryOf(context, name, method)]);
  const stream = Object.entries(methods.stream).map(([name, method]) => [
    name,
    streamOf(context, name, method),
  ]);
  return Object.fromEntries([...unary, ...stream]) as UntypedServiceImplementation;
}

function unaryOf(context: DispatchContext, name: string, method: Unary): handleUnaryCall<never, unknown> {
  return (call, callback) => {
    handle(context, call, name, async (incoming) => method(call.request, incoming)).then(
      (answer) => {
        if (answer !== CUT) callback(null, answer);
      },
      (error: unknown) => callback(statusOf(error)),
    );
  };
}

function streamOf(
  context: DispatchContext,
  name: string,
  method: Stream,
): handleServerStreamingCall<never, unknown> {
  return (call) => {
    const ended = new AbortController();
    call.on("cancelled", () => ended.abort());
    call.on("close", () => ended.abort());
    const send = (message: unknown) => {
      if (!ended.signal.aborted && !call.destroyed) call.write(message);
    };
    handle(context, call, name, (incoming) =>
      method(call.request, incoming, { send, ended: ended.signal }),
    ).then(
      (answer) => {
        if (answer !== CUT) call.end();
      },
      (error: unknown) => call.emit("error", statusOf(error)),
    );
  };
}

/** The connection is gone: there is nobody to answer. */
const CUT = Symbol("cut");

async function handle(
  context: DispatchContext,
  call: Call,
  name: string,
  carryOut: (incoming: Incoming) => Promise<unknown>,
): Promise<unknown> {
  const { dialled, cut } = context;
  if (dialled.api === "closed") throw new ApiError("UNAVAILABLE", "error reading from server: EOF");
  const target = targetOf(context, call.metadata, name);
  const pause = pauseOf(target);
  const { random } = target.world;
  const { dropCalls = 0, rebootOn = [], latency = 0 } = target.faults;
  const isCut = random() < dropCalls;
  const reboots = rebootOn.includes(name);
  // Who lost the answer must not know whether the call was carried out.
  const isBefore = (isCut || reboots) && random() < 0.5;
  if (latency > 0) await pause(latency);
  const isMaintenance = target.api === "maintenance";
  const roles = dialled.api === "maintenance" ? ["os:reader"] : rolesOf(call);
  authorize(name, roles, isMaintenance);
  const end = () => {
    if (reboots) crash(target);
    cut(call.getPeer());
    return CUT;
  };
  if (isBefore) return end();
  const answer = await carryOut({ machine: target, roles, pause });
  return isCut || reboots ? end() : answer;
}

/**
 * The machine that a call is for: the dialled one, or another one of its cluster that the header `node` names.
 *
 * @throws ApiError where the dialled one does not forward, or does not reach the other
 */
function targetOf({ fleet, dialled }: DispatchContext, metadata: Metadata, name: string): Machine {
  if (dialled.api === "maintenance") return dialled;
  const nodes = metadata.get("nodes");
  const wanted = metadata.get("node");
  if (nodes.length > 0) {
    throw new ApiError("INVALID_ARGUMENT", `one-2-many proxying is not supported for method ${name}`);
  }
  if (wanted.length > 1) throw new ApiError("INVALID_ARGUMENT", "node metadata must be single-valued");
  const [first] = wanted;
  if (first === undefined) return dialled;
  const target = String(first);
  if (dialled.active?.type !== "controlplane") {
    if (isAt(dialled, target)) return dialled;
    throw new ApiError("PERMISSION_DENIED", "no request forwarding");
  }
  const found = fleet.findPeer(dialled, target);
  if (found !== undefined && found.faults.connection === undefined) return found;
  throw new ApiError(
    "UNAVAILABLE",
    `connection error: desc = "transport: Error while dialing: dial tcp ${target}:50000: connect: connection refused"`,
  );
}

/** The organizations of the client's certificate; Node gives one as a text and several as a list. */
function rolesOf(call: Call): readonly string[] {
  const organizations: unknown = call.getAuthContext().sslPeerCertificate?.subject?.O;
  return [organizations].flat().filter((role) => typeof role === "string");
}

function pauseOf(machine: Machine): (milliseconds: number) => Promise<void> {
  const { life, world } = machine;
  return (milliseconds) =>
    new Promise((resolve, reject) => {
      world.schedule(milliseconds, () => {
        if (machine.life === life) resolve();
        else reject(new ApiError("UNAVAILABLE", "error reading from server: EOF"));
      });
    });
}

function statusOf(error: unknown): { readonly code: status; readonly details: string } {
  if (error instanceof ApiError) return { code: status[error.code], details: error.message };
  return { code: status.INTERNAL, details: error instanceof Error ? error.message : String(error) };
}
