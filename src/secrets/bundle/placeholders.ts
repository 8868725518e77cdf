import { type Diagnostic, error, type SourceRef, within } from "../../core/diagnostic.ts";
import { isMapping } from "../../core/mapping.ts";
import { formatPath, type Path } from "../../core/path.ts";
import { BUNDLE_NAMES } from "./shape.ts";

/** What stands in place of a secret that somebody holds back. */
const KINDS = [
  {
    code: "ICH9118",
    is: (text: string) => text.startsWith("ENC["),
    what: ["is still encrypted", "are still encrypted"],
    hint: "decrypt the file first",
  },
  {
    code: "ICH9120",
    is: (text: string) => /^(?:\*{3,}|REDACTED)$/i.test(text.trim()),
    what: ["is redacted", "are redacted"],
    hint: "get the configuration as os:admin and without redaction",
  },
  {
    code: "ICH9121",
    is: (text: string) => text.startsWith("ref+"),
    what: ["is a reference", "are references"],
    hint: "resolve the references first, or import what they point to",
  },
] as const;

/** A value that was found somewhere, with its place and the name that people know it by. */
export interface FoundValue {
  readonly name: string;
  readonly value: unknown;
  readonly at: SourceRef;
}

/** Says which values are not in the clear, one diagnostic for each way in which they are not. */
export function checkFound(found: readonly FoundValue[]): readonly Diagnostic[] {
  return KINDS.flatMap(({ code, is, what: [one, several], hint }) => {
    const such = found.filter(({ value }) => typeof value === "string" && is(value));
    const [first] = such;
    if (first === undefined) return [];
    const names = such.map(({ name }) => `\`${name}\``).join(", ");
    return [error(code, first.at, `${names} ${such.length === 1 ? one : several}`, { hint })];
  });
}

/** The same for every value that a bundle could have, at any depth that a bundle has. */
export function checkInTheClear(value: unknown, at: SourceRef): readonly Diagnostic[] {
  return checkFound(leavesOf(value, [], at));
}

function leavesOf(value: unknown, path: Path, at: SourceRef): readonly FoundValue[] {
  if (!isMapping(value) || path.length > 3)
    return [{ name: formatPath(path), value, at: within(at, ...path) }];
  return Object.entries(value).flatMap(([name, inner]) => {
    // What is no name of a bundle may be anything and is not printed.
    return BUNDLE_NAMES.has(name) ? leavesOf(inner, [...path, name], at) : [];
  });
}
