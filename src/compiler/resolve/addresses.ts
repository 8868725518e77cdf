import { compareText, type Diagnostic, error, type Outcome, warning, within } from "../../core/diagnostic.ts";
import { invariant } from "../../core/invariant.ts";
import {
  formatIpv4,
  formatPrefix,
  type Ipv4,
  type Ipv4Prefix,
  overlaps,
  parseIpv4,
  parseIpv4Prefix,
} from "../../core/ip.ts";
import type { Doc, Inventory, RecordedAddress } from "../../model/inventory.ts";
import { type BlockSource, chooseBlock, countBlocks } from "./choose-block.ts";

/** What a block is for: the Kubernetes API's virtual IP, or a load balancer's range. */
export type AddressUse = "vip" | "lb";

/** A block of addresses that a cluster holds. */
export interface HeldBlock {
  readonly site: string;
  readonly prefix: Ipv4Prefix;
  readonly cluster: string;
  readonly use: AddressUse;
}

/** What has to be known of the clusters' servers before addresses are given out. */
export interface ClusterStates {
  /** Clusters that take nothing new: they cannot be filled, or their records cannot be relied on. */
  readonly barred: ReadonlySet<string>;
  /** Clusters that at least one server is claimed by, in any phase. */
  readonly claimed: ReadonlySet<string>;
}

/**
 * Decides which virtual IP and which load balancers' range each cluster holds. What is recorded stays; a `vip`
 * that a person wrote wins; what is missing comes from the pool, outside its reserve, by rendezvous hashing.
 * A cluster that is being deleted keeps its blocks until no server is claimed by it any more.
 *
 * What was given up is not given out again in the same run: it may still be in use while the change is applied.
 *
 * @returns the blocks of all clusters; reports ICH4022 to ICH4025
 */
export function allocateAddresses(
  inventory: Inventory,
  states: ClusterStates,
): Outcome<readonly HeldBlock[]> {
  const recorded = recordedBlocks(inventory);
  const kept = recorded.filter((block) => isKept(inventory, states, block));
  const diagnostics = [...goneClusters(inventory, recorded), ...oddRecords(inventory, recorded)];
  const held: HeldBlock[] = [...kept];
  const book: Book = { inventory, states, held, occupied: recorded.map(({ prefix }) => prefix) };
  const clusters = [...inventory.clusters.values()].toSorted(byPriority);
  for (const cluster of clusters) diagnostics.push(...takeWrittenVip(book, cluster));
  for (const cluster of clusters) diagnostics.push(...takeVip(book, cluster), ...takeRange(book, cluster));
  return { value: held, diagnostics };
}

/** The virtual IPs among the blocks, by cluster. */
export function vipsOf(blocks: readonly HeldBlock[]): ReadonlyMap<string, Ipv4> {
  return new Map(
    blocks.filter(({ use }) => use === "vip").map(({ cluster, prefix }) => [cluster, prefix.address]),
  );
}

/** The load balancers' ranges among the blocks, by cluster. */
export function rangesOf(blocks: readonly HeldBlock[]): ReadonlyMap<string, Ipv4Prefix> {
  return new Map(blocks.filter(({ use }) => use === "lb").map(({ cluster, prefix }) => [cluster, prefix]));
}

interface Book {
  readonly inventory: Inventory;
  readonly states: ClusterStates;
  readonly held: HeldBlock[];
  readonly occupied: Ipv4Prefix[];
}

interface RecordedBlock extends HeldBlock {
  readonly at: RecordedAddress["at"];
}

function recordedBlocks(inventory: Inventory): RecordedBlock[] {
  return [...inventory.locks.addresses].flatMap(([site, blocks]) =>
    [...blocks.values()].flatMap(({ prefix: text, claim, at }) => {
      const prefix = parseIpv4Prefix(text);
      const [cluster = "", use] = claim.split("/");
      if (prefix === undefined || (use !== "vip" && use !== "lb")) return [];
      return [{ site, prefix: { address: prefix.address, length: prefix.length }, cluster, use, at }];
    }),
  );
}

function isKept(inventory: Inventory, { barred, claimed }: ClusterStates, block: RecordedBlock): boolean {
  const cluster = inventory.clusters.get(block.cluster);
  if (cluster === undefined || barred.has(cluster.name)) return true;
  if (isDeleting(cluster) && !claimed.has(cluster.name)) return false;
  const written = writtenVip(cluster);
  return block.use !== "vip" || written === undefined || written === block.prefix.address;
}

function goneClusters(inventory: Inventory, recorded: readonly RecordedBlock[]): Diagnostic[] {
  return recorded
    .filter(({ cluster }) => !inventory.clusters.has(cluster) && !inventory.invalid.has(`Cluster/${cluster}`))
    .map(({ cluster, use, prefix, at }) => {
      const message = `the ${sayUse(use)} ${sayBlock(prefix)} is held by cluster "${cluster}", which the repository does not have; a missing file is no order to give it up`;
      const hint = `bring the file of cluster "${cluster}" back from git and write \`state: deleting\` in it; where nothing uses the addresses any more, remove these lines`;
      return error("ICH4023", at, message, { hint });
    });
}

/** Where a cluster asks for something else than what it holds and keeps. */
function oddRecords(inventory: Inventory, recorded: readonly RecordedBlock[]): Diagnostic[] {
  return recorded.flatMap(({ cluster: name, use, prefix, site, at }) => {
    const cluster = inventory.clusters.get(name);
    if (cluster === undefined || isDeleting(cluster)) return [];
    const { network } = cluster.spec;
    const held = `cluster "${name}" holds the ${sayUse(use)} ${sayBlock(prefix)}`;
    const written = writtenVip(cluster);
    const options = { related: [{ message: "it is recorded here", at }] };
    if (use === "vip") {
      const isRunning = inventory.locks.clusters.get(site)?.get(name)?.bootstrapped !== undefined;
      if (written === undefined || written === prefix.address || !isRunning) return [];
      const message = `${held} and runs with it, but \`vip\` says ${formatIpv4(written)}, which wins: all its machines and clients change`;
      const hint = `write \`vip: ${formatIpv4(prefix.address)}\` to keep the address`;
      return [
        warning("ICH4024", within(cluster.at, "spec", "network", "vip"), message, { ...options, hint }),
      ];
    }
    if (network.lbPool === undefined) {
      const hint = "where nothing uses the range any more, remove its lines from addresses.yaml";
      const message = `${held}, but asks for none; it keeps it`;
      return [warning("ICH4024", within(cluster.at, "spec", "network"), message, { ...options, hint })];
    }
    if (network.lbSize === undefined || network.lbSize === `/${prefix.length}`) return [];
    const message = `${held}, but \`lbSize\` says ${network.lbSize}; it keeps what it holds`;
    const hint = `write \`lbSize: /${prefix.length}\``;
    return [
      warning("ICH4024", within(cluster.at, "spec", "network", "lbSize"), message, { ...options, hint }),
    ];
  });
}

/** Takes the address that a person wrote, unless somebody else holds it. */
function takeWrittenVip(book: Book, cluster: Doc<"Cluster">): Diagnostic[] {
  const address = writtenVip(cluster);
  if (address === undefined || !mayTake(book, cluster) || heldBy(book, cluster, "vip")) return [];
  const prefix = { address, length: 32 };
  const rival = [...recordedBlocks(book.inventory), ...book.held].find(
    (block) => !(block.cluster === cluster.name && block.use === "vip") && overlaps(block.prefix, prefix),
  );
  if (rival !== undefined) {
    const message = `cluster "${cluster.name}" wants the virtual IP ${formatIpv4(address)}, but cluster "${rival.cluster}" holds it ${rival.use === "vip" ? "as its virtual IP" : `in its load balancers' range ${sayBlock(rival.prefix)}`}`;
    return [
      error("ICH4022", within(cluster.at, "spec", "network", "vip"), message, {
        hint: "write an address that is free: one of the first ones of a pool for virtual IPs, which its `reserve` keeps for that",
      }),
    ];
  }
  hold(book, { site: cluster.spec.site, prefix, cluster: cluster.name, use: "vip" });
  return [];
}

function takeVip(book: Book, cluster: Doc<"Cluster">): Diagnostic[] {
  const { vip, vipPool } = cluster.spec.network;
  if (vip !== undefined || !mayTake(book, cluster) || heldBy(book, cluster, "vip")) return [];
  invariant(vipPool !== undefined, `${cluster.name} passed the checks without an address`);
  const at = within(cluster.at, "spec", "network", "vipPool");
  return takeFromPool(book, cluster, { use: "vip", pool: vipPool, length: 32, at });
}

function takeRange(book: Book, cluster: Doc<"Cluster">): Diagnostic[] {
  const { lbPool, lbSize } = cluster.spec.network;
  if (lbPool === undefined || !mayTake(book, cluster) || heldBy(book, cluster, "lb")) return [];
  invariant(lbSize !== undefined, `${cluster.name} passed the checks without the size of its range`);
  const at = within(cluster.at, "spec", "network", "lbPool");
  return takeFromPool(book, cluster, { use: "lb", pool: lbPool, length: Number(lbSize.slice(1)), at });
}

interface Wish {
  readonly use: AddressUse;
  readonly pool: string;
  readonly length: number;
  readonly at: Doc<"Cluster">["at"];
}

function takeFromPool(book: Book, cluster: Doc<"Cluster">, wish: Wish): Diagnostic[] {
  const pool = book.inventory.addressPools.get(wish.pool);
  const prefix = pool === undefined ? undefined : parseIpv4Prefix(pool.spec.prefix);
  // A pool that does not exist or is no prefix is reported by name.
  if (pool === undefined || prefix === undefined) return [];
  const source = { pool: prefix, reserve: pool.spec.reserve ?? 0, length: wish.length };
  const block = chooseBlock(source, book.occupied, `${cluster.name}/${wish.use}`);
  if (block === undefined) return [poolFull(cluster, pool, { ...wish, source })];
  hold(book, { site: cluster.spec.site, prefix: block, cluster: cluster.name, use: wish.use });
  return [];
}

function poolFull(
  cluster: Doc<"Cluster">,
  pool: Doc<"AddressPool">,
  { use, length, at, source }: Wish & { readonly source: BlockSource },
): Diagnostic {
  const total = countBlocks(source);
  const what = use === "vip" ? "address" : `range of /${length}`;
  const { reserve } = source;
  const outside = reserve === 0 ? "" : ` outside its first ${reserve} addresses, which are for people to pin`;
  const count = total === 0 ? `it has none${outside}` : `it has ${total}${outside}, and none is wholly free`;
  const message = `cluster "${cluster.name}" finds no free ${what} in the address pool "${pool.name}" (${pool.spec.prefix}): ${count}`;
  return error("ICH4025", at, message, {
    hint: "add an AddressPool and name it here, widen this one, or delete clusters that are no longer needed",
    related: [{ message: "the pool", at: within(pool.at, "spec", "prefix") }],
  });
}

function hold(book: Book, block: HeldBlock): void {
  book.held.push(block);
  book.occupied.push(block.prefix);
}

function heldBy(book: Book, cluster: Doc<"Cluster">, use: AddressUse): boolean {
  return book.held.some((block) => block.cluster === cluster.name && block.use === use);
}

function mayTake({ states }: Book, cluster: Doc<"Cluster">): boolean {
  return !isDeleting(cluster) && !states.barred.has(cluster.name);
}

function isDeleting(cluster: Doc<"Cluster">): boolean {
  return cluster.spec.state === "deleting";
}

function writtenVip(cluster: Doc<"Cluster">): Ipv4 | undefined {
  const { vip } = cluster.spec.network;
  return vip === undefined ? undefined : parseIpv4(vip);
}

function byPriority(a: Doc<"Cluster">, b: Doc<"Cluster">): number {
  return (b.spec.priority ?? 0) - (a.spec.priority ?? 0) || compareText(a.name, b.name);
}

function sayUse(use: AddressUse): string {
  return use === "vip" ? "virtual IP" : "load balancers' range";
}

function sayBlock(prefix: Ipv4Prefix): string {
  return prefix.length === 32 ? formatIpv4(prefix.address) : formatPrefix(prefix);
}
