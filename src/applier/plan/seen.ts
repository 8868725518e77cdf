import { sha256 } from "../../core/hash.ts";
import type { LiveMachine } from "../live.ts";
import { canonicalText } from "./documents.ts";

/**
 * A digest of what the plan for a machine rests on: who it is, what it runs and will run, and what it is to have. Left
 * out is what comes and goes by itself or with what is done to other machines, such as health and etcd's members: those
 * are looked at again before anything is done. It holds secrets only among whole configurations, which no one can guess.
 *
 * @param wanted what the machine is to have, with its secrets; undefined where that is not known
 */
export function seenOf(live: LiveMachine, wanted: readonly unknown[] | undefined): string {
  return sha256(canonicalText({ live: lasting(live), wanted: wanted && byText(wanted) }));
}

function lasting(live: LiveMachine): unknown {
  const { state } = live;
  if (state === "unreachable" || state === "foreign") return { state };
  const { hardware, talos } = live;
  if (state === "maintenance") return { state, hardware, talos };
  const { schematic, active, persistent } = live;
  return {
    state,
    hardware,
    talos,
    schematic,
    active: byText(active),
    persistent: byText(persistent),
  };
}

/** Documents in an order that is theirs, whatever the order in which they came. */
function byText(documents: readonly unknown[]): string[] {
  return documents.map(canonicalText).sort();
}
