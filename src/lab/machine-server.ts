import { constants } from "node:crypto";
import { createServer, type Socket, type Server as TcpServer } from "node:net";
import { createServer as createTlsServer, type Server as TlsServer } from "node:tls";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { loadTalosServices } from "../applier/drivers/talos/proto/load.ts";
import type { Cancel } from "./clock.ts";
import { type DispatchContext, implement } from "./dispatch.ts";
import type { Fleet } from "./fleet.ts";
import { hasLoopback, type Machine } from "./machine.ts";
import { machineMethods } from "./machine-methods.ts";
import { IMAGE_METHODS, LIFECYCLE_METHODS, stateMethods } from "./other-methods.ts";
import { hasIdentity, identityKey, serverIdentity } from "./server-certificate.ts";

/** As Talos sets it. */
const MAX_MESSAGE = 32 * 1024 * 1024;

/** How machines are served. */
export interface ServingOptions {
  readonly fleet: Fleet;
  /** Where a machine's address is listened at. */
  readonly listenAt: (address: string) => string;
  readonly port: number;
  /** Whether a running machine answers at its bootstrap address too. */
  readonly bootstrapWhileRunning: boolean;
  /** The clock of those who check certificates. */
  readonly wallClock: () => number;
  readonly onChange: (machine: Machine, listener: () => void) => Cancel;
}

/** One machine's port 50000 at all its addresses. */
export interface MachineServer {
  /** Opens and closes what the machine's state says; resolves when that is done. */
  readonly follow: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** What speaks TLS and gRPC: made at the first connection, since thousands of machines are never spoken to. */
interface Endpoint {
  readonly take: (socket: Socket) => void;
  /** Answers what was asked already, then nothing any more. */
  readonly drain: (milliseconds: number) => void;
  readonly close: () => void;
}

/** How long a machine that goes down in an orderly way has for answers on their way, whatever its clock says. */
const DRAIN_MS = 250;

export function createMachineServer(machine: Machine, options: ServingOptions): MachineServer {
  const listeners = new Map<string, TcpServer>();
  let sockets = new Set<Socket>();
  let key = "";
  let endpoint: Endpoint | undefined;
  let isClosed = false;

  const reset = () => {
    const [before, open] = [endpoint, sockets];
    endpoint = undefined;
    sockets = new Set();
    const end = () => {
      before?.close();
      for (const socket of open) socket.destroy();
    };
    if (machine.isCut || isClosed || open.size === 0) {
      end();
      return;
    }
    before?.drain(DRAIN_MS);
    setTimeout(end, DRAIN_MS);
  };
  const accept = (socket: Socket) => {
    const group = sockets.add(socket);
    socket.on("close", () => group.delete(socket));
    // A client that goes away in the middle is nobody's mistake.
    socket.on("error", () => socket.destroy());
    if (machine.faults.connection === "hang") return;
    endpoint ??= createEndpoint(machine, options);
    if (endpoint === undefined) socket.destroy();
    else endpoint.take(socket);
  };
  const follow = async () => {
    const next = `${identityKey(machine, options.fleet.keyOf)} ${machine.faults.connection}`;
    if (next !== key || isClosed) reset();
    key = next;
    const wanted = isClosed ? [] : addressesOf(machine, options);
    for (const [address, listener] of listeners) {
      if (wanted.includes(address)) continue;
      listeners.delete(address);
      listener.close();
    }
    const missing = wanted.filter((address) => !listeners.has(address));
    await Promise.all(missing.map((address) => listen(address, options, listeners, accept)));
  };
  return {
    follow,
    close: () => {
      isClosed = true;
      return follow();
    },
  };
}

function addressesOf(machine: Machine, options: ServingOptions): readonly string[] {
  const { api, faults, spec } = machine;
  if (api === "closed" || faults.connection === "refuse") return [];
  if (!hasIdentity(machine, options.fleet.keyOf)) return [];
  if (api === "maintenance") return [spec.bootstrap];
  const loopback = hasLoopback(machine) ? [spec.loopback] : [];
  return options.bootstrapWhileRunning ? [...loopback, spec.bootstrap] : loopback;
}

function listen(
  address: string,
  options: ServingOptions,
  listeners: Map<string, TcpServer>,
  accept: (socket: Socket) => void,
): Promise<void> {
  const listener = createServer(accept);
  listeners.set(address, listener);
  return new Promise((resolve, reject) => {
    listener.once("error", reject);
    // Closed again before it was open.
    listener.once("close", resolve);
    listener.listen({ host: options.listenAt(address), port: options.port }, () => {
      if (listeners.get(address) !== listener) listener.close();
      resolve();
    });
  });
}

function createEndpoint(machine: Machine, options: ServingOptions): Endpoint | undefined {
  const { fleet, wallClock } = options;
  const identity = serverIdentity(machine, fleet.keyOf, wallClock());
  if (identity === undefined) return undefined;
  const grpc = new Server({
    "grpc.max_receive_message_length": MAX_MESSAGE,
    "grpc.max_send_message_length": MAX_MESSAGE,
    "grpc.enable_channelz": 0,
  });
  const byPeer = new Map<string, Socket>();
  const cut = (peer: string) => byPeer.get(peer)?.destroy();
  addServices(grpc, { fleet, dialled: machine, cut }, options);
  const injector = grpc.createConnectionInjector(ServerCredentials.createInsecure());
  const tls: TlsServer = createTlsServer({
    ...identity.secrets,
    minVersion: "TLSv1.3",
    ALPNProtocols: ["h2"],
    requestCert: identity.asksForCertificate,
    rejectUnauthorized: identity.asksForCertificate,
    secureOptions: constants.SSL_OP_NO_TICKET,
  });
  tls.on("tlsClientError", () => undefined);
  tls.on("secureConnection", (socket) => {
    const peer = `${socket.remoteAddress}:${socket.remotePort}`;
    byPeer.set(peer, socket);
    socket.on("close", () => byPeer.delete(peer));
    socket.on("error", () => socket.destroy());
    injector.injectConnection(socket);
  });
  return {
    take: (socket) => void tls.emit("connection", socket),
    drain: (milliseconds) => injector.drain(milliseconds),
    close: () => grpc.forceShutdown(),
  };
}

function addServices(grpc: Server, context: DispatchContext, options: ServingOptions): void {
  const { machine, lifecycle, image, state } = loadTalosServices();
  grpc.addService(machine, implement(context, machineMethods(options)));
  grpc.addService(lifecycle, implement(context, LIFECYCLE_METHODS));
  grpc.addService(image, implement(context, IMAGE_METHODS));
  grpc.addService(state, implement(context, stateMethods(options.onChange)));
}
