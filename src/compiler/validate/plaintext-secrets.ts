import {
  type Diagnostic,
  error,
  type SourcePosition,
  type SourceRef,
  within,
} from "../../core/diagnostic.ts";
import { formatPath, valueAt } from "../../core/path.ts";
import type { SourceTree } from "../../model/source-tree.ts";
import { secretPathsIn, talosKind } from "../../secrets/leaks/secret-paths.ts";
import { findSecretShape, type SecretShape } from "../../secrets/leaks/shapes.ts";
import type { LoadedFile } from "../load/source-document.ts";
import { sourceText } from "../load/source-text.ts";
import { patchesIn } from "./patches-in.ts";

/** A file with more secrets than this is none that was forgotten, and the list would hide the other files. */
const MAX_IN_FILE = 20;

/**
 * No secret stands anywhere in plain text: nothing with a form that only secrets have (ICH9301), whatever the file is
 * for; no value where Talos keeps a secret (ICH9302); no file that is named as encrypted and is not (ICH9003).
 *
 * @param tree - all files, also those that `load` leaves alone, such as values of an add-on; or those of generated/
 * @param files - what `load` made of them
 */
export function plaintextSecrets(tree: SourceTree, files: readonly LoadedFile[]): readonly Diagnostic[] {
  const places = files.flatMap((file) => patchesIn(file).flatMap(({ value, at }) => plainPlaces(value, at)));
  const inFiles = [...tree].flatMap(([file, text]) => {
    if (typeof text !== "string") return [];
    if (isUnencrypted(file, text)) return [unencrypted(file)];
    const said = places.filter(({ diagnostic }) => diagnostic.at.file === file);
    return shapesIn(file, text, said.flatMap(linesOf));
  });
  return [...places.map(({ diagnostic }) => diagnostic), ...inFiles];
}

interface PlainPlace {
  readonly diagnostic: Diagnostic;
  readonly text: string;
}

function plainPlaces(document: unknown, at: SourceRef): PlainPlace[] {
  return secretPathsIn(document).flatMap((path) => {
    const value = valueAt(document, path);
    if ((typeof value !== "string" && typeof value !== "number") || isHidden(String(value))) return [];
    const place = within(at, ...path);
    const field = `\`${formatPath(path)}\` of ${nameOf(document)}`;
    const diagnostic = error("ICH9302", place, `${field} holds a secret, which stands here in plain text`, {
      hint: HINT,
    });
    return [{ diagnostic, text: String(value) }];
  });
}

const HINT =
  "put it into an encrypted file and name it by a reference, `ref+sops://FILE#/path`; replace it if it was ever pushed";

/** A reference, nothing, what Talos shows in the place of a secret, or what SOPS makes of one. */
function isHidden(text: string): boolean {
  return /^(?:ref\+[a-z][a-z0-9]*:\/\/\S+|\s*|\*{6}|ENC\[[^\]]*\])$/.test(text);
}

function nameOf(document: unknown): string {
  const kind = talosKind(document);
  return kind === "v1alpha1" ? "the machine configuration" : kind;
}

/** The lines of a value: what stands on them is not to be reported for its form as well. */
function linesOf({ text }: PlainPlace): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line.length >= 8);
}

function shapesIn(file: string, text: string, said: readonly string[]): Diagnostic[] {
  const source = sourceText(file, text);
  const found: Diagnostic[] = [];
  let shape = findSecretShape(source.text);
  while (shape !== undefined && found.length < MAX_IN_FILE) {
    const end = endOf(source.text, shape);
    const lines = source.text.slice(source.text.lastIndexOf("\n", shape.offset) + 1, end);
    if (!said.some((line) => lines.includes(line)))
      found.push(shapeFound(source.positionAt(shape.offset), shape));
    shape = findSecretShape(source.text, end);
  }
  return found;
}

function shapeFound(at: SourcePosition, { what }: SecretShape): Diagnostic {
  const message = `something here has the form of ${ARTICLES[what]}, which would be committed and read by everybody`;
  return error("ICH9301", at, message, { hint: HINT });
}

const ARTICLES: Readonly<Record<SecretShape["what"], string>> = {
  "private key": "a private key",
  "private key in base64": "a private key in base64",
  "age identity": "an age identity",
  "age identity in base64": "an age identity in base64",
  "Vault token": "a token of Vault",
  "GitHub token": "a token of GitHub",
  "bootstrap token": "a bootstrap token",
};

const BASE64_LINE = /[ \t]*[A-Za-z0-9+/]{4,}={0,2}[ \t]*(?:\n|$)/y;

/** Where the search goes on: behind the last line of a key, behind the line of anything else. */
function endOf(text: string, { what, offset }: SecretShape): number {
  const last = what === "private key" ? Math.max(offset, text.indexOf("-----END ", offset)) : offset;
  let end = lineEnd(text, last);
  if (!what.endsWith("base64")) return end;
  for (BASE64_LINE.lastIndex = end; end < text.length && BASE64_LINE.test(text); )
    end = BASE64_LINE.lastIndex;
  return end;
}

function lineEnd(text: string, offset: number): number {
  const end = text.indexOf("\n", offset);
  return end === -1 ? text.length : end + 1;
}

/** Whether the file is named as one that SOPS encrypts, says something, and has nothing that SOPS writes. */
function isUnencrypted(file: string, text: string): boolean {
  if (!/\.sops\.(?:ya?ml|json)$/i.test(file)) return false;
  const isEmpty = text.split("\n").every((line) => /^(?:#.*|---|\.\.\.|)$/.test(line.trim()));
  const section = /^\s*\{/.test(text) ? /["']?sops["']?\s*:/ : /^(?:sops|"sops"|'sops')[ \t]*:/m;
  return !isEmpty && !section.test(text);
}

function unencrypted(file: string): Diagnostic {
  const message =
    "the name of this file says that it is encrypted, but it has no `sops` section, so its values stand in plain text";
  return error("ICH9003", { file, line: 1, column: 1 }, message, {
    hint: `encrypt it with \`ichor secrets encrypt ${file}\`; replace every secret in it if it was ever pushed`,
  });
}
