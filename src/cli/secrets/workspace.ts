import { load } from "../../compiler/load/load.ts";
import { locate } from "../../compiler/load/locate.ts";
import { validate } from "../../compiler/validate/validate.ts";
import { readFolder } from "../../compiler/write/read-sources.ts";
import { type Diagnostic, hasErrors } from "../../core/diagnostic.ts";
import { didYouMean } from "../../core/suggest.ts";
import { bundlePath } from "../../model/homes.ts";
import type { Doc, Inventory } from "../../model/inventory.ts";
import type { SourceTree } from "../../model/source-tree.ts";
import type { LeakGuard } from "../../secrets/leaks/leak-guard.ts";
import { RULES_FILE } from "../../secrets/sops/creation-rules.ts";
import { colorOf, type Registration, rootOf } from "../command.ts";
import { formatText } from "../format-diagnostics.ts";
import { requireRepository } from "../repository.ts";
import { type Terminal, UsageError } from "../terminal.ts";
import { type SecretsWriter, secretsWriter } from "./files.ts";
import { type Rules, readRules, rulesText } from "./rules.ts";

/** The repository that a command about secrets works on. */
export interface Workspace {
  readonly root: string;
  /** Its sources, .sops.yaml with them. */
  readonly tree: SourceTree;
  readonly rules: Rules;
  readonly guard: LeakGuard;
  readonly write: SecretsWriter;
  readonly terminal: Terminal;
  /** Prints diagnostics with their lines; says whether there is an error among them. */
  readonly report: (diagnostics: readonly Diagnostic[]) => boolean;
}

export function openWorkspace(registration: Registration): Workspace {
  const root = requireRepository(rootOf(registration));
  const text = rulesText(root);
  const sources = readFolder(root);
  const tree: SourceTree = text === undefined ? sources : new Map([...sources, [RULES_FILE, text]]);
  const report = (diagnostics: readonly Diagnostic[]): boolean => {
    const located = locate(tree, diagnostics);
    registration.terminal.stderr(formatText(located, { color: colorOf(registration) }));
    return hasErrors(located);
  };
  const { guard, terminal } = registration;
  return { root, tree, rules: readRules(root), guard, write: secretsWriter(root, guard), terminal, report };
}

/**
 * What the repository says there is; undefined where it has errors, which were printed then. What is wrong with
 * secrets does not count: that is what the commands that ask are there to mend.
 */
export function inventoryOf({ tree, report }: Workspace): Inventory | undefined {
  const loaded = load(tree);
  const { value, diagnostics } = validate(loaded.value);
  const errors = [...loaded.diagnostics, ...diagnostics].filter(
    ({ code, severity }) => severity === "error" && !code.startsWith("ICH9"),
  );
  if (errors.length > 0) report(errors);
  return errors.length > 0 ? undefined : value;
}

/** A cluster with the path of its bundle. */
export interface NamedCluster {
  readonly name: string;
  readonly site: string;
  readonly doc: Doc<"Cluster">;
  readonly bundle: string;
}

/**
 * The cluster of a name.
 *
 * @throws UsageError where there is none
 */
export function clusterOf(inventory: Inventory, name: string): NamedCluster {
  const doc = inventory.clusters.get(name);
  if (doc === undefined) {
    throw new UsageError(`there is no cluster "${name}"${didYouMean(name, [...inventory.clusters.keys()])}`);
  }
  const { site } = doc.spec;
  return { name, site, doc, bundle: bundlePath({ site, cluster: name }) };
}
