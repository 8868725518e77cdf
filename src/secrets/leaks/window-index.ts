/** A place in a text at which something that was added begins to be repeated. */
export interface Repetition<L> {
  /** In UTF-16 units, of the first repeated character. */
  readonly offset: number;
  readonly label: L;
}

/** Finds in one pass over a text whether it repeats a part of any of many strings. */
export interface WindowIndex<L> {
  /**
   * Adds a string. With `need` its whole length only the whole of it counts; else every run of at least `need`
   * characters does that has one of its windows in it: none is missed from twice the width on.
   */
  add(text: string, need: number, label: L): void;
  /** The first repetition, undefined where there is none. Takes time by the length of the text alone. */
  find(text: string): Repetition<L> | undefined;
}

/** A string that was added. */
interface Added<L> {
  readonly text: string;
  readonly need: number;
  readonly label: L;
}

interface Table<L> {
  readonly width: number;
  readonly added: Added<L>[];
  /** Four numbers for each window: its hash, the number of its string, its place there, the next entry of its slot. */
  entries: Int32Array;
  /** Entries in use. Entry 0 stands for none. */
  size: number;
  /** The first entry of each slot. */
  slots: Int32Array;
  /** Two bits for each entry (Bloom): nearly all windows of a text end here. */
  filter: Uint32Array;
  /** How far a mixed hash is shifted to the right to be the number of a bit of the filter. */
  shift: number;
}

const BASE = 0x01000193;
const MIX = 0x9e3779b1;
const OTHER_MIX = 0x85ebca6b;

/** Bits of the filter for each slot, as a power of two. */
const FILTER_BITS = 4;

/**
 * Strings are taken apart into windows of `width` characters, one beginning at each multiple of the width, and a
 * text is compared at each place by a rolling hash (Rabin and Karp).
 */
export function createWindowIndex<L>(width: number): WindowIndex<L> {
  const table: Table<L> = { width, added: [], entries: new Int32Array(4096), size: 1, ...emptySlots(10) };
  let power = 1;
  for (let i = 0; i < width; i++) power = Math.imul(power, BASE);
  return {
    add(text, need, label) {
      const number = table.added.push({ text, need, label }) - 1;
      const last = need >= text.length ? 0 : text.length - width;
      for (let at = 0; at <= last && at + width <= text.length; at += width) insert(table, number, at);
    },
    find(text) {
      return table.size === 1 ? undefined : findIn(table, text, power);
    },
  };
}

function findIn<L>(table: Table<L>, text: string, power: number): Repetition<L> | undefined {
  const { filter, shift, width } = table;
  // The low byte of each UTF-16 unit: enough for the hash, and far quicker to read than the string.
  const bytes = Buffer.from(text, "latin1");
  const { length } = bytes;
  let hash = 0;
  for (let end = 0; end < length; end++) {
    hash = (Math.imul(hash, BASE) + (bytes[end] as number)) | 0;
    if (end >= width) hash = (hash - Math.imul(bytes[end - width] as number, power)) | 0;
    const bit = Math.imul(hash, MIX) >>> shift;
    if (((filter[bit >>> 5] as number) & (1 << (bit & 31))) === 0) continue;
    const other = Math.imul(hash, OTHER_MIX) >>> shift;
    if (((filter[other >>> 5] as number) & (1 << (other & 31))) === 0 || end < width - 1) continue;
    const found = judge(table, hash, text, end - width + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What is repeated around the window of a text that begins at `at`. */
function judge<L>(table: Table<L>, hash: number, text: string, at: number): Repetition<L> | undefined {
  const { entries, slots, added, width } = table;
  for (let entry = slots[slotOf(table, hash)] ?? 0; entry !== 0; entry = entries[4 * entry + 3] ?? 0) {
    const of = entries[4 * entry] === hash ? added[entries[4 * entry + 1] ?? -1] : undefined;
    if (of === undefined) continue;
    const offset = repetition(of, entries[4 * entry + 2] ?? 0, text, at, width);
    if (offset !== undefined) return { offset, label: of.label };
  }
  return undefined;
}

/** Where the repetition around a window begins, undefined where it is shorter than needed. */
function repetition(
  of: Pick<Added<unknown>, "text" | "need">,
  from: number,
  text: string,
  at: number,
  width: number,
): number | undefined {
  // Past an end there is NaN, which equals nothing.
  let length = 0;
  while (length < of.need && of.text.charCodeAt(from + length) === text.charCodeAt(at + length)) length++;
  if (length < width) return undefined;
  let before = 0;
  while (length + before < of.need) {
    if (of.text.charCodeAt(from - before - 1) !== text.charCodeAt(at - before - 1)) return undefined;
    before++;
  }
  return at - before;
}

function insert<L>(table: Table<L>, number: number, at: number): void {
  const of = table.added[number];
  if (of === undefined) return;
  const hash = hashOf(of.text, at, table.width);
  for (
    let entry = table.slots[slotOf(table, hash)] ?? 0;
    entry !== 0;
    entry = table.entries[4 * entry + 3] ?? 0
  ) {
    if (table.entries[4 * entry] === hash && isKnown(table, entry, of, at)) return;
  }
  if (4 * (table.size + 1) > table.entries.length) grow(table);
  table.entries.set([hash, number, at, 0], 4 * table.size);
  link(table, table.size);
  table.size++;
}

/** Whether a window would find nothing that this entry does not find. */
function isKnown<L>(table: Table<L>, entry: number, of: Added<L>, at: number): boolean {
  const other = table.added[table.entries[4 * entry + 1] ?? -1];
  const otherAt = table.entries[4 * entry + 2] ?? 0;
  if (other?.need !== of.need) return false;
  if (of.need > table.width) return other.text === of.text && otherAt === at;
  return other.text.startsWith(of.text.slice(at, at + table.width), otherAt);
}

function link<L>(table: Table<L>, entry: number): void {
  const hash = table.entries[4 * entry] ?? 0;
  for (const mix of [MIX, OTHER_MIX]) {
    const bit = Math.imul(hash, mix) >>> table.shift;
    table.filter[bit >>> 5] = (table.filter[bit >>> 5] ?? 0) | (1 << (bit & 31));
  }
  const slot = slotOf(table, hash);
  table.entries[4 * entry + 3] = table.slots[slot] ?? 0;
  table.slots[slot] = entry;
}

function slotOf<L>(table: Table<L>, hash: number): number {
  return Math.imul(hash, MIX) >>> (table.shift + FILTER_BITS);
}

/** Twice as much room. */
function grow<L>(table: Table<L>): void {
  const entries = new Int32Array(2 * table.entries.length);
  entries.set(table.entries);
  Object.assign(table, { entries }, emptySlots(Math.log2(table.slots.length) + 1));
  for (let entry = 1; entry < table.size; entry++) link(table, entry);
}

function emptySlots(bits: number): Pick<Table<unknown>, "slots" | "filter" | "shift"> {
  return {
    slots: new Int32Array(2 ** bits),
    filter: new Uint32Array(2 ** (bits + FILTER_BITS - 5)),
    shift: 32 - bits - FILTER_BITS,
  };
}

function hashOf(text: string, at: number, width: number): number {
  let hash = 0;
  for (let i = at; i < at + width; i++) hash = (Math.imul(hash, BASE) + (text.charCodeAt(i) & 0xff)) | 0;
  return hash;
}
