import type { Machine } from "./machine.ts";

/** A call as it reached the machine that it is for. */
export interface Incoming {
  readonly machine: Machine;
  /** Of the client's certificate; those of a reader in maintenance mode. */
  readonly roles: readonly string[];
  /** Resolves after so much of the machine's time; rejects where it went down meanwhile. */
  readonly pause: (milliseconds: number) => Promise<void>;
}

/** A call with one answer. */
export type Unary = (request: never, incoming: Incoming) => unknown;

/** A call with many answers; ends the stream when it resolves, or goes on until `ended` is aborted. */
export type Stream = (
  request: never,
  incoming: Incoming,
  stream: { readonly send: (message: unknown) => void; readonly ended: AbortSignal },
) => Promise<void>;

/** The methods of one service by name. */
export interface Methods {
  readonly unary: Readonly<Record<string, Unary>>;
  readonly stream: Readonly<Record<string, Stream>>;
}
