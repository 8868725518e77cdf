import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { floatLeaf } from "./go-scalar.ts";
import { type Comment, type Leaf, type LeafType, leaf } from "./tree.ts";

/**
 * A value under a data key of 32 bytes in sops' spelling: AES-256 in GCM with a nonce of 32 bytes, bound to its place.
 * The empty text stays empty.
 */
export function seal(item: Leaf | Comment, key: Uint8Array, place: string): string {
  if (item.text === "") return "";
  if (item.sealed !== undefined && item.sealed.place === place) return item.sealed.ciphertext;
  const type = item.kind === "comment" ? "comment" : item.type;
  return sealText(item.text, type, { key, place });
}

/** A text under a data key; see {@link seal}. */
export function sealText(
  text: string,
  type: string,
  { key, place }: { readonly key: Uint8Array; readonly place: string },
): string {
  const nonce = randomBytes(32);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(place));
  const data = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  const [iv, tag] = [nonce, cipher.getAuthTag()].map((bytes) => bytes.toString("base64"));
  return `ENC[AES256_GCM,data:${data.toString("base64")},iv:${iv},tag:${tag},type:${type}]`;
}

const FORM =
  /^ENC\[AES256_GCM,data:([A-Za-z0-9+/=]+),iv:([A-Za-z0-9+/=]+),tag:([A-Za-z0-9+/=]+),type:([a-z]+)\]$/;

/** Whether a text has the form of an encrypted value. */
export function isSealed(text: string): boolean {
  return FORM.test(text);
}

/**
 * The value that {@link seal} was given; a comment where it was one.
 *
 * @returns undefined where the text was changed, moved from another place or made with another key
 */
export function open(ciphertext: string, key: Uint8Array, place: string): Leaf | Comment | undefined {
  if (ciphertext === "") return leaf("str", "");
  const [, data, iv, tag, type] = FORM.exec(ciphertext) ?? [];
  if (data === undefined || iv === undefined || tag === undefined || type === undefined) return undefined;
  const text = decipher({ data, iv, tag }, key, place);
  const found = text === undefined ? undefined : typed(text, type);
  return found === undefined ? undefined : { ...found, sealed: { ciphertext, place } };
}

interface Parts {
  readonly data: string;
  readonly iv: string;
  readonly tag: string;
}

function decipher({ data, iv, tag }: Parts, key: Uint8Array, place: string): string | undefined {
  const [bytes, nonce, mark] = [data, iv, tag].map((text) => Buffer.from(text, "base64"));
  if (bytes === undefined || nonce === undefined || mark?.length !== 16 || nonce.length === 0)
    return undefined;
  try {
    const cipher = createDecipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(place)).setAuthTag(mark);
    return Buffer.concat([cipher.update(bytes), cipher.final()]).toString("utf8");
  } catch {
    return undefined;
  }
}

const BOOLEANS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(["1", "t", "T", "TRUE", "true", "True"].map((text) => [text, "True"])),
  ...Object.fromEntries(["0", "f", "F", "FALSE", "false", "False"].map((text) => [text, "False"])),
};

function typed(text: string, type: string): Leaf | Comment | undefined {
  switch (type) {
    case "comment":
      return { kind: "comment", text, isInline: false };
    case "int":
      return /^[+-]?\d+$/.test(text) ? leaf("int", String(BigInt(text.replace(/^\+/, "")))) : undefined;
    case "float":
      return /^(?:[+-]Inf|NaN)$/.test(text) ? leaf("float", text) : floatOf(text);
    case "bool": {
      const value = BOOLEANS[text];
      return value === undefined ? undefined : leaf("bool", value);
    }
    case "bytes":
      return leaf("str", text);
    case "str":
    case "time":
      return leaf(type satisfies LeafType, text);
    default:
      return undefined;
  }
}

function floatOf(text: string): Leaf | undefined {
  return text.trim() === "" || Number.isNaN(Number(text)) ? undefined : floatLeaf(Number(text));
}
