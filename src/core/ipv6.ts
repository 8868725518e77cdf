/** An IPv6 address as an unsigned 128-bit number. */
export type Ipv6 = bigint;

export interface Ipv6Prefix {
  readonly address: Ipv6;
  /** 0..128 */
  readonly length: number;
}

/** Parses the text forms of RFC 4291 section 2.2, without zone and without an IPv4 tail. */
export function parseIpv6(text: string): Ipv6 | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = groups(halves[0] ?? "");
  const tail = halves.length === 2 ? groups(halves[1] ?? "") : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const all = [...head, ...Array.from({ length: missing }, () => 0), ...tail];
  return all.reduce((address, group) => (address << 16n) | BigInt(group), 0n);
}

function groups(text: string): number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  return parts.every((part) => /^[0-9a-fA-F]{1,4}$/.test(part))
    ? parts.map((part) => Number.parseInt(part, 16))
    : undefined;
}

/** Prints the canonical form of RFC 5952: lower case, the longest run of two or more zero groups as `::`. */
export function formatIpv6(address: Ipv6): string {
  const all = Array.from({ length: 8 }, (_, index) =>
    Number((address >> BigInt(112 - 16 * index)) & 0xffffn),
  );
  let start = -1;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let run = 0;
    while (all[i + run] === 0) run++;
    if (run > length) {
      start = i;
      length = run;
    }
  }
  const hex = (part: readonly number[]) => part.map((group) => group.toString(16)).join(":");
  return start < 0 ? hex(all) : `${hex(all.slice(0, start))}::${hex(all.slice(start + length))}`;
}

/** Parses `2001:db8::/48`; `hostBits` where the address is not the first of the prefix. */
export function parseIpv6Prefix(text: string): (Ipv6Prefix & { readonly hostBits: boolean }) | undefined {
  const match = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text);
  const address = match?.[1] === undefined ? undefined : parseIpv6(match[1]);
  const length = Number(match?.[2]);
  if (address === undefined || length > 128) return undefined;
  const shift = BigInt(128 - length);
  const masked = (address >> shift) << shift;
  return { address: masked, length, hostBits: masked !== address };
}
