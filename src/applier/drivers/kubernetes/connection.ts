import type { SecureContext } from "node:tls";
import { type KubernetesCredentials, KubernetesError } from "../../kubernetes-api.ts";
import { type Answer, type Endpoint, type Exchange, exchange, type Request } from "./exchange.ts";
import { agentFor, contextOf } from "./trust.ts";

/** How often and after what waits a call is made again. */
export interface Repetition {
  /** All in all; at least 1. */
  readonly attempts: number;
  /** Milliseconds; doubled each time. */
  readonly firstWait: number;
  /** Also where the server asks for a longer one. */
  readonly longestWait: number;
}

export interface ConnectionSettings {
  readonly cluster: string;
  readonly addresses: readonly string[];
  readonly credentials: KubernetesCredentials;
  readonly dial: (address: string) => string;
  /** Milliseconds until a connection is secure. */
  readonly connect: number;
  readonly repetition: Repetition;
  readonly now: () => number;
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

type Silence = Extract<Exchange, { readonly came: "nothing" }>;

/** HTTPS to one cluster, at that of its addresses which answers. */
export class Connection {
  readonly #settings: ConnectionSettings;
  readonly #end = new AbortController();
  readonly #endpoints = new Map<string, Endpoint>();
  #context: SecureContext | undefined;
  /** Where among the addresses the one is that answered last. */
  #at = 0;

  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
  }

  /** Makes a call and judges its answer, again where either fails as `unavailable`, as often as is allowed. */
  async ask<T>(request: Request, judge: (answer: Answer) => T): Promise<T> {
    const { attempts, firstWait, longestWait } = this.#settings.repetition;
    for (let attempt = 1; ; attempt++) {
      let wished = 0;
      try {
        const answer = await this.#send(request);
        wished = answer.retryAfter ?? 0;
        return judge(answer);
      } catch (error) {
        const isOver = attempt >= attempts || this.#end.signal.aborted;
        if (isOver || !(error instanceof KubernetesError) || error.code !== "unavailable") throw error;
        const wait = Math.max(wished, firstWait * 2 ** (attempt - 1));
        await this.#pause(Math.min(wait, longestWait), request.operation);
      }
    }
  }

  close(): void {
    this.#end.abort();
    for (const { agent } of this.#endpoints.values()) agent.destroy();
  }

  /** To one address after the other, from the one that answered last. */
  async #send(request: Request): Promise<Answer> {
    const { addresses } = this.#settings;
    const silent: (readonly [string, Silence])[] = [];
    const first = this.#at;
    for (let step = 0; step < addresses.length; step++) {
      const at = (first + step) % addresses.length;
      const endpoint = this.#endpoint(addresses[at] ?? "", request.operation);
      const { connect, now } = this.#settings;
      const found = await exchange(endpoint, request, { connect, now, signal: this.#end.signal });
      this.#throwIfClosed(request.operation, "the connection was closed");
      if (found.came === "nothing") {
        silent.push([endpoint.address, found]);
        continue;
      }
      this.#at = at;
      if (found.came === "answer") return found.answer;
      throw this.#error(request.operation, found.code, `${endpoint.address}: ${found.why}`);
    }
    throw this.#silence(request.operation, silent);
  }

  #endpoint(address: string, operation: string): Endpoint {
    this.#throwIfClosed(operation, "the connection is closed");
    const known = this.#endpoints.get(address);
    if (known !== undefined) return known;
    const { cluster, credentials, dial } = this.#settings;
    this.#context ??= contextOf(credentials, { cluster, operation });
    const endpoint = { address, target: dial(address), agent: agentFor(address, this.#context) };
    this.#endpoints.set(address, endpoint);
    return endpoint;
  }

  /** Nobody answered: what each did. An address that is only down may come back, whatever the others are. */
  #silence(operation: string, silent: readonly (readonly [string, Silence])[]): KubernetesError {
    const codes = new Set(silent.map(([, { code }]) => code));
    const code = (["unavailable", "deadline", "untrusted"] as const).find((one) => codes.has(one));
    const words = silent.map(([address, { why }]) => `${address}: ${why}`);
    return this.#error(operation, code ?? "unavailable", words.join("; ") || "it has no address");
  }

  async #pause(milliseconds: number, operation: string): Promise<void> {
    try {
      await this.#settings.wait(milliseconds, this.#end.signal);
    } catch (failure) {
      if (!this.#end.signal.aborted) throw failure;
    }
    this.#throwIfClosed(operation, "the connection was closed");
  }

  #throwIfClosed(operation: string, why: string): void {
    if (this.#end.signal.aborted) throw this.#error(operation, "cancelled", why);
  }

  #error(operation: string, code: KubernetesError["code"], details: string): KubernetesError {
    return new KubernetesError(code, { cluster: this.#settings.cluster, operation }, details);
  }
}
