import { type Diagnostic, error, type Outcome } from "../../core/diagnostic.ts";
import { isMapping } from "../../core/mapping.ts";
import { API_VERSION } from "../../model/kind.ts";
import { type Expected, placeOf } from "../load/layout.ts";
import type { LoadedFile, SourceDocument } from "../load/source-document.ts";
import { type AnyDoc, makeDoc } from "./any-doc.ts";
import { checkPlace } from "./check-place.ts";
import { readEnvelope } from "./read-envelope.ts";
import type { Validator } from "./schema.ts";

/** The documents that people write, judged one by one. */
export interface Documents {
  /** Those that fit their schemas, in the order of the files. */
  readonly docs: readonly AnyDoc[];
  /** `<Kind>/<name>` of those that do not, and of what a file should hold by its place and does not. */
  readonly invalid: ReadonlySet<string>;
}

/** Judges each document by itself: its kind, its place, its schema (ICH2001 to ICH2017, ICH2021). */
export function readDocuments(files: readonly LoadedFile[], validator: Validator): Outcome<Documents> {
  const read = files.filter(({ role }) => role === "documents").map((file) => readFile(file, validator));
  return {
    value: {
      docs: read.flatMap(({ docs }) => docs),
      invalid: new Set(read.flatMap(({ invalid }) => invalid)),
    },
    diagnostics: read.flatMap(({ diagnostics }) => diagnostics),
  };
}

/** The most diagnostics that one file gets, however many documents are in it. */
const FILE_MAX = 1000;

interface Read {
  readonly docs: readonly AnyDoc[];
  readonly invalid: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

function readFile(file: LoadedFile, validator: Validator): Read {
  const expected = expectedAt(file.file);
  // A trailing `---` makes an empty document, which does no harm beside another one.
  const written = file.documents.filter(({ value }) => value !== null && value !== undefined);
  const read = written.map((document) => readDocument(document, expected, validator));
  const docs = read.flatMap((one) => one.docs);
  const start = { file: file.file, line: 1, column: 1 };
  const empty = error("ICH2012", start, "the file holds no document");
  const isEmpty = written.length === 0 && file.isBroken !== true;
  const found = isEmpty ? [empty] : read.flatMap((one) => one.diagnostics);
  const more = error("ICH2010", start, `the file has more than ${FILE_MAX} problems; these are the first`);
  return {
    docs,
    invalid: [...read.flatMap((one) => one.invalid), ...missingFrom(docs, expected, file.isBroken === true)],
    diagnostics: found.length > FILE_MAX ? [more, ...found.slice(0, FILE_MAX)] : found,
  };
}

function expectedAt(file: string): Expected | undefined {
  const place = placeOf(file);
  return place === undefined || "code" in place ? undefined : place;
}

/** What the place of a file says it describes, where no document of it does. */
function missingFrom(
  docs: readonly AnyDoc[],
  expected: Expected | undefined,
  isBroken: boolean,
): readonly string[] {
  // A file of several documents may have held any name.
  const name = expected?.name ?? (isBroken ? "*" : undefined);
  if (name === undefined || docs.some((doc) => doc.name === name)) return [];
  return (expected?.kinds ?? []).map((kind) => `${kind}/${name}`);
}

function readDocument(document: SourceDocument, expected: Expected | undefined, validator: Validator): Read {
  const { kind, name, diagnostics: envelope } = readEnvelope(document);
  if (kind === undefined) return { docs: [], invalid: [], diagnostics: envelope };
  const { value, at } = document;
  const misfits = validator.check(kind, { value: withKnownVersion(value), at });
  const misplaced = expected === undefined ? [] : checkPlace({ kind, value, at, expected });
  const fits = envelope.length === 0 && misfits.length === 0;
  return {
    docs: fits ? [makeDoc(kind, inItsFolder(document, misplaced, expected))] : [],
    invalid: fits || name === undefined ? [] : [`${kind}/${name}`],
    diagnostics: [...envelope, ...misfits, ...unlessSaid(misplaced, misfits)],
  };
}

/** A document that names another site than its folder was reported (ICH2017); the folder counts, so it is not reported again. */
function inItsFolder(
  { value, at }: SourceDocument,
  misplaced: readonly Diagnostic[],
  expected: Expected | undefined,
): SourceDocument {
  const spec = isMapping(value) ? value["spec"] : undefined;
  if (!isMapping(value) || !isMapping(spec) || !misplaced.some(({ code }) => code === "ICH2017")) {
    return { value, at };
  }
  return { value: { ...value, spec: { ...spec, site: expected?.site } }, at };
}

/** A wrong apiVersion was reported with the envelope; the rest of the document is judged all the same. */
function withKnownVersion(value: unknown): unknown {
  return isMapping(value) && value["apiVersion"] !== API_VERSION
    ? { ...value, apiVersion: API_VERSION }
    : value;
}

/** At most one diagnostic a place: a name of the wrong form need not be called the wrong name as well. */
function unlessSaid(later: readonly Diagnostic[], said: readonly Diagnostic[]): readonly Diagnostic[] {
  const places = new Set(said.map(({ at }) => JSON.stringify(at)));
  return later.filter(({ at }) => !places.has(JSON.stringify(at)));
}
