import { isMapping, type Mapping } from "../../core/mapping.ts";
import { formatPath, type Path, valueAt } from "../../core/path.ts";
import { describedPlace } from "./described-place.ts";
import { leavesOf } from "./leaves.ts";
import { namedPath } from "./named-path.ts";
import { problemsOf, UNKNOWN_KEYS } from "./problems.ts";
import { type Place, placeOfLine } from "./sent-lines.ts";
import { unknownKeys } from "./unknown-keys.ts";
import { readWords } from "./words.ts";

/** One thing that is wrong with a configuration, in Talos' words. */
export interface RefusedPart {
  /** Without what its place says better. */
  readonly text: string;
  /** What it speaks of, where that can be told. */
  readonly place: RefusedPlace | undefined;
}

/** A place in the documents of git; without a path the document itself. */
export interface RefusedPlace extends Place {
  /** It is the key that is meant, or all that is in there. */
  readonly on?: "key";
}

/** A configuration that was refused. */
export interface RefusedConfiguration {
  /** As they stand in git, where secrets are references. */
  readonly documents: readonly unknown[];
  /** As it was sent. */
  readonly sent: string;
}

/**
 * Tells what in a configuration a refusal of Talos speaks of: each problem with its document and path, or without
 * where its words do not say.
 */
export function locateRefusal(message: string, refused: RefusedConfiguration): readonly RefusedPart[] {
  const { documents } = refused;
  const owner = (text: string) => ownerOf(documents, text)?.said ?? "";
  return problemsOf(message, owner).flatMap((text) =>
    placesOf(text, refused).map((place) => ({
      text: wordsFor(text, place),
      place: place && onKey(documents, place),
    })),
  );
}

/** Numbers of lines are those of the text that was sent, and what unknown keys have may be long and secret. */
function wordsFor(text: string, place: Place | undefined): string {
  if (place === undefined) return text;
  const words = text.replace(/ \(line \d+\)/, "").replace(/\bline \d+: /, "");
  const keys = words.indexOf(UNKNOWN_KEYS);
  return keys < 0 ? words : `${words.slice(0, keys)}unknown key ${formatPath(place.path)}`;
}

function placesOf(text: string, { documents, sent }: RefusedConfiguration): readonly (Place | undefined)[] {
  const decoding = /^(?:error decoding|(duplicate)) document .*?\(line (\d+)\)(?:: (.*))?$/s.exec(text);
  if (decoding !== null) {
    const [, duplicate, line, rest = ""] = decoding;
    const document = placeOfLine(sent, Number(line))?.document;
    if (document === undefined) return [undefined];
    if (duplicate !== undefined) return [{ document, path: [] }];
    return undecoded({ document, text: rest }, { documents, sent });
  }
  const [, conflict] = /^conflicting [a-z ]+: .+? and (.+?)(?: both configure .*)?$/.exec(text) ?? [];
  if (conflict !== undefined) return [ownerOf(documents, `${conflict}: `)?.place];
  const line = /^(?:decode error: |yaml: ).*?\bline (\d+)/s.exec(text)?.[1];
  if (line !== undefined) return [placeOfLine(sent, Number(line))];
  return [refusedValue(text, documents)];
}

/** What could not be read: keys that there are not, values of another type. */
function undecoded(
  { document, text }: { readonly document: number; readonly text: string },
  { documents, sent }: RefusedConfiguration,
): readonly Place[] {
  const at = text.indexOf(UNKNOWN_KEYS);
  if (at >= 0) {
    const paths = unknownKeys(documents[document], text.slice(at + UNKNOWN_KEYS.length));
    return paths.length === 0 ? [{ document, path: [] }] : paths.map((path) => ({ document, path }));
  }
  const [, line, words = ""] = /\bline (\d+): (.*)$/s.exec(text) ?? [];
  const place = line === undefined ? undefined : placeOfLine(sent, Number(line));
  if (place !== undefined) return [{ ...place, path: ofType(documents[place.document], place.path, words) }];
  return [placeIn(documents, document, text)];
}

/** Of a list or mapping where there should be none the line is that of its first item or key. */
function ofType(document: unknown, path: Path, words: string): Path {
  const type = /cannot (?:construct|unmarshal) !!(seq|map)\b/.exec(words)?.[1];
  if (type === undefined) return path;
  const fits = (value: unknown) => (type === "seq" ? Array.isArray(value) : isMapping(value));
  for (let length = path.length; length > 0; length--) {
    if (fits(valueAt(document, path.slice(0, length)))) return path.slice(0, length);
  }
  return path;
}

/** What could be read and is wrong; a text that names no document may still have a path or a kind in it. */
function refusedValue(text: string, documents: readonly unknown[]): Place | undefined {
  const owner = ownerOf(documents, text);
  if (owner !== undefined) return placeIn(documents, owner.place.document, text.slice(owner.said.length));
  const main = documents.findIndex((document) => isMapping(document) && document["kind"] === undefined);
  const named =
    main < 0 || !/\.(?:machine|cluster)\b/.test(text) ? undefined : namedPath(documents[main], text);
  if (named?.isWhole === true) return { document: main, path: named.path };
  if (main >= 0 && /\b(?:in|of) (?:both |the )*v1alpha1\b/.test(text)) return placeIn(documents, main, text);
  const kind = documents.findIndex((document) => isMapping(document) && hasWord(text, document["kind"]));
  if (kind >= 0) return { document: kind, path: [] };
  return named === undefined ? quotedValue(text, documents) : { document: main, path: named.path };
}

function hasWord(text: string, word: unknown): boolean {
  return typeof word === "string" && new RegExp(`\\b${RegExp.escape(word)}\\b`).test(text);
}

/** A value in quotes that there is once in all documents. */
function quotedValue(text: string, documents: readonly unknown[]): Place | undefined {
  const { quoted } = readWords(text, undefined);
  const found = documents.flatMap((root, document) =>
    leavesOf(root)
      .filter(({ value }) => typeof value === "string" && quoted.has(value))
      .map(({ path }) => ({ document, path })),
  );
  return found.length === 1 ? found[0] : undefined;
}

function placeIn(documents: readonly unknown[], document: number, text: string): Place {
  const root = documents[document];
  const own = isMapping(root) && typeof root["name"] === "string" ? root["name"] : undefined;
  const named = namedPath(root, text);
  const base = named?.path ?? [];
  const described = describedPlace(root, named?.rest ?? text, { base, own });
  // Past a path that the text names, what it says further counts below that path only.
  const isEnough = named !== undefined && named.rest === text;
  if (described !== undefined && !isEnough) return { document, path: described };
  const isOfName = named === undefined && own !== undefined && text.includes(JSON.stringify(own));
  return { document, path: isOfName ? ["name"] : base };
}

interface Owner {
  readonly place: Place;
  /** How the text names it. */
  readonly said: string;
}

/** The document whose name a text begins with: `v1alpha1.Config: …`, `LinkConfig/eno1: …`. */
function ownerOf(documents: readonly unknown[], text: string): Owner | undefined {
  const owners = documents.flatMap((document, index): readonly Owner[] =>
    (isMapping(document) ? namesOf(document) : [])
      .map((name) => ({ place: { document: index, path: [] }, said: `${name}: ` }))
      .filter(({ said }) => text.startsWith(said)),
  );
  return owners.toSorted((a, b) => b.said.length - a.said.length)[0];
}

/** Of kinds whose documents have names the slash stays where a name is missing. */
function namesOf({ kind, name }: Mapping): readonly string[] {
  if (typeof kind !== "string") return ["v1alpha1.Config"];
  return typeof name === "string" ? [`${kind}/${name}`] : [kind, `${kind}/`];
}

/** Lists and mappings begin a line after their keys: it is these that are shown. */
function onKey(documents: readonly unknown[], { document, path }: Place): RefusedPlace {
  const value = valueAt(documents[document], path);
  const isInKey = typeof path.at(-1) === "string" && typeof value === "object" && value !== null;
  return isInKey ? { document, path, on: "key" } : { document, path };
}
