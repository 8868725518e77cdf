import { formatTime } from "../../../core/time.ts";
import { type Impact, isAtLeast } from "../../../model/talos-impact.ts";
import type { Approval, DesiredCluster, DesiredMachine } from "../../desired.ts";
import type { RunningMachine } from "../../live.ts";
import { machineTypeOf } from "../impact.ts";
import type { Action, Refusal } from "../plan.ts";
import { refused, unreachable, wait } from "./refusal.ts";

/** A control plane never becomes a worker in place, nor the other way round (ICH7006). */
export function checkMachineType(machine: DesiredMachine, live: RunningMachine): Refusal | undefined {
  const others = [machineTypeOf(live.active), machineTypeOf(live.persistent)].filter(
    (type) => type !== undefined && type !== machine.type,
  );
  if (others.length === 0) return undefined;
  return refused(
    "ICH7006",
    `"${machine.name}" runs as ${others[0]} and git says ${machine.type}: a machine does not change that in place`,
    "reset the machine, which needs an Approval; it is then installed as what git says",
  );
}

/** A change that takes a reinstall is never made in place, least of all in a protected cluster (ICH7007, ICH7014). */
export function checkReinstall(
  { name, protect }: DesiredCluster,
  machine: DesiredMachine,
  impact: Impact,
): Refusal | undefined {
  if (!isAtLeast(impact, "reinstall")) return undefined;
  const approval = "an Approval that names the machine's serial number";
  if (protect) {
    return refused(
      "ICH7007",
      `cluster "${name}" is protected, and this change of "${machine.name}" takes a ${impact}`,
      `merge \`protect: false\` first, and ${approval}`,
    );
  }
  return refused("ICH7014", `this change of "${machine.name}" takes a ${impact}`, `it takes ${approval}`);
}

/**
 * Nobody touches a machine that is locked (ICH7008).
 *
 * @param reason undefined where it is not
 */
export function checkLock({ name }: DesiredMachine, reason: string | undefined): Refusal | undefined {
  if (reason === undefined) return undefined;
  return refused("ICH7008", `"${name}" is locked: ${reason}`, `\`ichor node unlock ${name}\` ends that`);
}

const BUSY: ReadonlySet<string> = new Set([
  "installing",
  "rebooting",
  "shutting-down",
  "resetting",
  "upgrading",
]);

/** A machine in the middle of something is left alone (ICH7009). */
export function checkStage({ name }: DesiredMachine, { stage }: RunningMachine): Refusal | undefined {
  return BUSY.has(stage) ? wait("ICH7009", `"${name}" is ${stage}`, "run again when it is done") : undefined;
}

/** Who the machine is was read: an answer that was lost is not the answer of another machine (ICH7010). */
export function checkHardwareRead(
  { name }: DesiredMachine,
  { missing }: RunningMachine,
): Refusal | undefined {
  const lost = missing.find((one) => one.startsWith("hardware: "));
  return lost === undefined
    ? undefined
    : unreachable("ICH7010", `who answers for "${name}" could not be read: ${lost}`);
}

/** Both configurations of the machine were read, and what it is to have could be put together (ICH7010). */
export function checkReadable(
  { name, file }: DesiredMachine,
  live: RunningMachine | undefined,
  resolved: readonly unknown[] | undefined,
): Refusal | undefined {
  if (resolved === undefined) {
    return refused(
      "ICH7010",
      `the configuration of "${name}" has references that could not be resolved`,
      `see what is reported of "${file}"`,
    );
  }
  if (live === undefined || (live.active.length > 0 && live.persistent.length > 0)) return undefined;
  const why = live.missing.length === 0 ? "" : `: ${live.missing.join(", ")}`;
  return unreachable("ICH7010", `the configuration that "${name}" runs could not be read${why}`);
}

type Install = Extract<Action, { readonly do: "install" }>;

/** First contact is made through the BMC, or an unexpired Approval names the serial number (ICH7011). */
export function firstContact(
  machine: DesiredMachine,
  approvals: readonly Approval[],
  now: Date,
): Install | Refusal {
  if (machine.bmc !== undefined) return { do: "install", contact: "power" };
  const today = formatTime(now).slice(0, 10);
  const fitting = approvals.filter(({ actions }) =>
    actions.some((action) => action.do === "first-contact" && action.serial === machine.serial),
  );
  const [valid] = fitting.filter(({ expires }) => today <= expires).toSorted(byName);
  if (valid !== undefined) return { do: "install", contact: "approval", approval: valid.name };
  const [old] = fitting.toSorted(byName);
  return refused(
    "ICH7011",
    `nothing proves that what answers for "${machine.name}" is that server: git says no BMC for it, and ${old === undefined ? "no Approval names it" : `the Approval "${old.name}" ended on ${old.expires}`}`,
    `add its BMC, or an Approval of \`first-contact\` with the serial number ${machine.serial}`,
  );
}

function byName(a: Approval, b: Approval): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
