import { type Diagnostic, error, type SourceRef, within } from "../../core/diagnostic.ts";
import { isMapping } from "../../core/mapping.ts";
import { didYouMean } from "../../core/suggest.ts";
import { leafAt } from "../../secrets/references/leaf.ts";
import { describeReference, parseReference, type Reference } from "../../secrets/references/reference.ts";
import type { LoadedFile } from "../load/source-document.ts";
import { patchesIn } from "./patches-in.ts";

/**
 * What can be said without a key of the references to secrets in users' patches: that each is one (ICH9201 to ICH9205),
 * and that the encrypted file and the key in it are there (ICH9206, ICH9208, ICH9209).
 */
export function secretReferences(files: readonly LoadedFile[]): readonly Diagnostic[] {
  const encrypted = new Map(files.filter(({ role }) => role === "secrets").map((file) => [file.file, file]));
  return files
    .flatMap(patchesIn)
    .flatMap(({ value, at }) => textsIn(value, at))
    .flatMap(({ text, at }) => {
      const { value: reference, diagnostics } = parseReference(text, at);
      return reference?.backend === "sops" ? checkKey(reference, encrypted, at) : diagnostics;
    });
}

interface Text {
  readonly text: string;
  readonly at: SourceRef;
}

function textsIn(value: unknown, at: SourceRef): Text[] {
  // Most texts of a patch are no references: what cannot be one is told apart at once.
  if (typeof value === "string") return value.includes("ref+") ? [{ text: value, at }] : [];
  if (Array.isArray(value)) return value.flatMap((item, index) => textsIn(item, within(at, index)));
  if (!isMapping(value)) return [];
  return Object.entries(value).flatMap(([key, part]) => textsIn(part, within(at, key)));
}

function checkKey(
  reference: Reference,
  encrypted: ReadonlyMap<string, LoadedFile>,
  at: SourceRef,
): readonly Diagnostic[] {
  const { path, pointer } = reference;
  const file = encrypted.get(path);
  if (file === undefined) {
    const near = didYouMean(path, encrypted.keys());
    const message = `${describeReference(reference)} names a file that is not there${near}`;
    return [error("ICH9206", at, message, { hint: "`ichor secrets set FILE /path` makes one" })];
  }
  // A file with errors of its own has them reported; more would only confuse.
  if (file.isBroken === true || file.documents[0] === undefined) return [];
  const found = leafAt(file.documents[0].value, pointer, `the file "${path}"`);
  if (!("problem" in found)) return [];
  const { code, message, hint } = found.problem;
  return [error(code, at, message, hint === undefined ? {} : { hint })];
}
