import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { error, type Outcome } from "../../core/diagnostic.ts";
import { type AgeIdentity, readIdentities } from "../../secrets/sops/identities.ts";
import { type Terminal, UsageError } from "../terminal.ts";

/**
 * The age identities at hand, from where sops takes them: SOPS_AGE_KEY, the file that SOPS_AGE_KEY_FILE names, and
 * sops' own file in the user's folder. Reports lines that are none, and that there are none at all (ICH9012).
 *
 * @throws UsageError where SOPS_AGE_KEY_FILE names no file
 */
export function findIdentities(terminal: Terminal): Outcome<readonly AgeIdentity[]> {
  const { SOPS_AGE_KEY: inline = "", SOPS_AGE_KEY_FILE: named = "" } = terminal.env;
  if (named !== "" && !existsSync(named)) {
    throw new UsageError(`SOPS_AGE_KEY_FILE names ${named}, and there is no such file`);
  }
  const own = identityFile(terminal);
  const sources = [
    ...(inline === "" ? [] : [readIdentities(inline, "SOPS_AGE_KEY")]),
    ...(named === "" ? [] : [readIdentities(readFileSync(named, "utf8"), named)]),
    ...(own === undefined || !existsSync(own) ? [] : [readIdentities(readFileSync(own, "utf8"), own)]),
  ];
  const value = sources.flatMap((source) => source.value);
  const diagnostics = sources.flatMap((source) => source.diagnostics);
  if (value.length > 0 || diagnostics.length > 0) return { value, diagnostics };
  const at = { file: own ?? "SOPS_AGE_KEY", line: 1, column: 1 };
  const message = "there is no age identity in SOPS_AGE_KEY, in SOPS_AGE_KEY_FILE or in this file";
  const hint = "set one of them to an identity of a recipient; `ichor secrets keygen` makes a new one";
  return { value, diagnostics: [error("ICH9012", at, message, { hint })] };
}

/** Where sops looks for identities by itself; undefined where the user has no folder. */
export function identityFile({ env }: Pick<Terminal, "env">): string | undefined {
  const { XDG_CONFIG_HOME: config = "", HOME: home = "" } = env;
  if (config !== "") return join(config, "sops/age/keys.txt");
  return home === "" ? undefined : join(home, ".config/sops/age/keys.txt");
}
