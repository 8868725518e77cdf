import { randomBytes } from "node:crypto";
import { error, type Outcome } from "../../core/diagnostic.ts";
import { formatTime } from "../../core/time.ts";
import type { CreationRule } from "./creation-rules.ts";
import { sealDataKey } from "./data-key.ts";
import { emitTree } from "./emit-tree.ts";
import { METADATA_KEY, metadataBranch, withSection } from "./metadata.ts";
import { parseTree } from "./parse-tree.ts";
import { sealTree } from "./seal-tree.ts";
import { entryOf, type Tree } from "./tree.ts";

/** What is encrypted, and how. */
export interface EncryptRequest {
  readonly file: string;
  /** Plain YAML. */
  readonly text: string;
  readonly rule: CreationRule;
  readonly now: Date;
}

/**
 * Encrypts plain YAML by a rule as `sops encrypt` does. Reports the rule's obstacles, a text that is no YAML (ICH9001),
 * one that sops cannot hold or that is encrypted already (ICH9002).
 */
export async function encryptSops(request: EncryptRequest): Promise<Outcome<string | undefined>> {
  const { file, text, rule, now } = request;
  if (rule.obstacles.length > 0) return { value: undefined, diagnostics: rule.obstacles };
  const { value: tree, diagnostics } = parseTree(file, text);
  if (tree === undefined) return { value: undefined, diagnostics };
  if (tree.some((document) => entryOf(document, METADATA_KEY) !== undefined)) {
    const at = { file, document: 0, path: [METADATA_KEY] };
    return {
      value: undefined,
      diagnostics: [error("ICH9002", at, "the file has a `sops` section: it is encrypted already")],
    };
  }
  if (tree.length === 0) {
    const at = { file, document: 0, path: [] };
    return { value: undefined, diagnostics: [error("ICH9002", at, "the file holds nothing to encrypt")] };
  }
  return { value: await encryptTree(tree, rule, now), diagnostics: [] };
}

/** A plain tree as the text of a file, under a new data key. */
export async function encryptTree(tree: Tree, rule: CreationRule, now: Date): Promise<string> {
  const key = randomBytes(32);
  const lastModified = formatTime(now);
  const sealed = sealTree(tree, rule.encryption, { key, lastModified });
  const stanzas = await sealDataKey(key, rule.recipients);
  const section = metadataBranch({ stanzas, rule: rule.encryption, lastModified, mac: sealed.mac });
  return emitTree(sealed.tree.map((document) => withSection(document, section)));
}
