import { readSecretYaml } from "../../compiler/load/read-secret-yaml.ts";
import { type Diagnostic, error, type Outcome, type SourceRef } from "../../core/diagnostic.ts";
import { isMapping } from "../../core/mapping.ts";
import { type Authorities, checkExpiry, readAuthorities } from "../../secrets/bundle/authorities.ts";
import { readBundle } from "../../secrets/bundle/read-bundle.ts";
import type { CreationRule } from "../../secrets/sops/creation-rules.ts";
import { decryptSops } from "../../secrets/sops/decrypt.ts";
import type { AgeIdentity } from "../../secrets/sops/identities.ts";
import { readSection, type SopsMetadata } from "../../secrets/sops/metadata.ts";
import { clusterOfBundle } from "./choose-files.ts";
import type { Workspace } from "./workspace.ts";

/** What can be seen of an encrypted file without a key. */
export interface FileView {
  readonly file: string;
  readonly cluster: string | undefined;
  readonly metadata: SopsMetadata | undefined;
  /** Of a cluster's bundle whose certificates are readable. */
  readonly authorities: Authorities | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Looks at an encrypted file without a key. */
export function viewFile({ tree }: Pick<Workspace, "tree">, file: string): FileView {
  const cluster = clusterOfBundle(file);
  const text = tree.get(file);
  const at: SourceRef = { file, document: 0, path: [] };
  const nothing = { file, cluster, metadata: undefined, authorities: undefined };
  if (typeof text !== "string") {
    return { ...nothing, diagnostics: [error("ICH9001", at, `${file} cannot be read`)] };
  }
  const read = readSecretYaml(file, text);
  if (read.diagnostics.length > 0) return { ...nothing, diagnostics: read.diagnostics };
  const [document] = read.value;
  const section = isMapping(document) ? document["sops"] : undefined;
  if (!isMapping(section)) {
    const message = "the file is not encrypted: it has no `sops` section";
    const hint =
      "`ichor secrets encrypt FILE` encrypts it; what was ever committed in the clear has to be replaced";
    return { ...nothing, diagnostics: [error("ICH9003", at, message, { hint })] };
  }
  const metadata = readSection(section, { ...at, path: ["sops"] });
  const authorities: Outcome<Authorities | undefined> =
    cluster === undefined ? { value: undefined, diagnostics: [] } : readAuthorities(document, at);
  return {
    file,
    cluster,
    metadata: metadata.value,
    authorities: authorities.value,
    diagnostics: [...metadata.diagnostics, ...authorities.diagnostics],
  };
}

/** Says where a file is encrypted otherwise than its rule says (ICH9015). */
export function compareWithRule({ file, metadata }: FileView, rule: CreationRule): readonly Diagnostic[] {
  if (metadata === undefined) return [];
  const at: SourceRef = { file, document: 0, path: ["sops"] };
  const hint = `\`ichor secrets rotate ${file}\` encrypts it by the rule`;
  const related = [{ message: "the rule", at: rule.at }];
  const has = metadata.stanzas.map(({ recipient }) => recipient);
  const missing = rule.recipients.filter((name) => !has.includes(name));
  const extra = [...has.filter((name) => !rule.recipients.includes(name)), ...metadata.otherKeys];
  const found: Diagnostic[] = [];
  if (missing.length > 0) {
    const message = `the file is not encrypted to ${missing.join(", ")}, as its rule says`;
    found.push(error("ICH9015", { ...at, path: ["sops", "age"] }, message, { related, hint }));
  }
  if (extra.length > 0) {
    const message = `the file is encrypted to ${extra.join(", ")}, which its rule does not name`;
    found.push(error("ICH9015", { ...at, path: ["sops", "age"] }, message, { related, hint }));
  }
  const [is, says] = [metadata.rule, rule.encryption];
  if (is.form !== says.form || is.text !== says.text || is.isMacOnlyEncrypted !== says.isMacOnlyEncrypted) {
    const message = `\`${is.form}: ${is.text}\` decides what of the file is encrypted, and \`${says.form}: ${says.text}\` should`;
    found.push(error("ICH9015", at, message, { related, hint }));
  }
  return found;
}

/** Opens a file: its authentication code, and for a bundle the form of all it holds. */
export async function checkContent(
  { tree, guard }: Pick<Workspace, "tree" | "guard">,
  { file, cluster }: FileView,
  identities: readonly AgeIdentity[],
): Promise<readonly Diagnostic[]> {
  const text = tree.get(file);
  if (typeof text !== "string") return [];
  const { value: opened, diagnostics } = await decryptSops(file, text, identities);
  if (opened === undefined) return diagnostics;
  guard.learnTree(opened.value, file);
  return cluster === undefined ? [] : readBundle(opened.value, { file, document: 0, path: [] }).diagnostics;
}

/** What is wrong with the dates of a bundle's authorities. */
export function checkDates({ file, authorities }: FileView, now: Date): readonly Diagnostic[] {
  return authorities === undefined ? [] : checkExpiry(authorities, { file, document: 0, path: [] }, now);
}
