import { isIPv4 } from "node:net";
import {
  Metadata as CallMetadata,
  type ChannelCredentials,
  type ChannelOptions,
  Client,
} from "@grpc/grpc-js";
import type { MethodDefinition, ServiceDefinition } from "@grpc/proto-loader";
import { invariant } from "../../../core/invariant.ts";
import { TalosError } from "../../talos-api.ts";
import type { Answers } from "./proto/messages.ts";
import { codeOf, errorOf } from "./status.ts";

/** As Talos sets it (constants.GRPCMaxMessageSize). */
const MAX_MESSAGE = 32 * 1024 * 1024;

const CHANNEL: ChannelOptions = {
  "grpc.max_receive_message_length": MAX_MESSAGE,
  "grpc.max_send_message_length": MAX_MESSAGE,
  // A machine's connection is closed with it, and never another's with other credentials for the same address.
  "grpc.use_local_subchannel_pool": 1,
  // Who repeats what is decided here.
  "grpc.enable_retries": 0,
  "grpc.service_config_disable_resolution": 1,
  // The environment shall not send secrets through a proxy.
  "grpc.enable_http_proxy": 0,
  "grpc.enable_channelz": 0,
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": 1000,
  // Go's servers end connections that ask more often than every five minutes.
  "grpc.keepalive_time_ms": 330_000,
  "grpc.keepalive_timeout_ms": 20_000,
  // gRPC always sends a server name, which must not be an address (RFC 6066); whom we speak to is checked by address.
  "grpc.ssl_target_name_override": "talos.invalid",
};

/** How often and after what waits a call that may repeat is made again. */
export interface Repetition {
  /** All in all; at least 1. */
  readonly attempts: number;
  /** Milliseconds; doubled each time. */
  readonly firstWait: number;
  readonly longestWait: number;
}

export interface ConnectionSettings {
  readonly machine: string;
  /** Asked for at the first call. */
  readonly client: () => Client;
  /** The machine that another one is to forward to, over a client that others use too. */
  readonly node: string | undefined;
  readonly repetition: Repetition;
  readonly now: () => number;
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** One call: of which service and method, with what, and how long it may take. */
export interface Call<Request> {
  readonly service: ServiceDefinition;
  readonly method: string;
  readonly request: Request;
  /** Milliseconds. */
  readonly deadline: number;
}

/** A gRPC channel to one machine, made when it is first used. */
export class Connection {
  readonly #settings: ConnectionSettings;
  readonly #underWay = new Set<{ readonly cancel: () => void }>();
  readonly #end = new AbortController();
  #client: Client | undefined;

  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
  }

  /** A call of MachineService, made once. */
  async ask<Request, Message>(call: Call<Request>): Promise<Message> {
    const { messages } = await this.unary<Request, Answers<Message>>(call);
    const [message] = messages;
    if (message === undefined) throw this.#error(call.method, "internal", "an answer without a message");
    const { metadata } = message;
    if (metadata !== null && metadata.error !== "")
      throw this.#error(call.method, codeOf(metadata.status?.code ?? 2), metadata.error);
    return message;
  }

  /** A call with one answer, made once. */
  async unary<Request, Answer>(call: Call<Request>): Promise<Answer> {
    const method = methodOf<Request, Answer>(call);
    const client = this.#open(call.method);
    return new Promise<Answer>((resolve, reject) => {
      const made = client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        call.request,
        this.#metadata(),
        { deadline: this.#settings.now() + call.deadline },
        (failure, answer) => {
          this.#underWay.delete(made);
          if (failure === null && answer !== undefined) resolve(answer);
          else reject(this.#failure(call.method, failure));
        },
      );
      this.#underWay.add(made);
    });
  }

  /** A call with many answers, made once and cancelled where the reader or `signal` ends it. */
  async *stream<Request, Answer>(call: Call<Request>, signal?: AbortSignal): AsyncGenerator<Answer, void> {
    const method = methodOf<Request, Answer>(call);
    const made = this.#open(call.method).makeServerStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      call.request,
      this.#metadata(),
      { deadline: this.#settings.now() + call.deadline },
    );
    // gRPC tells of the end of a call that nobody reads any more too, and an error without a listener ends the process.
    made.on("error", () => {});
    const cancel = () => made.cancel();
    signal?.addEventListener("abort", cancel, { once: true });
    this.#underWay.add(made);
    try {
      for await (const answer of made) yield answer;
    } catch (failure) {
      throw this.#failure(call.method, failure, signal);
    } finally {
      signal?.removeEventListener("abort", cancel);
      this.#underWay.delete(made);
      made.cancel();
    }
  }

  /** Makes a call that may repeat, again where it did not come through, as often as is allowed. */
  async repeat<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    const { attempts, firstWait, longestWait } = this.#settings.repetition;
    for (let attempt = 1; ; attempt++) {
      try {
        return await call();
      } catch (error) {
        const isOver = attempt >= attempts || this.#end.signal.aborted;
        if (isOver || !(error instanceof TalosError) || error.code !== "unavailable") throw error;
        await this.#pause(Math.min(firstWait * 2 ** (attempt - 1), longestWait), error);
      }
    }
  }

  close(): void {
    // With a reason: without one an exception is made, with its stack, for each machine of the fleet.
    this.#end.abort("closed");
    for (const call of this.#underWay) call.cancel();
    if (this.#settings.node === undefined) this.#client?.close();
  }

  async #pause(milliseconds: number, error: TalosError): Promise<void> {
    try {
      await this.#settings.wait(milliseconds, this.#end.signal);
    } catch (failure) {
      if (!this.#end.signal.aborted) throw failure;
    }
    if (this.#end.signal.aborted)
      throw this.#error(error.operation, "cancelled", "the connection was closed");
  }

  #open(operation: string): Client {
    if (this.#end.signal.aborted) throw this.#error(operation, "cancelled", "the connection is closed");
    this.#client ??= this.#settings.client();
    return this.#client;
  }

  #metadata(): CallMetadata {
    const metadata = new CallMetadata();
    if (this.#settings.node !== undefined) metadata.set("node", this.#settings.node);
    return metadata;
  }

  #failure(operation: string, failure: unknown, signal?: AbortSignal): TalosError {
    const error = errorOf({ machine: this.#settings.machine, operation }, failure);
    if (error.code !== "cancelled") return error;
    const isOurs = this.#end.signal.aborted || signal?.aborted === true;
    // A machine that goes down cancels what it was doing: that is no wish of ours.
    return isOurs ? error : this.#error(operation, "unavailable", "the machine broke the call off");
  }

  #error(operation: string, code: TalosError["code"], details: string): TalosError {
    return new TalosError(code, { machine: this.#settings.machine, operation }, details);
  }
}

/**
 * A channel to a machine, which connects at its first call.
 *
 * @param target `host:port`
 */
export function createClient(target: string, trust: ChannelCredentials): Client {
  return new Client(uriOf(target), trust, CHANNEL);
}

/** Addresses are said to be some, or gRPC would prepare to look each of them up. */
function uriOf(target: string): string {
  const host = target.slice(0, target.lastIndexOf(":"));
  if (isIPv4(host)) return `ipv4:${target}`;
  return host.startsWith("[") ? `ipv6:${target}` : target;
}

interface TypedMethod<Request, Answer> {
  readonly path: string;
  readonly requestSerialize: (value: Request) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => Answer;
}

/** The one place where the types of messages.ts are taken for what the .proto files say. */
function methodOf<Request, Answer>({ service, method }: Call<Request>): TypedMethod<Request, Answer> {
  const found = service[method] as MethodDefinition<object, object> | undefined;
  invariant(found !== undefined, `the method ${method} is not defined`);
  return found as unknown as TypedMethod<Request, Answer>;
}
