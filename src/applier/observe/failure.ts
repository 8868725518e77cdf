import { TalosError } from "../talos-api.ts";

/** What a machine or the network did; anything else is a bug and goes on its way. */
export function talosError(caught: unknown): TalosError {
  if (caught instanceof TalosError) return caught;
  throw caught;
}
