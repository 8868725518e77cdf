import type { DesiredMachine } from "../../desired.ts";
import type { Hardware } from "../../live.ts";
import { isPlaceholderUuid, swappedUuid } from "../../observe/identity.ts";
import type { Refusal } from "../plan.ts";
import { refused } from "./refusal.ts";

/** What firmware has where nobody wrote a serial number. */
const PLACEHOLDER_SERIAL =
  /^(?:|none|n\/a|unknown|default string|not specified|not applicable|0+|x+|0?123456789\w*|system serial number|to be filled by o\.?e\.?m\.?)$/i;

/** Nothing is written to a machine whose UUID and serial number are not those of git (ICH7003, ICH7004). */
export function checkIdentity(machine: DesiredMachine, { uuid, serial }: Hardware): Refusal | undefined {
  const { name } = machine;
  if (isPlaceholderUuid(uuid) || isPlaceholderUuid(machine.uuid)) {
    return refused(
      "ICH7004",
      `the UUID "${uuid}" of "${name}" is one that firmware gives to many machines, so it proves nothing`,
      "have the vendor's tool write the board's own UUID, and put it into the inventory",
    );
  }
  if (PLACEHOLDER_SERIAL.test(serial.trim())) {
    return refused(
      "ICH7004",
      `the serial number "${serial}" of "${name}" is one that firmware gives to many machines, so it proves nothing`,
      "have the vendor's tool write the serial number, and put it into the inventory",
    );
  }
  const wrong = [
    ...(isSameUuid(uuid, machine.uuid) ? [] : [`has the UUID "${uuid}" and git says "${machine.uuid}"`]),
    ...(serial.trim() === machine.serial.trim()
      ? []
      : [`has the serial number "${serial}" and git says "${machine.serial}"`]),
  ];
  if (wrong.length === 0) return undefined;
  return refused(
    "ICH7003",
    `what answers for "${name}" ${wrong.join(", ")}`,
    `compare the label of the machine with its rack file; cables or addresses of two machines may be swapped`,
  );
}

function isSameUuid(live: string, git: string): boolean {
  const [a, b] = [live.toLowerCase(), git.toLowerCase()];
  return a === b || swappedUuid(a) === b;
}

/** At first contact the network interfaces that git names have the MAC addresses that git says (ICH7005). */
export function checkMacs(machine: DesiredMachine, { macs }: Hardware): Refusal | undefined {
  const wrong = Object.entries(machine.macs)
    .filter(([name, mac]) => macs[name]?.toLowerCase() !== mac.toLowerCase())
    .map(([name, mac]) => `${name} has ${macs[name] ?? "none"} and git says ${mac}`)
    .sort();
  if (wrong.length === 0) return undefined;
  return refused(
    "ICH7005",
    `the MAC addresses of "${machine.name}" are others: ${wrong.join(", ")}`,
    "a replaced network card is a change of the rack file; otherwise look at the cables",
  );
}
