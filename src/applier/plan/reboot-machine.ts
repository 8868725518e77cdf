import { isSameConfiguration } from "./documents.ts";
import { type Draft, unless } from "./draft.ts";
import { checkStage } from "./safety/machine.ts";
import { refused } from "./safety/refusal.ts";

const PENDING = {
  staged: "what git says is staged: it is in force after this reboot",
  tried: "what git says runs and is not kept: after this reboot it runs what it had before",
  other: "what is on its disk is neither what it runs nor what git says, and is in force after this reboot",
} as const;

/** A reboot and nothing else: the machine has after it the configuration that is on its disk. */
export function draftReboot(draft: Draft, wanted: readonly unknown[], reason: string): Draft {
  const { machine, live } = draft;
  if (live.state === "maintenance") {
    const refusal = refused(
      "ICH7015",
      `"${machine.name}" is in maintenance mode: there is nothing to reboot`,
      "`ichor apply` installs it",
    );
    return { ...draft, refusals: [refusal] };
  }
  if (live.state !== "running") return draft;
  const note = pendingNote(live.active, live.persistent, wanted);
  const wished: Draft = {
    ...draft,
    actions: [{ do: "reboot", reason }],
    notes: note === undefined ? [] : [note],
  };
  return unless(checkStage(machine, live), wished);
}

/** What the boot changes beside, where the machine's disk has another configuration than the machine runs. */
function pendingNote(
  active: readonly unknown[],
  persistent: readonly unknown[],
  wanted: readonly unknown[],
): string | undefined {
  if (isSameConfiguration(active, persistent)) return undefined;
  if (isSameConfiguration(wanted, persistent)) return PENDING.staged;
  return isSameConfiguration(wanted, active) ? PENDING.tried : PENDING.other;
}
