import { type Diagnostic, error, type SourceRef, within } from "../../../core/diagnostic.ts";
import type { Inventory, Port, Switch } from "../../../model/inventory.ts";
import { type PortRange, portRanges } from "../../../model/switch-ports.ts";
import { hasInvalid, noSuchName } from "../names.ts";

/** One end of a cable as it is written, and what has to be at the other end. */
interface Cable {
  readonly from: string;
  readonly site: string;
  readonly to: Port;
  readonly role: "leaf" | "spine";
  readonly at: SourceRef;
}

/**
 * Servers are cabled to leaves and leaves to spines (ICH3001, ICH3006) of their own site (ICH3007), at ports
 * that the model of the switch has (ICH3008); a leaf's own port is one of its model as well.
 */
export function cables(inventory: Inventory): readonly Diagnostic[] {
  const hasPort = createHasPort(inventory);
  const judge = createJudge(inventory, hasPort);
  const diagnostics: Diagnostic[] = [];
  for (const server of inventory.servers.values()) {
    for (const nic of server.nics) {
      if (nic.port === undefined || isGood(inventory, server.site, nic.port, hasPort)) continue;
      const at = within(server.at, "nics", nic.name, "port");
      const from = `server "${server.name}"`;
      diagnostics.push(...judge({ from, site: server.site, to: nic.port, role: "leaf", at }));
    }
  }
  for (const leaf of inventory.switches.values()) {
    for (const [own, to] of leaf.uplinks) {
      const at = within(leaf.at, "uplinks", own);
      if (!hasPort(leaf, own)) diagnostics.push(noSuchPort(leaf, own, { ...at, on: "key" }));
      diagnostics.push(...judge({ from: `leaf "${leaf.name}"`, site: leaf.site, to, role: "spine", at }));
    }
  }
  return diagnostics;
}

type HasPort = (of: Switch, port: string) => boolean;

/** The quick way for the tens of thousands of cables that are right: says yes without making anything. */
function isGood(inventory: Inventory, site: string, to: Port, hasPort: HasPort): boolean {
  const leaf = inventory.switches.get(to.switch);
  return leaf !== undefined && leaf.role === "leaf" && leaf.site === site && hasPort(leaf, to.port);
}

function createJudge(inventory: Inventory, hasPort: HasPort): (cable: Cable) => Diagnostic[] {
  const mayBeMissing = hasInvalid(inventory, "Rack") || hasInvalid(inventory, "Site");
  const names = { leaf: [] as string[], spine: [] as string[] };
  for (const one of inventory.switches.values()) names[one.role].push(one.name);
  return ({ from, site, to, role, at }) => {
    const other = inventory.switches.get(to.switch);
    if (other === undefined) {
      return mayBeMissing ? [] : [noSuchName({ noun: role, name: to.switch, known: names[role] }, at)];
    }
    if (other.role !== role) {
      const message = `the cable of ${from} must end at a ${role}, but "${other.name}" is a ${other.role}`;
      return [error("ICH3006", at, message, { hint: `name a ${role} and its port, as SWITCH/PORT` })];
    }
    if (other.site !== site) {
      const message = `the cable of ${from} in site "${site}" ends at ${role} "${other.name}", which is in site "${other.site}"`;
      return [error("ICH3007", at, message, { hint: `name a ${role} of site "${site}"` })];
    }
    return hasPort(other, to.port) ? [] : [noSuchPort(other, to.port, at)];
  };
}

/** Whether a switch has a port; true where its model is not known, which another check reports. */
function createHasPort(inventory: Inventory): HasPort {
  const byModel = new Map<string, readonly PortRange[]>();
  for (const model of inventory.switchModels.values()) {
    byModel.set(model.name, portRanges(model.spec));
  }
  return (of, port) => {
    const ranges = byModel.get(of.model);
    return ranges === undefined || ranges.some((range) => range.has(port));
  };
}

function noSuchPort(of: Switch, port: string, at: SourceRef): Diagnostic {
  const message = `the ${of.role} "${of.name}" has no port "${port}": its model "${of.model}" has none of that name`;
  return error("ICH3008", at, message, {
    hint: `ports are listed in the SwitchModel "${of.model}" under \`spec.ports\``,
  });
}
