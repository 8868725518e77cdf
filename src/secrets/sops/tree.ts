/**
 * The content of a SOPS file as sops itself sees it: branches of items in order, comments among them, and leaves
 * typed as Go's YAML reader types them. What is authenticated follows from this order and these types.
 *
 * @see https://getsops.io/docs (Encryption protocol)
 */
export interface Branch {
  readonly kind: "branch";
  readonly items: readonly (Entry | Comment)[];
}

export interface Entry {
  readonly kind: "entry";
  readonly key: string;
  readonly value: Value;
}

export interface List {
  readonly kind: "list";
  readonly items: readonly (Value | Comment)[];
}

export interface Comment {
  readonly kind: "comment";
  /** Without the #. */
  readonly text: string;
  /** Stands on the line of the value that follows it in the order of the tree. */
  readonly isInline: boolean;
  /** What it was decrypted from, so that it need not change when it is encrypted again with the same key. */
  readonly sealed?: Sealed;
}

/** The types that sops knows; `time` is RFC 3339. */
export type LeafType = "str" | "int" | "float" | "bool" | "time" | "null";

export interface Leaf {
  readonly kind: "leaf";
  readonly type: LeafType;
  /** The text that is encrypted and authenticated: decimal, `True`, the text itself; empty for null. */
  readonly text: string;
  /** How it was written, where that was plain and on one line: it is written so again. */
  readonly plain?: string;
  readonly sealed?: Sealed;
}

/** Ciphertext with the place it was made for. */
export interface Sealed {
  readonly ciphertext: string;
  readonly place: string;
}

export type Value = Branch | List | Leaf;

/** A file: its documents in order, all under one data key. */
export type Tree = readonly Branch[];

export function leaf(type: LeafType, text: string): Leaf {
  return { kind: "leaf", type, text };
}

/** The plain JavaScript value: texts for times, bigints for integers that a number cannot hold. */
export function plainOf(value: Value): unknown {
  if (value.kind === "leaf") return plainLeaf(value);
  if (value.kind === "list") return value.items.flatMap((item) => (isComment(item) ? [] : [plainOf(item)]));
  const entries = value.items.flatMap((item) => (isComment(item) ? [] : [[item.key, plainOf(item.value)]]));
  return Object.fromEntries(entries) as unknown;
}

export function isComment(item: Entry | Value | Comment): item is Comment {
  return item.kind === "comment";
}

function plainLeaf({ type, text }: Leaf): unknown {
  switch (type) {
    case "int": {
      const value = Number(text);
      return Number.isSafeInteger(value) ? value : BigInt(text);
    }
    case "float":
      return floatOf(text);
    case "bool":
      return text === "True";
    case "null":
      return null;
    case "str":
    case "time":
      return text;
  }
}

/** Go writes infinities as `+Inf` and `-Inf`. */
function floatOf(text: string): number {
  const infinity = /^([+-])Inf$/.exec(text)?.[1];
  if (infinity === undefined) return Number(text);
  return infinity === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** The entry with a key. */
export function entryOf(branch: Branch, key: string): Entry | undefined {
  return branch.items.find((item): item is Entry => item.kind === "entry" && item.key === key);
}
