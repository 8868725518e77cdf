import { type Diagnostic, error, within } from "../../../core/diagnostic.ts";
import { parseIpv6Prefix } from "../../../core/ipv6.ts";
import type { Doc, Inventory } from "../../../model/inventory.ts";
import { highestMember } from "../highest-member.ts";

/** SLAAC hands out /64s: a site that uses it has `bootstrap6` (ICH3216), with a /64 for every boot port (ICH3217). */
export function slaac(inventory: Inventory): readonly Diagnostic[] {
  const highest = new Map<string, number>();
  for (const rack of inventory.racks.values()) {
    const { site } = rack.spec;
    const key = highestMember(rack, ({ kind }) => kind === "server")?.key ?? 0;
    highest.set(site, Math.max(highest.get(site) ?? 0, key));
  }
  return [...inventory.sites.values()].flatMap((site) => ofSite(site, highest.get(site.name) ?? 0));
}

function ofSite(site: Doc<"Site">, key: number): Diagnostic[] {
  const { bootstrap6, provisioning } = site.spec;
  if (bootstrap6 === undefined) {
    if (provisioning.addressing !== "slaac") return [];
    const message = `servers of site "${site.name}" get their address by SLAAC, but the site has no \`bootstrap6\``;
    return [
      error("ICH3216", within(site.at, "spec", "provisioning", "addressing"), message, {
        hint: "add `bootstrap6`, an IPv6 prefix of 48 bits, or use `addressing: kea`",
      }),
    ];
  }
  const prefix = parseIpv6Prefix(bootstrap6);
  if (prefix === undefined) return [];
  const room = prefix.length > 64 ? 0 : 2 ** (64 - prefix.length);
  // Even without servers there has to be room for those of the first rack.
  const needed = Math.max(key, 64 + 63) + 1;
  if (room >= needed) return [];
  const message = `\`bootstrap6\` ${bootstrap6} of site "${site.name}" has room for ${room === 1 ? "one network" : `${room} networks`} of 64 bits, but ${needed} are needed: one for every boot port, by position`;
  return [
    error("ICH3217", within(site.at, "spec", "bootstrap6"), message, {
      hint: "a /48 has room for every site",
    }),
  ];
}
