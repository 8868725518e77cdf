import { error, type Outcome } from "../../core/diagnostic.ts";
import type { Path } from "../../core/path.ts";
import { formatTime } from "../../core/time.ts";
import type { CreationRule } from "./creation-rules.ts";
import { openFile } from "./decrypt.ts";
import { emitTree } from "./emit-tree.ts";
import { encryptTree } from "./encrypt.ts";
import { floatLeaf } from "./go-scalar.ts";
import type { AgeIdentity } from "./identities.ts";
import { withMac, withSection } from "./metadata.ts";
import { sealTree } from "./seal-tree.ts";
import {
  type Branch,
  type Comment,
  isComment,
  type Leaf,
  type List,
  leaf,
  type Tree,
  type Value,
} from "./tree.ts";

/** A file that is to be written again. */
export interface RewriteRequest {
  readonly file: string;
  readonly text: string;
  readonly identities: readonly AgeIdentity[];
  readonly now: Date;
}

/** A value to be put at a place of the first document. */
export interface Edit {
  readonly path: Path;
  readonly value: string | number | boolean;
}

/**
 * Sets values as `sops set` does: with the file's own key, to its own recipients; all that does not change keeps its
 * ciphertext. Missing mappings on the way are made. Reports what {@link openFile} does, and a path through a value
 * that holds no others (ICH9016).
 */
export async function editSops(
  request: RewriteRequest & { readonly edits: readonly Edit[] },
): Promise<Outcome<string | undefined>> {
  const { file, text, identities, edits, now } = request;
  const { value: opened, diagnostics } = await openFile(file, text, identities);
  if (opened === undefined) return { value: undefined, diagnostics };
  let [first = EMPTY, ...others] = opened.tree;
  for (const { path, value } of edits) {
    const changed = put(first, path, leafOf(value));
    if (changed?.kind !== "branch") {
      const message = "the path leads through a value that holds no others";
      return {
        value: undefined,
        diagnostics: [error("ICH9016", { file, document: 0, path: path.slice(0, -1) }, message)],
      };
    }
    first = changed;
  }
  const lastModified = formatTime(now);
  const { rule } = opened.metadata;
  const sealed = sealTree([first, ...others], rule, { key: opened.key, lastModified });
  const section = withMac(opened.section, lastModified, sealed.mac);
  return { value: emitTree(sealed.tree.map((document) => withSection(document, section))), diagnostics: [] };
}

/**
 * Encrypts a file anew by a rule: another data key, the rule's recipients, what the rule says is encrypted. Reports
 * what {@link openFile} does, and the rule's obstacles.
 */
export async function rotateSops(
  request: RewriteRequest & { readonly rule: CreationRule },
): Promise<Outcome<string | undefined>> {
  const { file, text, identities, rule, now } = request;
  if (rule.obstacles.length > 0) return { value: undefined, diagnostics: rule.obstacles };
  const { value: opened, diagnostics } = await openFile(file, text, identities);
  if (opened === undefined) return { value: undefined, diagnostics };
  return { value: await encryptTree(forget(opened.tree), rule, now), diagnostics: [] };
}

const EMPTY: Branch = { kind: "branch", items: [] };

function put(value: Value | undefined, path: Path, to: Leaf): Value | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return to;
  if (value === undefined || (value.kind === "leaf" && value.type === "null")) return put(EMPTY, path, to);
  if (value.kind === "leaf") return undefined;
  return value.kind === "branch"
    ? putInBranch(value, [String(step), rest], to)
    : putInList(value, [step, rest], to);
}

function putInBranch(branch: Branch, [key, rest]: readonly [string, Path], to: Leaf): Branch | undefined {
  const index = branch.items.findIndex((item) => item.kind === "entry" && item.key === key);
  const before = branch.items[index];
  const value = put(before?.kind === "entry" ? before.value : undefined, rest, to);
  if (value === undefined) return undefined;
  const entry = { kind: "entry", key, value } as const;
  const items = index < 0 ? [...branch.items, entry] : branch.items.with(index, entry);
  return { kind: "branch", items };
}

function putInList(list: List, [step, rest]: readonly [string | number, Path], to: Leaf): List | undefined {
  const places = list.items.flatMap((item, index) => (isComment(item) ? [] : [index]));
  const wanted = Number(step);
  if (!Number.isInteger(wanted) || wanted < 0 || wanted > places.length) return undefined;
  const index = places[wanted];
  const before = index === undefined ? undefined : list.items[index];
  const value = put(before === undefined || isComment(before) ? undefined : before, rest, to);
  if (value === undefined) return undefined;
  return {
    kind: "list",
    items: index === undefined ? [...list.items, value] : list.items.with(index, value),
  };
}

function leafOf(value: Edit["value"]): Leaf {
  if (typeof value === "boolean") return leaf("bool", value ? "True" : "False");
  if (typeof value === "string") return leaf("str", value);
  return Number.isSafeInteger(value) ? leaf("int", String(value)) : floatLeaf(value);
}

/** A tree that no longer knows what it was decrypted from: with another key that is worth nothing. */
function forget(tree: Tree): Tree {
  return tree.map((document) => ({ kind: "branch", items: document.items.map(forgetItem) }));
}

function forgetItem<T extends Branch["items"][number] | Value | Comment>(item: T): T;
function forgetItem(item: Branch["items"][number] | Value): Branch["items"][number] | Value {
  switch (item.kind) {
    case "entry":
      return { ...item, value: forgetItem(item.value) };
    case "branch":
      return { kind: "branch", items: item.items.map(forgetItem) };
    case "list":
      return { kind: "list", items: item.items.map(forgetItem) };
    case "leaf":
      return leaf(item.type, item.text);
    case "comment":
      return { kind: "comment", text: item.text, isInline: item.isInline };
  }
}
