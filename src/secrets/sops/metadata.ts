import {
  compareText,
  type Diagnostic,
  error,
  type Outcome,
  type SourceRef,
  within,
} from "../../core/diagnostic.ts";
import { isMapping, type Mapping } from "../../core/mapping.ts";
import type { Stanza } from "./data-key.ts";
import { DEFAULT_RULE, decisionOf, type EncryptionRule, RULE_FORMS } from "./encryption-rule.ts";
import { type Branch, entryOf, leaf, plainOf, type Tree, type Value } from "./tree.ts";

/** The key under which a file keeps what is needed to open it. */
export const METADATA_KEY = "sops";

/** What a file says of its own encryption. */
export interface SopsMetadata {
  readonly stanzas: readonly Stanza[];
  readonly rule: EncryptionRule;
  /** RFC 3339; the authentication code is bound to it. */
  readonly lastModified: string;
  readonly mac: string;
  /** Kinds of keys beside age's: `pgp`, `kms`. */
  readonly otherKeys: readonly string[];
}

const OTHER_KEYS = ["kms", "gcp_kms", "hckms", "azure_kv", "hc_vault", "pgp"];

/**
 * Reads the section `sops` of a file's first document, for which no key is needed. Reports a file that has none
 * (ICH9003) and one that ichor cannot open (ICH9004).
 */
export function readMetadata(file: string, tree: Tree): Outcome<SopsMetadata | undefined> {
  const root: SourceRef = { file, document: 0, path: [] };
  const section = tree[0] === undefined ? undefined : entryOf(tree[0], METADATA_KEY)?.value;
  if (section === undefined)
    return refuse("ICH9003", root, "the file is not encrypted: it has no `sops` section");
  const plain = plainOf(section);
  const at = within(root, METADATA_KEY);
  if (!isMapping(plain)) return refuse("ICH9004", at, "`sops` is a mapping");
  return readSection(plain, at);
}

/** The section of a plain value, as {@link readMetadata} reads it. */
export function readSection(section: Mapping, at: SourceRef): Outcome<SopsMetadata | undefined> {
  const { lastmodified, mac, key_groups: groups } = section;
  if (typeof lastmodified !== "string" || typeof mac !== "string" || mac === "") {
    return refuse(
      "ICH9004",
      at,
      "the `sops` section has no `mac` or no `lastmodified`, so nothing shows who changed the file",
    );
  }
  if (Array.isArray(groups) && groups.length > 0) {
    return refuse("ICH9004", within(at, "key_groups"), "the data key is split among groups of keys");
  }
  const otherKeys = OTHER_KEYS.filter((name) => Array.isArray(section[name]) && section[name].length > 0);
  const stanzas = Array.isArray(section["age"]) ? section["age"].flatMap(stanzaOf) : [];
  if (stanzas.length === 0) {
    const kinds = otherKeys.length === 0 ? "nobody" : `keys of the kind ${otherKeys.join(", ")} only`;
    return refuse("ICH9004", at, `the file is encrypted to ${kinds}, not to an age recipient`);
  }
  const rule = ruleOf(section);
  if (rule === undefined || decisionOf(rule) === undefined) {
    return refuse("ICH9004", at, "the file says in no way that ichor knows what of it is encrypted");
  }
  return { value: { stanzas, rule, lastModified: lastmodified, mac, otherKeys }, diagnostics: [] };
}

function stanzaOf(entry: unknown): Stanza[] {
  if (!isMapping(entry)) return [];
  const { recipient, enc } = entry;
  return typeof recipient === "string" && typeof enc === "string" ? [{ recipient, enc }] : [];
}

function ruleOf(section: Mapping): EncryptionRule | undefined {
  const isMacOnlyEncrypted = section["mac_only_encrypted"] === true;
  const said = RULE_FORMS.filter((form) => typeof section[form] === "string" && section[form] !== "");
  const [form, second] = said;
  if (form === undefined) return { ...DEFAULT_RULE, isMacOnlyEncrypted };
  return second === undefined ? { form, text: String(section[form]), isMacOnlyEncrypted } : undefined;
}

/** The version of sops whose files these are like. */
const SOPS_VERSION = "3.13.3";

/** The section for a file that is encrypted to these stanzas. */
export function metadataBranch({
  stanzas,
  rule,
  lastModified,
  mac,
}: Omit<SopsMetadata, "otherKeys">): Branch {
  const age = stanzas.map(({ recipient, enc }) => branch({ enc: text(enc), recipient: text(recipient) }));
  return branch({
    age: { kind: "list", items: age },
    [rule.form]: text(rule.text),
    lastmodified: text(lastModified),
    mac: text(mac),
    ...(rule.isMacOnlyEncrypted ? { mac_only_encrypted: leaf("bool", "True") } : {}),
    version: text(SOPS_VERSION),
  });
}

/** The section with another time and code, everything else as it was. */
export function withMac(section: Branch, lastModified: string, mac: string): Branch {
  const changed: Readonly<Record<string, Value>> = { lastmodified: text(lastModified), mac: text(mac) };
  const items = section.items.map((item) =>
    item.kind === "entry" ? { ...item, value: changed[item.key] ?? item.value } : item,
  );
  return { kind: "branch", items };
}

/** A document without its section. */
export function bodyOf(document: Branch): Branch {
  const items = document.items.filter((item) => item.kind !== "entry" || item.key !== METADATA_KEY);
  return { kind: "branch", items };
}

/** A document with a section at its end. */
export function withSection(body: Branch, section: Branch): Branch {
  return { kind: "branch", items: [...body.items, { kind: "entry", key: METADATA_KEY, value: section }] };
}

/** Sorted, as sops writes it. */
function branch(entries: Readonly<Record<string, Value>>): Branch {
  const sorted = Object.entries(entries).toSorted(([a], [b]) => compareText(a, b));
  return { kind: "branch", items: sorted.map(([key, value]) => ({ kind: "entry", key, value })) };
}

function text(value: string) {
  return leaf("str", value);
}

function refuse(code: Diagnostic["code"], at: SourceRef, message: string): Outcome<undefined> {
  return { value: undefined, diagnostics: [error(code, at, message)] };
}
