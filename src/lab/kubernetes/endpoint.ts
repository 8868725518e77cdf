import { constants } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { readPrivateKey } from "../../secrets/pki/keys.ts";
import { hostnameOf, type Machine } from "../machine.ts";
import type { Random } from "../random.ts";
import { isAddress, issue } from "../server-certificate.ts";
import type { User } from "./access.ts";
import { versionOf } from "./api-server.ts";
import { badRequest, Refusal, statusOf } from "./refusal.ts";
import { type ApiAnswer, type ApiRequest, answerRequest } from "./requests.ts";
import type { ClusterState } from "./state.ts";

/** What speaks HTTPS for the API server of one machine. */
export interface Endpoint {
  readonly take: (socket: Socket) => void;
}

export interface EndpointOptions {
  /** What the machine's API server shows at this moment; undefined where it does not serve. */
  readonly state: () => ClusterState | undefined;
  readonly wrote: (state: ClusterState) => void;
  /** For the faults of calls. */
  readonly random: Random;
  /** The clock of those who check certificates. */
  readonly wallClock: () => number;
}

/** As Kubernetes bounds them, in bytes. */
const MAX_BODY = 3 * 1024 * 1024;

/** Up to so many bytes are read of a body that is too long, so that whoever sends it hears of it. */
const MAX_READ = 16 * MAX_BODY;

/** What an endpoint is made of: another one is needed where this text is another. */
export function endpointKey({ active, faults, life }: Machine): string {
  return JSON.stringify([life, active?.kubernetes.api, active?.hostname, faults.clockAhead]);
}

/** Undefined where the machine has no key that can be used. */
export function createEndpoint(machine: Machine, options: EndpointOptions): Endpoint | undefined {
  const secrets = secretsOf(machine, options.wallClock());
  if (secrets === undefined) return undefined;
  const server = createServer(
    {
      ...secrets,
      minVersion: "TLSv1.2",
      ALPNProtocols: ["http/1.1"],
      requestCert: true,
      // Whom nobody vouches for is told so, by Kubernetes and not by TLS.
      rejectUnauthorized: false,
      secureOptions: constants.SSL_OP_NO_TICKET,
    },
    (request, response) => {
      serve(machine, options, request, response).catch(() => response.destroy());
    },
  );
  server.on("tlsClientError", () => undefined);
  return { take: (socket) => void server.emit("connection", socket) };
}

function secretsOf(
  machine: Machine,
  now: number,
): { readonly cert: string; readonly key: string; readonly ca: string[] } | undefined {
  const api = machine.active?.kubernetes.api;
  const signingKey = api?.ca && readPrivateKey(api.ca.key);
  if (api?.ca === undefined || signingKey === undefined) return undefined;
  const { spec, faults } = machine;
  const names = [...api.certSans, ...(api.endpoint === undefined ? [] : [api.endpoint])];
  const { certificate, key } = issue(
    { certificate: api.ca.certificate, key: signingKey },
    now + (faults.clockAhead ?? 0),
    {
      dns: unique([
        hostnameOf(machine),
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local",
        "localhost",
        ...names.filter((name) => !isAddress(name)),
      ]),
      addresses: unique([spec.loopback, spec.bootstrap, "127.0.0.1", ...names.filter(isAddress)]),
    },
  );
  return {
    cert: certificate,
    key: key.export({ type: "pkcs8", format: "pem" }).toString(),
    ca: [api.ca.certificate, ...api.acceptedCas],
  };
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}

async function serve(
  machine: Machine,
  options: EndpointOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { dropCalls = 0, latency = 0 } = machine.faults;
  const isCut = dropCalls > 0 && options.random() < dropCalls;
  // Who lost the answer must not know whether the call was carried out.
  const isBefore = isCut && options.random() < 0.5;
  if (latency > 0) await new Promise<void>((resolve) => void machine.world.schedule(latency, resolve));
  const answer = isBefore ? undefined : await answerTo(machine, options, request);
  if (answer === undefined || isCut) request.socket.destroy();
  else write(response, answer);
}

/** Undefined where the API server has ended meanwhile. */
async function answerTo(
  machine: Machine,
  { state, wrote }: EndpointOptions,
  request: IncomingMessage,
): Promise<ApiAnswer | undefined> {
  const body = await bodyOf(request);
  if (body instanceof Refusal) return { status: body.code, body: statusOf(body) };
  const found = state();
  if (found === undefined) return undefined;
  const wanted: ApiRequest = {
    method: request.method ?? "GET",
    url: request.url ?? "/",
    contentType: (request.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() ?? "",
    body,
    user: userOf(request.socket),
  };
  return answerRequest(wanted, {
    state: found,
    now: machine.world.now(),
    version: versionOf(machine.active?.kubernetes.api?.image, machine),
    changed: () => wrote(found),
  });
}

async function bodyOf(request: IncomingMessage): Promise<string | Refusal> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes <= MAX_BODY) pieces.push(piece);
    else if (bytes > MAX_READ) throw new Error("the body has no end");
  }
  if (bytes > MAX_BODY) return new Refusal(413, "RequestEntityTooLarge", `limit is ${MAX_BODY}`);
  const encoding = request.headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") return badRequest(`the lab reads no ${encoding}`);
  return Buffer.concat(pieces).toString("utf8");
}

/** Whom a certificate of the cluster's authority names. */
function userOf(socket: Socket): User | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  // Node gives one organization as a text and several as a list.
  const { CN, O }: { readonly CN?: unknown; readonly O?: unknown } =
    socket.getPeerCertificate().subject ?? {};
  const texts = (value: unknown) => [value].flat().filter((text) => typeof text === "string");
  return { name: texts(CN)[0] ?? "", groups: texts(O) };
}

function write(response: ServerResponse, { status, body }: ApiAnswer): void {
  const isText = typeof body === "string";
  const text = isText ? body : `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    "content-type": isText ? "text/plain; charset=utf-8" : "application/json",
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}
