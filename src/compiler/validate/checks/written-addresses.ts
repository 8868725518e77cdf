import { type Diagnostic, error, type SourceRef, within } from "../../../core/diagnostic.ts";
import { formatPrefix, parseIpv4, parseIpv4Prefix } from "../../../core/ip.ts";
import { formatIpv6, parseIpv6Prefix } from "../../../core/ipv6.ts";
import type { Doc, Inventory } from "../../../model/inventory.ts";

/** Addresses (ICH3201) and prefixes (ICH3202) have numbers in range; a prefix has no bits set beyond its length (ICH3203). */
export function writtenAddresses(inventory: Inventory): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const judge: Judge = {
    address: (text, at) => {
      if (parseIpv4(text) === undefined) diagnostics.push(badAddress(text, at()));
    },
    prefix: (text, at) => {
      diagnostics.push(...judgePrefix(text, at));
    },
  };
  for (const site of inventory.sites.values()) ofSite(site, judge);
  for (const rack of inventory.racks.values()) ofRack(rack, judge);
  for (const { spec, at } of inventory.addressPools.values()) {
    judge.prefix(spec.prefix, within(at, "spec", "prefix"));
  }
  for (const cluster of inventory.clusters.values()) ofCluster(cluster, judge);
  return diagnostics;
}

/** What becomes of every address and prefix that is found; places are asked for only when they are wrong. */
interface Judge {
  readonly address: (text: string, at: () => SourceRef) => void;
  readonly prefix: (text: string, at: SourceRef) => void;
}

function ofSite({ spec, at }: Doc<"Site">, judge: Judge): void {
  judge.prefix(spec.loopbacks, within(at, "spec", "loopbacks"));
  judge.prefix(spec.bootstrap, within(at, "spec", "bootstrap"));
  if (spec.bootstrap6 !== undefined) judge.prefix(spec.bootstrap6, within(at, "spec", "bootstrap6"));
  for (const [index, text] of spec.management.entries()) {
    judge.prefix(text, within(at, "spec", "management", index));
  }
  for (const [index, text] of spec.dns.entries()) judge.address(text, () => within(at, "spec", "dns", index));
  for (const [index, text] of spec.ntp.entries()) {
    // An NTP server may be a host name; no host name of the Internet consists of digits and dots alone.
    if (/^[\d.]+$/.test(text)) judge.address(text, () => within(at, "spec", "ntp", index));
  }
  for (const [name, spine] of Object.entries(spec.spines)) {
    judge.address(spine.loopback, () => within(at, "spec", "spines", name, "loopback"));
  }
}

function ofRack({ spec, at }: Doc<"Rack">, judge: Judge): void {
  const { servers, switches } = spec;
  for (const name in servers) {
    const { bmc, loopback } = servers[name] ?? {};
    if (bmc !== undefined)
      judge.address(bmc.address, () => within(at, "spec", "servers", name, "bmc", "address"));
    if (loopback !== undefined)
      judge.address(loopback, () => within(at, "spec", "servers", name, "loopback"));
  }
  for (const name in switches) {
    const loopback = switches[name]?.loopback;
    if (loopback !== undefined)
      judge.address(loopback, () => within(at, "spec", "switches", name, "loopback"));
  }
}

function ofCluster({ spec, at }: Doc<"Cluster">, judge: Judge): void {
  const { network } = spec;
  if (network.vip !== undefined) judge.address(network.vip, () => within(at, "spec", "network", "vip"));
  for (const field of ["podCIDRs", "serviceCIDRs"] as const) {
    for (const [index, text] of network[field].entries()) {
      judge.prefix(text, within(at, "spec", "network", field, index));
    }
  }
}

function badAddress(text: string, at: SourceRef): Diagnostic {
  return error("ICH3201", at, `"${text}" is no IPv4 address: ${whyNoAddress(text)}`, {
    hint: "four numbers from 0 to 255 with dots between them",
  });
}

function whyNoAddress(text: string): string {
  const parts = text.split(".");
  if (parts.length !== 4 || parts.includes("")) return "it has not four numbers";
  const large = parts.find((part) => Number(part) > 255);
  if (large !== undefined) return `${large} is more than 255`;
  const padded = parts.find((part) => /^0\d/.test(part));
  return `${padded ?? text} starts with a zero, which some programs read as octal`;
}

function judgePrefix(text: string, at: SourceRef): Diagnostic[] {
  return text.includes(":") ? judgeIpv6Prefix(text, at) : judgeIpv4Prefix(text, at);
}

function judgeIpv4Prefix(text: string, at: SourceRef): Diagnostic[] {
  const parsed = parseIpv4Prefix(text);
  if (parsed !== undefined) return parsed.hostBits ? [hostBits(text, formatPrefix(parsed), at)] : [];
  const [address = "", length = ""] = text.split("/");
  const isAddressBad = parseIpv4(address) === undefined;
  const why = isAddressBad ? whyNoAddress(address) : whyNoLength(length, 32);
  return [
    error("ICH3202", at, `"${text}" is no IPv4 prefix: ${why}`, {
      hint: "an address and a length from 0 to 32, such as 10.0.0.0/24",
    }),
  ];
}

function whyNoLength(length: string, max: number): string {
  return Number(length) > max
    ? `its length ${length} is more than ${max}`
    : `its length "${length}" starts with a zero`;
}

function judgeIpv6Prefix(text: string, at: SourceRef): Diagnostic[] {
  const parsed = parseIpv6Prefix(text);
  if (parsed !== undefined) {
    return parsed.hostBits ? [hostBits(text, `${formatIpv6(parsed.address)}/${parsed.length}`, at)] : [];
  }
  const [address = "", length = ""] = text.split("/");
  const isAddressGood = parseIpv6Prefix(`${address}/128`) !== undefined;
  const why = isAddressGood ? whyNoLength(length, 128) : `"${address}" is no IPv6 address`;
  return [
    error("ICH3202", at, `"${text}" is no IPv6 prefix: ${why}`, {
      hint: "an address and a length from 0 to 128, such as 2001:db8::/48",
    }),
  ];
}

function hostBits(text: string, meant: string, at: SourceRef): Diagnostic {
  const length = meant.slice(meant.indexOf("/"));
  const message = `"${text}" is an address inside a prefix: bits beyond ${length} are set (did you mean ${meant}?)`;
  return error("ICH3203", at, message, { hint: `write ${meant}, or correct the length` });
}
