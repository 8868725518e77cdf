import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readYaml } from "../../compiler/load/read-yaml.ts";
import { type Diagnostic, error, hasErrors, type Outcome } from "../../core/diagnostic.ts";
import {
  type CreationRule,
  RULES_FILE,
  readCreationRules,
  ruleFor,
} from "../../secrets/sops/creation-rules.ts";

/** The text of .sops.yaml at the root of the repository; undefined where there is none. */
export function rulesText(root: string): string | undefined {
  const path = join(root, RULES_FILE);
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

/** Finds the rule of a path. */
export interface Rules {
  /** The rule, or why there is none (ICH1xxx, ICH9013, ICH9014) or none that ichor can obey. */
  readonly of: (path: string) => Outcome<CreationRule | undefined>;
}

/** The rules for encrypted files of a repository. */
export function readRules(root: string): Rules {
  const text = rulesText(root);
  const { value, diagnostics } = text === undefined ? NO_FILE : parseRules(text);
  return {
    of: (path) => {
      if (diagnostics.length > 0) return { value: undefined, diagnostics };
      const rule = ruleFor(value, path);
      if (rule === undefined) return { value: undefined, diagnostics: [noRule(path, text !== undefined)] };
      return { value: hasErrors(rule.obstacles) ? undefined : rule, diagnostics: rule.obstacles };
    },
  };
}

const NO_FILE: Outcome<readonly CreationRule[]> = { value: [], diagnostics: [] };

function parseRules(text: string): Outcome<readonly CreationRule[]> {
  const read = readYaml(RULES_FILE, text);
  if (read.diagnostics.length > 0) return { value: [], diagnostics: read.diagnostics };
  return readCreationRules(read.value[0]);
}

function noRule(path: string, isThere: boolean): Diagnostic {
  const message = isThere
    ? `no rule in .sops.yaml fits ${path}, so nobody knows to whom it is to be encrypted`
    : `there is no .sops.yaml, so nobody knows to whom ${path} is to be encrypted`;
  const hint = "`ichor secrets init --help` shows a rule; `ichor secrets keygen` makes a key";
  return error("ICH9013", { file: RULES_FILE, line: 1, column: 1 }, message, { hint });
}
