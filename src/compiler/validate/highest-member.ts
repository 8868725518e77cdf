import type { Doc } from "../../model/inventory.ts";

/** A server or leaf with the highest numbers of its rack. */
export interface Highest {
  readonly kind: "leaf" | "server";
  readonly name: string;
  readonly slot: number;
  /** 64 * rack index + slot */
  readonly key: number;
}

/** Of the servers and leaves of a rack that count, the one in the highest slot, which needs the most room. */
export function highestMember(
  rack: Doc<"Rack">,
  counts: (member: { readonly kind: "leaf" | "server"; readonly loopback: string | undefined }) => boolean,
): Highest | undefined {
  const { index, switches, servers } = rack.spec;
  let highest: Highest | undefined;
  for (const [kind, members] of [
    ["server", servers],
    ["leaf", switches],
  ] as const) {
    for (const name in members) {
      const member = members[name];
      if (member === undefined || !counts({ kind, loopback: member.loopback })) continue;
      const slot = member.slot ?? member.u;
      if (highest === undefined || slot > highest.slot)
        highest = { kind, name, slot, key: 64 * index + slot };
    }
  }
  return highest;
}
