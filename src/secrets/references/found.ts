import type { Code } from "../../core/codes.ts";
import type { Diagnostic } from "../../core/diagnostic.ts";
import type { Reference } from "./reference.ts";

/**
 * Why a secret was not found, apart from any place in the repository: many references may meet the same problem.
 * Never holds a part of a secret.
 */
export interface Problem {
  readonly code: Code;
  readonly message: string;
  readonly hint?: string;
  /** It may be gone the next time: ask again then, and keep no answer. */
  readonly passing?: boolean;
  /** What another reader said already; takes the place of code and message. */
  readonly said?: readonly Diagnostic[];
  /** The references that led to the one with the problem, where it was not the first. */
  readonly route?: readonly Reference[];
}

/** What was asked for, or why it is not to be had. */
export type Found<T> = { readonly value: T } | { readonly problem: Problem };

/** A problem as a {@link Found}. */
export function missing(
  code: Code,
  message: string,
  options: Omit<Problem, "code" | "message"> = {},
): { readonly problem: Problem } {
  return { problem: { code, message, ...options } };
}

/** Asks once for each key, also where it is asked for again before the answer is there; a passing problem is forgotten. */
export function remembering<T>(ask: (key: string) => Promise<Found<T>>): (key: string) => Promise<Found<T>> {
  const asked = new Map<string, Promise<Found<T>>>();
  const askAndForget = async (key: string) => {
    const found = await ask(key);
    if ("problem" in found && found.problem.passing === true) asked.delete(key);
    return found;
  };
  return (key) => {
    const answer = asked.get(key) ?? askAndForget(key);
    asked.set(key, answer);
    return answer;
  };
}
