import { armor, Decrypter, Encrypter, generateIdentity, identityToRecipient } from "age-encryption";
import type { AgeIdentity } from "./identities.ts";

/** A data key encrypted to one recipient, in ASCII armour. */
export interface Stanza {
  readonly recipient: string;
  readonly enc: string;
}

/** The data key, or why there is none. */
export type OpenedKey =
  | { readonly key: Uint8Array }
  | { readonly failure: "no-identity" }
  | { readonly failure: "damaged"; readonly recipient: string };

/** Finds the stanza that one of the identities opens. */
export async function openDataKey(
  stanzas: readonly Stanza[],
  identities: readonly AgeIdentity[],
): Promise<OpenedKey> {
  const mine = new Map<string, AgeIdentity>();
  for (const identity of identities) mine.set(await recipientOf(identity), identity);
  const [fitting, others] = partition(stanzas, ({ recipient }) => mine.has(recipient));
  for (const { recipient, enc } of fitting) {
    const identity = mine.get(recipient);
    const key = identity === undefined ? undefined : await tryOpen(enc, [identity]);
    if (key !== undefined) return { key };
  }
  // What a stanza says of its recipient is a remark that nothing authenticates.
  for (const { enc } of others) {
    const key = await tryOpen(enc, identities);
    if (key !== undefined) return { key };
  }
  const [damaged] = fitting;
  return damaged === undefined
    ? { failure: "no-identity" }
    : { failure: "damaged", recipient: damaged.recipient };
}

async function tryOpen(enc: string, identities: readonly AgeIdentity[]): Promise<Uint8Array | undefined> {
  try {
    const decrypter = new Decrypter();
    for (const { secret } of identities) decrypter.addIdentity(secret);
    const key = await decrypter.decrypt(armor.decode(enc.trim()));
    return key.length === 32 ? key : undefined;
  } catch {
    return undefined;
  }
}

/** The data key encrypted to each recipient by itself, as sops keeps it. */
export async function sealDataKey(key: Uint8Array, recipients: readonly string[]): Promise<Stanza[]> {
  const sealed: Stanza[] = [];
  for (const recipient of recipients) {
    const encrypter = new Encrypter();
    encrypter.addRecipient(recipient);
    sealed.push({ recipient, enc: armor.encode(await encrypter.encrypt(key)) });
  }
  return sealed;
}

/** Why data keys cannot be encrypted to a recipient; undefined where they can. */
export function unfitRecipient(recipient: string): "plugin" | "ssh" | "invalid" | undefined {
  if (recipient.startsWith("ssh-")) return "ssh";
  try {
    new Encrypter().addRecipient(recipient);
    return undefined;
  } catch {
    return /^age1[a-z0-9+._-]+1/.test(recipient) && !recipient.startsWith("age1pq1") ? "plugin" : "invalid";
  }
}

const recipients = new WeakMap<AgeIdentity, Promise<string>>();

/** The public half of an identity; empty for a text that only looks like one. */
export async function recipientOf(identity: AgeIdentity): Promise<string> {
  const known = recipients.get(identity) ?? identityToRecipient(identity.secret).catch(() => "");
  recipients.set(identity, known);
  return known;
}

/** A new identity of X25519, which every version of sops can use. */
export async function createIdentity(): Promise<AgeIdentity> {
  return { secret: await generateIdentity() };
}

function partition<T>(items: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}
