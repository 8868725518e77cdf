import { minorOf } from "../../model/talos-versions.ts";
import type { LeakGuard } from "../../secrets/leaks/leak-guard.ts";
import type { DesiredCluster, DesiredMachine } from "../desired.ts";
import type { LiveMachine, RunningMachine } from "../live.ts";
import { compareConfigurations } from "./compare.ts";
import { isSameConfiguration } from "./documents.ts";
import { type Draft, unless } from "./draft.ts";
import { type Assessment, assess, withoutImpact } from "./impact.ts";
import type { Mode, PlanInput } from "./input.ts";
import type { Action, Refusal } from "./plan.ts";
import { draftReboot } from "./reboot-machine.ts";
import { checkIdentity, checkMacs } from "./safety/identity.ts";
import {
  checkHardwareRead,
  checkLock,
  checkMachineType,
  checkReadable,
  checkReinstall,
  checkStage,
  firstContact,
} from "./safety/machine.ts";
import { refused, unreachable } from "./safety/refusal.ts";

/** What is to be done to one machine, whatever the others do; undefined where it was not looked at. */
export function draftMachine(
  input: PlanInput,
  cluster: DesiredCluster,
  machine: DesiredMachine,
  guard: LeakGuard,
): Draft | undefined {
  const live = input.live.machines.get(machine.name);
  if (live === undefined) return undefined;
  const wanted = input.resolved.get(machine.name);
  const nothing: Draft = {
    machine,
    live,
    wanted,
    actions: [],
    withheld: [],
    refusals: [],
    notes: [],
    isFabric: false,
  };
  const { reboot } = input;
  // Seen for the sake of the others alone.
  if (reboot?.names.has(machine.name) === false) return nothing;
  const fact = factAgainst(machine, live, wanted);
  if (fact !== undefined || wanted === undefined) return { ...nothing, refusals: fact ? [fact] : [] };
  const lock = checkLock(machine, input.locked.get(machine.name));
  if (reboot !== undefined) return unless(lock, draftReboot(nothing, wanted, reboot.reason));
  switch (live.state) {
    case "maintenance":
      return unless(lock, install(nothing, input));
    case "running":
      return unless(
        lock ?? checkStage(machine, live),
        configure(nothing, { cluster, live, wanted, guard, mode: input.mode }),
      );
    case "unreachable":
    case "foreign":
      return nothing;
  }
}

/** Why nothing at all is done to a machine, not even compare it. */
function factAgainst(
  machine: DesiredMachine,
  live: LiveMachine,
  wanted: readonly unknown[] | undefined,
): Refusal | undefined {
  const { name } = machine;
  if (live.state === "unreachable") {
    return unreachable(
      "ICH7001",
      `"${name}" does not answer: ${live.power === "off" ? "it is powered off" : live.why}`,
    );
  }
  if (live.state === "foreign") {
    return refused(
      "ICH7002",
      `what answers for "${name}" is no machine of cluster "${machine.cluster}": ${live.why}`,
      "it is never written to; where the server is ours, reset it, which needs an Approval",
    );
  }
  return (
    (live.state === "running" ? checkHardwareRead(machine, live) : undefined) ??
    checkIdentity(machine, live.hardware) ??
    (live.state === "maintenance"
      ? (checkMacs(machine, live.hardware) ?? checkReadable(machine, undefined, wanted))
      : (checkReadable(machine, live, wanted) ?? checkMachineType(machine, live)))
  );
}

function install(draft: Draft, { desired, now }: PlanInput): Draft {
  const contact = firstContact(draft.machine, desired.approvals, now);
  return "do" in contact ? { ...draft, actions: [contact] } : { ...draft, refusals: [contact] };
}

const PENDING = {
  staged: "what git says is staged: it is in force after a boot",
  tried: "what git says runs and is not kept: a trial is under way, or was cut off",
  other: "what the machine runs and what it will run after a boot differ: something is staged or being tried",
} as const;

interface Wish {
  readonly cluster: DesiredCluster;
  readonly live: RunningMachine;
  readonly wanted: readonly unknown[];
  readonly guard: LeakGuard;
  readonly mode: Mode;
}

function configure(draft: Draft, { cluster, live, wanted, guard, mode }: Wish): Draft {
  const { machine } = draft;
  const runs = isSameConfiguration(wanted, live.active);
  const keeps = isSameConfiguration(wanted, live.persistent);
  if (runs && keeps) return draft;
  const isPending = runs || keeps || !isSameConfiguration(live.active, live.persistent);
  const notes = isPending ? [runs ? PENDING.tried : keeps ? PENDING.staged : PENDING.other] : [];
  const noted = { ...draft, notes };
  if (mode === "staged" ? keeps : mode === "try" && runs) return noted;
  const compare = runs || mode === "staged" ? live.persistent : live.active;
  const differences = compareConfigurations(
    { desired: machine.documents, resolved: wanted, live: compare },
    guard,
  );
  const found = assess(differences, minorOf(live.talos) ?? 0);
  if (runs && mode !== "staged") return { ...noted, actions: [keep(found, mode)] };
  const { actions, refusal } = configureActions(machine, found, mode);
  const configured = { ...noted, actions, isFabric: found.reach === "fabric" && mode !== "staged" };
  return unless(checkReinstall(cluster, machine, found.impact) ?? refusal, configured);
}

/** Nothing changes on the machine but that it keeps what it runs. */
function keep({ changes }: Assessment, mode: Mode): Action {
  return {
    do: "configure",
    mode,
    changes: withoutImpact(changes),
    impact: "none",
    reasons: ["the machine runs it already, and keeps it from now on"],
  };
}

interface Decision {
  readonly actions: readonly Action[];
  readonly refusal: Refusal | undefined;
}

function configureActions(machine: DesiredMachine, found: Assessment, mode: Mode): Decision {
  const { changes, reach, talosReboots, waitsForBoot } = found;
  if (mode === "staged") {
    const reasons = ["staged: in force after the next boot"];
    const action = {
      do: "configure",
      mode,
      changes: withoutImpact(changes),
      impact: "none",
      reasons,
    } as const;
    return { actions: [action], refusal: undefined };
  }
  const isBooted = talosReboots.length > 0;
  const boots = mode === "auto" && !isBooted && waitsForBoot.length > 0;
  const later = boots || isBooted ? [] : waitsForBoot.map((why) => `waits for the next boot: ${why}`);
  const applied = reach === undefined || isBooted ? mode : "try";
  const actions: Action[] = [
    {
      do: "configure",
      mode: applied,
      changes,
      impact: found.impactNow,
      reasons: [...found.reasons, ...later],
    },
    ...(boots ? [{ do: "reboot", reason: waitsForBoot.join("; ") } as const] : []),
  ];
  return { actions, refusal: isBooted ? checkReboot(machine, found, mode) : undefined };
}

/** Talos up to 1.13 takes no configuration without the reboot it needs, and cannot try it out (ICH7012, ICH7013). */
function checkReboot(
  machine: DesiredMachine,
  { reach, talosReboots }: Assessment,
  mode: Mode,
): Refusal | undefined {
  const why = talosReboots.join("; ");
  if (mode !== "auto") {
    return refused(
      "ICH7012",
      `"${machine.name}" cannot be configured with \`--mode ${mode}\`: ${why}`,
      "run with `--mode auto` in a quiet hour, or with `--mode staged` and reboot it later",
    );
  }
  if (reach === undefined) return undefined;
  return refused(
    "ICH7013",
    `this change of "${machine.name}" touches the way to it and needs a reboot, so it cannot be tried out: ${why}`,
    "merge the change of the network alone first",
  );
}
