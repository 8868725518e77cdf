/** A bug in ichor, never a user's mistake and never an outside failure. */
export class InternalError extends Error {
  override readonly name = "InternalError";
}

/** States what must hold here; where it does not, ichor has a bug and stops with exit code 70. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InternalError(message);
}

/** The value of a map that the caller knows to be there. */
export function mustGet<K, V>(map: ReadonlyMap<K, V>, key: K): V {
  const value = map.get(key);
  // The message is made only where it is needed: this is called in the innermost loops.
  if (value === undefined) throw new InternalError(`no entry for ${String(key)}`);
  return value;
}
