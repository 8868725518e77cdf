/** An IPv4 address as an unsigned 32-bit number. */
export type Ipv4 = number;

/** A masked IPv4 prefix: all host bits of `address` are zero. */
export interface Ipv4Prefix {
  readonly address: Ipv4;
  /** 0..32 */
  readonly length: number;
}

/** Parses dotted decimal as RFC 6943 wants it: four decimal bytes, no leading zeros. */
export function parseIpv4(text: string): Ipv4 | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let address = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part)) return undefined;
    const byte = Number(part);
    if (byte > 255) return undefined;
    address = address * 256 + byte;
  }
  return address;
}

export function formatIpv4(address: Ipv4): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/** How many addresses a prefix of this length holds. */
export function prefixSize(length: number): number {
  return 2 ** (32 - length);
}

/** The prefix of this length that holds the address. */
export function maskIpv4(address: Ipv4, length: number): Ipv4 {
  const size = prefixSize(length);
  return address - (address % size);
}

/**
 * Parses `10.0.0.0/8`.
 *
 * @returns undefined where the text is no prefix; `hostBits` where the address is not the first of the prefix
 */
export function parseIpv4Prefix(text: string): (Ipv4Prefix & { readonly hostBits: boolean }) | undefined {
  const match = /^([^/]+)\/(0|[1-9]\d?)$/.exec(text);
  const address = match?.[1] === undefined ? undefined : parseIpv4(match[1]);
  const length = Number(match?.[2]);
  if (address === undefined || length > 32) return undefined;
  const masked = maskIpv4(address, length);
  return { address: masked, length, hostBits: masked !== address };
}

export function formatPrefix(prefix: Ipv4Prefix): string {
  return `${formatIpv4(prefix.address)}/${prefix.length}`;
}

export function lastAddress(prefix: Ipv4Prefix): Ipv4 {
  return prefix.address + prefixSize(prefix.length) - 1;
}

export function containsAddress(prefix: Ipv4Prefix, address: Ipv4): boolean {
  return address >= prefix.address && address <= lastAddress(prefix);
}

export function overlaps(a: Ipv4Prefix, b: Ipv4Prefix): boolean {
  return a.address <= lastAddress(b) && b.address <= lastAddress(a);
}
