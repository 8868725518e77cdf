import { type Diagnostic, error, within } from "../../../core/diagnostic.ts";
import type { Doc, Inventory } from "../../../model/inventory.ts";
import { LOAD_BALANCER_ASN, ROUTER_ASN, spineAsn } from "../../../model/numbers.ts";
import { numberAt, type RackMember, rackMembers, sayMember, sayOrigin } from "../rack-members.ts";
import { createRegister } from "../register.ts";

/** The last ASN that may be used; RFC 7300 reserves the one after it. */
const LAST_ASN = 4294967294;

/**
 * Servers, leaves and the spines of a site have an ASN of their own (ICH3105), none is above the last one
 * (ICH3218), and none is one of those that every server uses inside (ICH3219).
 */
export function asns(inventory: Inventory): readonly Diagnostic[] {
  const members = rackMembers(inventory);
  const register = createRegister<number, Doc<"Site"> | RackMember>("ICH3105", {
    value: (asn) => `the ASN ${asn}`,
    owner: (owner) => (owner.kind === "Site" ? `the spines of site "${owner.name}"` : sayMember(owner)),
    at: (owner) => (owner.kind === "Site" ? within(owner.at, "spec", "index") : numberAt(owner, "asn")),
    why: (owner) => (owner.kind === "Site" ? "they share it" : sayOrigin(owner, "asn")),
    hint: "write another `asn`, or none, so that it is computed",
  });
  for (const site of inventory.sites.values()) {
    register.note(spineAsn(inventory.fleet.spec.asn.base, site.spec.index), site);
  }
  const inside: Diagnostic[] = [];
  for (const member of members) {
    if (member.asn === ROUTER_ASN || member.asn === LOAD_BALANCER_ASN) inside.push(taken(member));
    // Two computed numbers differ unless a slot or an index is used twice, which is reported as such.
    if (!member.asnWritten) register.note(member.asn, member);
  }
  for (const member of members) if (member.asnWritten) register.add(member.asn, member);
  return [...register.repeats, ...inside, ...tooHigh(inventory, members)];
}

function taken(member: RackMember): Diagnostic {
  const user = member.asn === ROUTER_ASN ? "router" : "load balancer";
  const message = `${sayMember(member)} has the ASN ${member.asn}, which every server uses for its inner ${user}`;
  return error("ICH3219", numberAt(member, "asn"), message, {
    hint: "use another number; the ASNs of site block 0 belong to the fleet",
  });
}

/** One report for the fleet's base, which moves all numbers, not one for every machine. */
function tooHigh(inventory: Inventory, members: readonly RackMember[]): Diagnostic[] {
  let highest: RackMember | undefined;
  for (const member of members) {
    if (member.asn > LAST_ASN && member.asn > (highest?.asn ?? 0)) highest = member;
  }
  if (highest === undefined) return [];
  const { base } = inventory.fleet.spec.asn;
  const message = `with \`asn.base\` ${base}, ${sayMember(highest)} gets the ASN ${highest.asn}, but ${LAST_ASN} is the last one`;
  return [
    error("ICH3218", within(inventory.fleet.at, "spec", "asn", "base"), message, {
      hint: "a base of 4200000000 has room for 948 sites",
    }),
  ];
}
