import { type Diagnostic, error, type Outcome, type SourceRef, within } from "../../core/diagnostic.ts";
import { isMapping, type Mapping } from "../../core/mapping.ts";
import { unfitRecipient } from "./data-key.ts";
import { DEFAULT_RULE, decisionOf, type EncryptionRule, RULE_FORMS } from "./encryption-rule.ts";
import { goRegExp } from "./go-regexp.ts";

/** Where sops and ichor look for rules, from the root of the repository. */
export const RULES_FILE = ".sops.yaml";

/** Says how files are encrypted whose path fits. */
export interface CreationRule {
  /** Undefined fits every path. */
  readonly pathRegex: RegExp | undefined;
  /** Age recipients without repetition. */
  readonly recipients: readonly string[];
  readonly encryption: EncryptionRule;
  /** Why ichor cannot encrypt by it; other files may need it all the same. */
  readonly obstacles: readonly Diagnostic[];
  readonly at: SourceRef;
}

/**
 * Reads the plain value of .sops.yaml. Reports what is in no form that sops reads (ICH9014); what sops can do and ichor
 * cannot is an obstacle of its rule.
 */
export function readCreationRules(value: unknown, file = RULES_FILE): Outcome<readonly CreationRule[]> {
  const at: SourceRef = { file, document: 0, path: ["creation_rules"] };
  const list = isMapping(value) ? value["creation_rules"] : undefined;
  if (!Array.isArray(list)) {
    return {
      value: [],
      diagnostics: [error("ICH9014", { ...at, path: [] }, "`creation_rules` is a list of rules")],
    };
  }
  const read = list.map((rule: unknown, index) => readRule(rule, within(at, index)));
  return {
    value: read.flatMap(({ value: rule }) => (rule === undefined ? [] : [rule])),
    diagnostics: read.flatMap(({ diagnostics }) => diagnostics),
  };
}

/** The first rule whose path fits, as sops chooses. */
export function ruleFor(rules: readonly CreationRule[], path: string): CreationRule | undefined {
  return rules.find(({ pathRegex }) => pathRegex?.test(path) ?? true);
}

function readRule(rule: unknown, at: SourceRef): Outcome<CreationRule | undefined> {
  if (!isMapping(rule)) return refuse(at, "a rule is a mapping");
  const { path_regex: path } = rule;
  const pathRegex = typeof path === "string" && path !== "" ? goRegExp(path) : undefined;
  if (typeof path === "string" && path !== "" && pathRegex === undefined) {
    return refuse(
      within(at, "path_regex"),
      "`path_regex` is no regular expression that Go and JavaScript read alike",
    );
  }
  const encryption = readEncryption(rule);
  if (encryption === undefined) {
    return refuse(
      at,
      "at most one of the rules for what is encrypted may be said, and its text must be a regular expression or a suffix",
    );
  }
  const recipients = recipientsOf(rule);
  if (recipients === undefined) return refuse(at, "`age` is a text with commas or a list of texts");
  const obstacles = [...otherKeys(rule, at), ...unfitRecipients(recipients, at)];
  return { value: { pathRegex, recipients, encryption, obstacles, at }, diagnostics: [] };
}

function readEncryption(rule: Mapping): EncryptionRule | undefined {
  const isMacOnlyEncrypted = rule["mac_only_encrypted"] === true;
  const [form, second] = RULE_FORMS.filter((name) => rule[name] !== undefined && rule[name] !== "");
  if (form === undefined) return { ...DEFAULT_RULE, isMacOnlyEncrypted };
  const text = rule[form];
  if (second !== undefined || typeof text !== "string") return undefined;
  const encryption = { form, text, isMacOnlyEncrypted };
  return decisionOf(encryption) === undefined ? undefined : encryption;
}

/** `age` beside the path, or in the one group of keys that is as good. */
function recipientsOf(rule: Mapping): readonly string[] | undefined {
  const groups: readonly unknown[] = Array.isArray(rule["key_groups"]) ? rule["key_groups"] : [];
  const sources = groups.length > 0 ? groups.flatMap(sourcesOf) : [rule["age"] ?? []];
  const names: string[] = [];
  for (const source of sources) {
    const list: readonly unknown[] =
      typeof source === "string" ? source.split(",") : Array.isArray(source) ? source : [];
    if (!(typeof source === "string" || Array.isArray(source))) return undefined;
    if (!list.every((name) => typeof name === "string")) return undefined;
    names.push(...list.flatMap((name) => name.split(",")).map((name) => name.trim()));
  }
  return [...new Set(names.filter((name) => name !== ""))];
}

/** A group and those merged into it. */
function sourcesOf(group: unknown): unknown[] {
  if (!isMapping(group)) return [undefined];
  const merged = Array.isArray(group["merge"]) ? group["merge"].flatMap(sourcesOf) : [];
  return [...merged, group["age"] ?? []];
}

const OTHER_KEYS = ["kms", "gcp_kms", "hckms", "azure_keyvault", "hc_vault", "hc_vault_transit_uri", "pgp"];

function otherKeys(rule: Mapping, at: SourceRef): Diagnostic[] {
  const groups: readonly unknown[] = Array.isArray(rule["key_groups"]) ? rule["key_groups"] : [];
  if (groups.length > 1) {
    return [
      error("ICH9004", within(at, "key_groups"), "the rule splits the data key among several groups of keys"),
    ];
  }
  const where = [rule, ...groups].filter(isMapping);
  const found = OTHER_KEYS.filter((name) => where.some((keys) => isSaid(keys[name])));
  return found.map((name) =>
    error("ICH9004", at, `the rule encrypts to keys of the kind \`${name}\`, which ichor cannot do`),
  );
}

function isSaid(keys: unknown): boolean {
  return typeof keys === "string" ? keys !== "" : Array.isArray(keys) && keys.length > 0;
}

function unfitRecipients(recipients: readonly string[], at: SourceRef): Diagnostic[] {
  if (recipients.length === 0) return [error("ICH9014", at, "the rule names no age recipient")];
  return recipients.flatMap((name) => {
    const why = unfitRecipient(name);
    if (why === undefined) return [];
    if (why === "invalid") return [error("ICH9014", within(at, "age"), `"${name}" is no age recipient`)];
    const kind = why === "ssh" ? "an SSH key" : "a recipient of an age plugin";
    return [error("ICH9011", within(at, "age"), `"${name}" is ${kind}, to which ichor cannot encrypt`)];
  });
}

function refuse(at: SourceRef, message: string): Outcome<undefined> {
  return { value: undefined, diagnostics: [error("ICH9014", at, message)] };
}
