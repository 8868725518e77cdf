/** What Go's syntax has and JavaScript's has not, or the other way round, or both in different meanings. */
const DIFFERS = /\(\?[=!]|\(\?<[=!]|\\[1-9kAzQECG]|\[\[:|\(\?[a-zA-Z-]+[:)]/;

/**
 * A regular expression in Go's syntax (RE2), which is what .sops.yaml holds.
 *
 * @returns undefined where it is none, or one that JavaScript would understand differently
 * @see https://github.com/google/re2/wiki/Syntax
 */
export function goRegExp(pattern: string): RegExp | undefined {
  const ignoresCase = pattern.startsWith("(?i)");
  const rest = (ignoresCase ? pattern.slice(4) : pattern).replaceAll("(?P<", "(?<");
  if (DIFFERS.test(rest)) return undefined;
  try {
    return new RegExp(rest, ignoresCase ? "i" : "");
  } catch {
    return undefined;
  }
}
