import { CODES } from "../../core/codes.ts";
import type { Outcome } from "../../core/diagnostic.ts";
import { readYaml } from "./read-yaml.ts";

/**
 * Reads a file as {@link readYaml} does, for files that may hold secrets in the clear: what is wrong is said by the
 * title of its code, since other messages quote the text.
 */
export function readSecretYaml(file: string, text: string): Outcome<readonly unknown[]> {
  const { value, diagnostics } = readYaml(file, text);
  return {
    value,
    diagnostics: diagnostics.map(({ code, severity, at }) => ({
      code,
      severity,
      at,
      message: `${CODES[code].title}; the text is not shown, since it may be secret`,
    })),
  };
}
