import { type Diagnostic, error, within } from "../../../core/diagnostic.ts";
import { parseIpv4Prefix, prefixSize } from "../../../core/ip.ts";
import type { Doc, Inventory } from "../../../model/inventory.ts";
import { type Highest, highestMember } from "../highest-member.ts";

/** The ranges of a site are large enough for its racks: its loopbacks (ICH3213) and bootstrap range (ICH3214). */
export function positions(inventory: Inventory): readonly Diagnostic[] {
  return [...inventory.racks.values()].flatMap((rack) => {
    const site = inventory.sites.get(rack.spec.site);
    return site === undefined ? [] : [...outsideLoopbacks(site, rack), ...outsideBootstrap(site, rack)];
  });
}

function outsideLoopbacks(site: Doc<"Site">, rack: Doc<"Rack">): Diagnostic[] {
  const { loopbacks } = site.spec;
  // One with a written loopback needs no room.
  const member = highestMember(rack, (one) => one.loopback === undefined);
  const prefix = parseIpv4Prefix(loopbacks);
  if (member === undefined || prefix === undefined || member.key < prefixSize(prefix.length)) return [];
  const message = `${sayPosition(rack, member)} needs address ${member.key} of \`loopbacks\`, but ${loopbacks} of site "${site.name}" has only ${prefixSize(prefix.length)}`;
  return [
    error("ICH3213", within(rack.at, "spec", "index"), message, {
      hint: `lower the index of the rack, widen \`loopbacks\` to at least /${lengthFor(member.key)}, or write a \`loopback\` for each machine`,
    }),
  ];
}

function outsideBootstrap(site: Doc<"Site">, rack: Doc<"Rack">): Diagnostic[] {
  const { bootstrap } = site.spec;
  const member = highestMember(rack, (one) => one.kind === "server");
  const prefix = parseIpv4Prefix(bootstrap);
  if (member === undefined || prefix === undefined) return [];
  const last = 2 * member.key + 1;
  if (last < prefixSize(prefix.length)) return [];
  const message = `${sayPosition(rack, member)} needs addresses ${last - 1} and ${last} of \`bootstrap\`, but ${bootstrap} of site "${site.name}" has only ${prefixSize(prefix.length)}`;
  return [
    error("ICH3214", within(rack.at, "spec", "index"), message, {
      hint: `lower the index of the rack, or widen \`bootstrap\` to at least /${lengthFor(last)}`,
    }),
  ];
}

function sayPosition(rack: Doc<"Rack">, { kind, name, slot }: Highest): string {
  return `in rack "${rack.name}" with index ${rack.spec.index}, ${kind} "${name}" in slot ${slot}`;
}

/** The longest prefix that has an address of this offset. */
function lengthFor(offset: number): number {
  return Math.clz32(offset);
}
