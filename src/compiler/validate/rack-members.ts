import type { SourceRef } from "../../core/diagnostic.ts";
import { within } from "../../core/diagnostic.ts";
import { type Ipv4, type Ipv4Prefix, parseIpv4, parseIpv4Prefix, prefixSize } from "../../core/ip.ts";
import type { Doc, Inventory, Server, Switch } from "../../model/inventory.ts";
import { asnAt, loopbackAt, type Position, positionKey } from "../../model/numbers.ts";

/** A server or leaf in its rack, with the numbers that its position gives it or that were written for it. */
export interface RackMember {
  readonly kind: "server" | "leaf";
  readonly name: string;
  readonly site: Doc<"Site">;
  readonly rack: Doc<"Rack">;
  readonly slot: number;
  /** 64 * rack index + slot */
  readonly key: number;
  /** Undefined where `loopbacks` is no prefix or too small, or the written address is none. */
  readonly loopback: Ipv4 | undefined;
  readonly loopbackWritten: boolean;
  readonly asn: number;
  readonly asnWritten: boolean;
  /** Where it stands in its rack. */
  readonly at: SourceRef;
}

/** Every server and leaf whose rack and site are there, in the order of the inventory: servers, then leaves. */
export function rackMembers(inventory: Inventory): RackMember[] {
  const prefixes = new Map(
    [...inventory.sites.values()].map((site) => [site.name, parseIpv4Prefix(site.spec.loopbacks)]),
  );
  const members: RackMember[] = [];
  const add = (kind: "server" | "leaf", of: Server | Switch): void => {
    const site = inventory.sites.get(of.site);
    const rack = inventory.racks.get(of.rack ?? "");
    if (site === undefined || rack === undefined || of.slot === undefined) return;
    const position = { siteIndex: site.spec.index, rackIndex: rack.spec.index, slot: of.slot };
    const written = kind === "leaf" ? rack.spec.switches[of.name] : rack.spec.servers[of.name];
    members.push({
      kind,
      name: of.name,
      site,
      rack,
      slot: of.slot,
      key: positionKey(position),
      loopback:
        written?.loopback === undefined
          ? computedLoopback(prefixes.get(site.name), position)
          : parseIpv4(written.loopback),
      loopbackWritten: written?.loopback !== undefined,
      asn: written?.asn ?? asnAt(inventory.fleet.spec.asn.base, position),
      asnWritten: written?.asn !== undefined,
      at: of.at,
    });
  };
  for (const server of inventory.servers.values()) add("server", server);
  for (const leaf of inventory.switches.values()) if (leaf.role === "leaf") add("leaf", leaf);
  return members;
}

/** Where the number of a member comes from: the line that says it, or else the member itself. */
export function numberAt(member: RackMember, field: "asn" | "loopback"): SourceRef {
  const isWritten = field === "asn" ? member.asnWritten : member.loopbackWritten;
  return isWritten ? within(member.at, field) : { ...member.at, on: "key" };
}

/** Why a member has a number: because of its position, or because it was written. */
export function sayOrigin(member: RackMember, field: "asn" | "loopback"): string {
  const isWritten = field === "asn" ? member.asnWritten : member.loopbackWritten;
  return `${sayMember(member)} ${isWritten ? "has it here" : "gets it from its slot and the index of its rack"}`;
}

/** `server "hel1-r017-u01"` */
export function sayMember(member: RackMember): string {
  return `${member.kind} "${member.name}"`;
}

function computedLoopback(loopbacks: Ipv4Prefix | undefined, position: Position): Ipv4 | undefined {
  if (loopbacks === undefined || positionKey(position) >= prefixSize(loopbacks.length)) return undefined;
  return loopbackAt(loopbacks, position);
}
