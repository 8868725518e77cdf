import { error, type Outcome } from "../../core/diagnostic.ts";
import { openDataKey } from "./data-key.ts";
import { emitTree } from "./emit-tree.ts";
import type { AgeIdentity } from "./identities.ts";
import { bodyOf, METADATA_KEY, readMetadata, type SopsMetadata } from "./metadata.ts";
import { parseTree } from "./parse-tree.ts";
import { openTree } from "./seal-tree.ts";
import { type Branch, entryOf, plainOf, type Tree } from "./tree.ts";

/** A file whose authentication code was checked. */
export interface OpenedFile {
  readonly metadata: SopsMetadata;
  /** The section `sops` as it stands in the first document. */
  readonly section: Branch;
  readonly key: Uint8Array;
  /** The plain documents. */
  readonly tree: Tree;
}

/** What a file holds. */
export interface DecryptedFile {
  /** The first document as a plain value, without the section `sops`. */
  readonly value: unknown;
  /** All documents as plain YAML, comments with them. */
  readonly text: string;
  readonly metadata: SopsMetadata;
}

/**
 * Decrypts a file as `sops decrypt` does and checks its authentication code. Reports ICH9001 to ICH9009; the value is
 * undefined then, also where only the code does not fit: what somebody else may have written is not to be used.
 *
 * @param file path for the positions, from the root of the repository
 */
export async function decryptSops(
  file: string,
  text: string,
  identities: readonly AgeIdentity[],
): Promise<Outcome<DecryptedFile | undefined>> {
  const { value: opened, diagnostics } = await openFile(file, text, identities);
  if (opened === undefined) return { value: undefined, diagnostics };
  const { metadata, tree } = opened;
  const value = tree[0] === undefined ? undefined : plainOf(tree[0]);
  return { value: { value, text: emitTree(tree), metadata }, diagnostics };
}

/** The trees of a file, for those who write it again; see {@link decryptSops}. */
export async function openFile(
  file: string,
  text: string,
  identities: readonly AgeIdentity[],
): Promise<Outcome<OpenedFile | undefined>> {
  const parsed = parseTree(file, text);
  if (parsed.value === undefined) return { ...parsed, value: undefined };
  const { value: metadata, diagnostics } = readMetadata(file, parsed.value);
  const section = parsed.value[0] === undefined ? undefined : entryOf(parsed.value[0], METADATA_KEY)?.value;
  if (metadata === undefined || section?.kind !== "branch") return { value: undefined, diagnostics };
  const opened = await openDataKey(metadata.stanzas, identities);
  if (!("key" in opened)) return { value: undefined, diagnostics: [unopened(file, metadata, opened)] };
  const { key } = opened;
  const found = openTree(file, parsed.value.map(bodyOf), metadata, key);
  const value = found.diagnostics.length === 0 ? { metadata, section, key, tree: found.tree } : undefined;
  return { value, diagnostics: found.diagnostics };
}

function unopened(
  file: string,
  { stanzas }: SopsMetadata,
  why: { readonly failure: "no-identity" } | { readonly failure: "damaged"; readonly recipient: string },
) {
  const at = { file, document: 0, path: ["sops", "age"] };
  if (why.failure === "damaged") {
    return error("ICH9006", at, `the data key for "${why.recipient}" was changed or cut off`);
  }
  const names = stanzas.map(({ recipient }) => recipient.slice(0, 62)).join(", ");
  return error("ICH9005", at, `no age identity at hand opens the file; it is encrypted to ${names}`, {
    hint: "set SOPS_AGE_KEY or SOPS_AGE_KEY_FILE to an identity of one of these recipients",
  });
}
