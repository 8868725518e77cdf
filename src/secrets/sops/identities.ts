import { type Diagnostic, error, type Outcome } from "../../core/diagnostic.ts";

/** A private key of age's own kinds: X25519, or hybrid with ML-KEM. */
export interface AgeIdentity {
  /** `AGE-SECRET-KEY-1…` or `AGE-SECRET-KEY-PQ-1…`. */
  readonly secret: string;
}

/**
 * The identities in the text of a key file or of SOPS_AGE_KEY: one a line, empty lines and comments passed over.
 * Lines that are none are reported (ICH9010), as are those that need another program (ICH9011); the value then has
 * the others, which may be all that is needed.
 *
 * @param file what the text came from, for messages: a path or the name of a variable
 */
export function readIdentities(text: string, file: string): Outcome<readonly AgeIdentity[]> {
  const diagnostics: Diagnostic[] = [];
  const value = text.split(/\r?\n/).flatMap((whole, index): AgeIdentity[] => {
    const line = whole.trim();
    if (line === "" || line.startsWith("#")) return [];
    if (/^AGE-SECRET-KEY-(?:PQ-)?1[02-9AC-HJ-NP-Z]{20,}$/i.test(line))
      return [{ secret: line.toUpperCase() }];
    const at = { file, line: index + 1, column: 1 };
    const other = otherKind(line);
    if (other === undefined) diagnostics.push(error("ICH9010", at, "the line is no age identity"));
    else diagnostics.push(error("ICH9011", at, `the line is ${other}, which ichor cannot use`));
    return [];
  });
  return { value, diagnostics };
}

function otherKind(line: string): string | undefined {
  const plugin = /^AGE-PLUGIN-([A-Z0-9+._-]+)-1/i.exec(line)?.[1];
  if (plugin !== undefined) return `an identity of the age plugin "${plugin.toLowerCase()}"`;
  return /^-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(line) ? "a key of SSH" : undefined;
}
