import type { Ipv4, Ipv4Prefix } from "../core/ip.ts";

/** Where a rack member stands. */
export interface Position {
  readonly siteIndex: number;
  readonly rackIndex: number;
  /** 1..63 */
  readonly slot: number;
}

/** ASNs that every fleet uses on the veth pair between the local load balancer and the local router. */
export const LOAD_BALANCER_ASN = 4200099999;
export const ROUTER_ASN = 4200099998;

/** Offsets of `loopbacks` below this and from {@link SERVICES_FROM} up are for spines, virtual IPs and services. */
export const SERVERS_FROM = 64;
export const SERVICES_FROM = 64000;

/** 64 * rack index + slot: injective over the racks of a site, and nothing else changes it. */
export function positionKey(position: Position): number {
  return 64 * position.rackIndex + position.slot;
}

/** The /32 of a rack member. */
export function loopbackAt(loopbacks: Ipv4Prefix, position: Position): Ipv4 {
  return loopbacks.address + positionKey(position);
}

/** The /31 of a server's boot port: the even address on the leaf, the odd one on the server. */
export function bootstrapAt(
  bootstrap: Ipv4Prefix,
  position: Position,
): { readonly leaf: Ipv4; readonly server: Ipv4 } {
  const leaf = bootstrap.address + 2 * positionKey(position);
  return { leaf, server: leaf + 1 };
}

/** The private 4-byte ASN (RFC 6996) of a rack member. */
export function asnAt(base: number, position: Position): number {
  return base + 100000 * position.siteIndex + 100 * position.rackIndex + position.slot;
}

/** The ASN that all spines of a site share: paths between them are then never longer than needed. */
export function spineAsn(base: number, siteIndex: number): number {
  return base + 100000 * siteIndex + 1;
}
