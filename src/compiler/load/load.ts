import { compareText, type Diagnostic, error, type Outcome } from "../../core/diagnostic.ts";
import type { SourceTree, Unreadable } from "../../model/source-tree.ts";
import { placeOf } from "./layout.ts";
import { readSecretYaml } from "./read-secret-yaml.ts";
import { readYaml } from "./read-yaml.ts";
import type { FileRole, LoadedFile } from "./source-document.ts";

/**
 * Reads every file of the repository that ichor knows a use for, in the order of their paths. Reports ICH1xxx;
 * a file with an error is among the result with the documents that could be read, or none.
 */
export function load(tree: SourceTree): Outcome<readonly LoadedFile[]> {
  const files: LoadedFile[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const [file, text] of [...tree].sort(([a], [b]) => compareText(a, b))) {
    const place = placeOf(file);
    if (place === undefined && standsForFolder(file, text)) diagnostics.push(unreadable(file, text));
    if (place === undefined) continue;
    if ("code" in place) {
      diagnostics.push(place);
      continue;
    }
    const loaded = loadFile(file, place.role, text);
    files.push(loaded.value);
    diagnostics.push(...loaded.diagnostics);
  }
  return { value: files, diagnostics };
}

function loadFile(file: string, role: FileRole, text: string | Unreadable): Outcome<LoadedFile> {
  if (typeof text !== "string") {
    return { value: { file, role, documents: [], isBroken: true }, diagnostics: [unreadable(file, text)] };
  }
  const { value, diagnostics } = role === "secrets" ? readSecretYaml(file, text) : readYaml(file, text);
  // Empty documents say nothing, as to kubectl; the others keep their numbers.
  const documents = value
    .map((document, index) => ({ value: document, at: { file, document: index, path: [] } }))
    .filter((document) => document.value !== null);
  const broken = diagnostics.length > 0 ? ({ isBroken: true } as const) : {};
  return { value: { file, role, documents, ...broken }, diagnostics };
}

/** A link or submodule that seems to stand for a folder: what is in it would be missing without a word. */
function standsForFolder(file: string, text: string | Unreadable): text is Unreadable {
  if (typeof text === "string" || text.unreadable !== "not-a-file") return false;
  return /^(?:inventory|clusters|approvals|locks)(?:\/[^./]+)*$/.test(file);
}

const REASONS: Readonly<Record<Unreadable["unreadable"], string>> = {
  "not-utf8": "the file is not text in UTF-8",
  "too-large": "the file is larger than any that a person writes",
  "not-a-file": "this is no ordinary file",
};

function unreadable(file: string, { unreadable: reason, detail }: Unreadable): Diagnostic {
  return error("ICH1001", { file, line: 1, column: 1 }, `${REASONS[reason]}: ${detail}`);
}
