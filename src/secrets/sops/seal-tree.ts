import { createHash, type Hash } from "node:crypto";
import { type Diagnostic, error } from "../../core/diagnostic.ts";
import { invariant } from "../../core/invariant.ts";
import { isSealed, open, seal, sealText } from "./cipher.ts";
import { decisionOf, type EncryptionRule, type IsEncrypted } from "./encryption-rule.ts";
import type { SopsMetadata } from "./metadata.ts";
import { type Comment, type Leaf, leaf, type Tree } from "./tree.ts";
import { walk } from "./walk.ts";

/** The 32 bytes with which sops starts a code over encrypted values only: SHA-256 of `sops`. */
const MAC_ONLY_ENCRYPTED_START = createHash("sha256").update("sops").digest();

/** A tree whose values are encrypted, and the code over them, encrypted as well. */
export interface SealedTree {
  readonly tree: Tree;
  readonly mac: string;
}

/** Encrypts what a rule says of a plain tree, without the sections `sops`. */
export function sealTree(
  tree: Tree,
  rule: EncryptionRule,
  { key, lastModified }: { readonly key: Uint8Array; readonly lastModified: string },
): SealedTree {
  const isEncrypted = decision(rule);
  const hash = startHash(rule);
  const sealed = tree.map((document) =>
    walk(document, (item, place) => {
      const encrypts = isEncrypted(place);
      authenticate(hash, item, encrypts || !rule.isMacOnlyEncrypted);
      return encrypts ? replaced(item, seal(item, key, placeText(place.path))) : item;
    }),
  );
  return { tree: sealed, mac: sealText(digest(hash), "str", { key, place: lastModified }) };
}

/** A plain tree, and whatever shows that somebody without the key changed the file. */
export interface OpenedTree {
  readonly tree: Tree;
  readonly diagnostics: readonly Diagnostic[];
}

/** Decrypts a tree without the sections `sops`; reports ICH9007, ICH9008 and ICH9009. */
export function openTree(file: string, tree: Tree, metadata: SopsMetadata, key: Uint8Array): OpenedTree {
  const { rule } = metadata;
  const isEncrypted = decision(rule);
  const hash = startHash(rule);
  const diagnostics: Diagnostic[] = [];
  const opened = tree.map((document, index) =>
    walk(document, (item, place, steps) => {
      const encrypts = isEncrypted(place);
      const report = (code: "ICH9007" | "ICH9008", message: string) =>
        diagnostics.push(error(code, { file, document: index, path: steps }, message));
      const plain = encrypts ? openItem(item, { key, path: place.path, report }) : item;
      authenticate(hash, plain, encrypts || !rule.isMacOnlyEncrypted);
      return plain;
    }),
  );
  if (diagnostics.length === 0 && !fits(metadata, digest(hash), key)) {
    const at = { file, document: 0, path: ["sops", "mac"] };
    diagnostics.push(
      error(
        "ICH9009",
        at,
        "the file was changed by somebody without its key: the code over its values does not fit",
      ),
    );
  }
  return { tree: opened, diagnostics };
}

/** sops binds the code to the time as it would write it: without parts of a second. */
function fits({ mac, lastModified }: SopsMetadata, expected: string, key: Uint8Array): boolean {
  const found = open(mac, key, lastModified);
  return found !== undefined && found.text === expected;
}

interface Opening {
  readonly key: Uint8Array;
  readonly path: readonly string[];
  readonly report: (code: "ICH9007" | "ICH9008", message: string) => void;
}

function openItem(item: Leaf | Comment, { key, path, report }: Opening): Leaf | Comment {
  const place = placeText(path);
  // Comments are not authenticated, and older files have some in the clear: sops leaves what it cannot open.
  if (item.kind === "comment") return openComment(item, key, path) ?? item;
  if (item.type === "str" && item.text === "") return item;
  if (item.type !== "str" || !item.text.startsWith("ENC[")) {
    report("ICH9007", "the value stands in the clear, though the file's own rule has it encrypted");
    return item;
  }
  const opened = isSealed(item.text) ? open(item.text, key, place) : undefined;
  if (opened === undefined) report("ICH9008", "the encrypted value was changed, moved or cut off");
  return opened ?? item;
}

/** Which collection a comment belongs to is a matter of taste: sops may have bound it to one further out. */
function openComment(item: Comment, key: Uint8Array, path: readonly string[]): Leaf | Comment | undefined {
  if (!isSealed(item.text)) return undefined;
  for (let length = path.length; length >= 0; length -= 1) {
    const opened = open(item.text, key, placeText(path.slice(0, length)));
    if (opened !== undefined) return opened;
  }
  return undefined;
}

function placeText(path: readonly string[]): string {
  return `${path.join(":")}:`;
}

/** In a list an encrypted comment is an item like others: sops writes it so. */
function replaced(item: Leaf | Comment, ciphertext: string): Leaf | Comment {
  return item.kind === "comment" && ciphertext === "" ? item : leaf("str", ciphertext);
}

function startHash(rule: EncryptionRule): Hash {
  const hash = createHash("sha512");
  return rule.isMacOnlyEncrypted ? hash.update(MAC_ONLY_ENCRYPTED_START) : hash;
}

function authenticate(hash: Hash, item: Leaf | Comment, counts: boolean): void {
  if (counts && item.kind === "leaf") hash.update(item.text, "utf8");
}

function digest(hash: Hash): string {
  return hash.digest("hex").toUpperCase();
}

function decision(rule: EncryptionRule): IsEncrypted {
  const decided = decisionOf(rule);
  invariant(decided !== undefined, "a rule is checked where it is read");
  return decided;
}
