import type { ClientRequest, IncomingMessage } from "node:http";
import { type Agent, request as httpsRequest } from "node:https";
import { TLSSocket } from "node:tls";
import { isMistrust, wordsOf } from "./failure.ts";

/** The largest answer that is read. A page of 500 pods has a few megabytes. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Of Kubernetes' API, where nothing else is said. */
const PORT = 6443;

/** What is asked of a cluster's API. */
export interface Request {
  /** For messages: `listing nodes`. */
  readonly operation: string;
  readonly method: "GET" | "PATCH" | "POST";
  /** With its query. */
  readonly path: string;
  readonly body?: { readonly type: string; readonly value: unknown };
  /** Milliseconds. */
  readonly deadline: number;
}

/** Where a request is sent. */
export interface Endpoint {
  /** As it is in the certificate. */
  readonly address: string;
  /** `host:port` that is dialled, IPv6 in brackets. */
  readonly target: string;
  readonly agent: Agent;
}

/** What a server answered. */
export interface Answer {
  readonly status: number;
  /** Milliseconds, as the server wishes by `Retry-After`. */
  readonly retryAfter: number | undefined;
  readonly text: string;
}

/** What became of a request at one address. */
export type Exchange =
  | { readonly came: "answer"; readonly answer: Answer }
  /** Nothing was heard of it: another address may do better. */
  | {
      readonly came: "nothing";
      readonly code: "unavailable" | "deadline" | "untrusted";
      readonly why: string;
    }
  | {
      readonly came: "fragment";
      readonly code: "unavailable" | "deadline" | "internal";
      readonly why: string;
    };

/** How long may be waited, and who else ends it. */
export interface Patience {
  /** Milliseconds until the connection is secure. */
  readonly connect: number;
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Sends a request to one address and reads the whole answer. Never throws for what the other end does. */
export function exchange(endpoint: Endpoint, wanted: Request, patience: Patience): Promise<Exchange> {
  const sent = send(endpoint, wanted, patience.signal);
  let late = "";
  const giveUp = (why: string) => () => {
    late = why;
    sent.destroy();
  };
  const whole = setTimeout(giveUp(`no answer within ${seconds(wanted.deadline)}`), wanted.deadline);
  const connect = setTimeout(giveUp(`no connection within ${seconds(patience.connect)}`), patience.connect);
  sent.once("socket", (socket) => {
    const isOpen = sent.reusedSocket;
    if (isOpen) clearTimeout(connect);
    else socket.once("secureConnect", () => clearTimeout(connect));
  });
  return new Promise<Exchange>((resolve) => {
    sent.once("response", (response) => {
      const fragment = (error: unknown): Exchange =>
        late === ""
          ? { came: "fragment", code: "unavailable", why: `the answer broke off: ${wordsOf(error)}` }
          : { came: "fragment", code: "deadline", why: late };
      read(response, patience.now).then(resolve, (error: unknown) => resolve(fragment(error)));
    });
    sent.on("error", (error) => resolve(late === "" ? silenceOf(sent, error) : overdue(late)));
  }).finally(() => {
    clearTimeout(whole);
    clearTimeout(connect);
  });
}

function overdue(why: string): Exchange {
  return { came: "nothing", code: "deadline", why };
}

function send({ target, agent }: Endpoint, wanted: Request, signal: AbortSignal): ClientRequest {
  const { host, port } = readTarget(target);
  const body = wanted.body === undefined ? undefined : JSON.stringify(wanted.body.value);
  const request = httpsRequest({
    agent,
    signal,
    host,
    port,
    method: wanted.method,
    path: wanted.path,
    headers: {
      accept: "application/json",
      "user-agent": "ichor",
      ...(body !== undefined && {
        "content-type": wanted.body?.type,
        "content-length": Buffer.byteLength(body),
      }),
    },
  });
  request.end(body);
  return request;
}

/** `host:port`, IPv6 in brackets. */
function readTarget(target: string): { readonly host: string; readonly port: number } {
  const [, host = target, port = PORT] = /^(.*?)(?::(\d+))?$/.exec(target) ?? [];
  return { host: host.replace(/^\[(.*)\]$/, "$1"), port: Number(port) };
}

async function read(response: IncomingMessage, now: () => number): Promise<Exchange> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    bytes += piece.length;
    // Whoever leaves this loop ends the connection.
    if (bytes > MAX_BYTES)
      return { came: "fragment", code: "internal", why: `an answer of more than ${MAX_BYTES} bytes` };
    pieces.push(piece);
  }
  const text = Buffer.concat(pieces).toString("utf8");
  const retryAfter = retryAfterOf(response.headers["retry-after"], now);
  return { came: "answer", answer: { status: response.statusCode ?? 0, retryAfter, text } };
}

/** RFC 9110: seconds, or a date. */
function retryAfterOf(text: string | undefined, now: () => number): number | undefined {
  if (text === undefined) return undefined;
  const wait = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now();
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

function silenceOf({ socket }: ClientRequest, error: Error): Exchange {
  const refused = socket instanceof TLSSocket && Boolean(socket.authorizationError);
  const code = refused || isMistrust(error) ? "untrusted" : "unavailable";
  return { came: "nothing", code, why: wordsOf(error) };
}

function seconds(milliseconds: number): string {
  return `${milliseconds / 1000} s`;
}
