import { isMapping } from "../../core/mapping.ts";
import { type Path, valueAt } from "../../core/path.ts";
import { type Leaf, leavesOf } from "./leaves.ts";
import { readWords, type Words } from "./words.ts";

/** What speaks for a place: each a few points, so that two weak signs are more than one. */
const POINTS = {
  /** The text has the value in quotes, or the key. */
  quoted: 6,
  /** It quotes a part of the value. */
  part: 3,
  /** It has the value, and the value is no word. */
  value: 4,
  /** It has the words of a key on the way; the more words, the surer. */
  key: 2,
  word: 0.1,
  /** A key on the way that it does not have. */
  silent: -1,
  /** What is said late is said of something else: for each word. */
  late: -0.1,
} as const;

/**
 * What in a document a text describes: by its value, by its key, or by its key's words: `kubelet nodeIP subnet is not
 * valid: "10.0.0.0/99"`. Of several that are described as well, what all of them are in.
 *
 * @param base the place whose inside the text is about
 * @param own the document's name, which texts repeat without meaning it
 */
export function describedPlace(
  document: unknown,
  text: string,
  { base, own }: { readonly base: Path; readonly own: string | undefined },
): Path | undefined {
  const root = valueAt(document, base);
  const words = readWords(text, own);
  const leaves = Map.groupBy(leavesOf(root), (leaf) => isContradiction(leaf, words));
  const scored = (leaves.get(false) ?? [])
    .filter((leaf) => hasSign(leaf, words))
    .map((leaf) => ({ path: leaf.path, score: scoreOf(leaf, words) }));
  const most = Math.max(...scored.map(({ score }) => score));
  const best = scored.filter(({ score }) => score > most - 1e-9).map(({ path }) => path);
  const found = common(best) ?? common((leaves.get(true) ?? []).flatMap(({ path }) => lacking(root, path)));
  return found === undefined || found.length === 0
    ? undefined
    : [...base, ...inside(root, found, text, words)];
}

/** What is there is not what is said to be missing. */
function isContradiction({ path, value }: Leaf, { missingAfter, find }: Words): boolean {
  const last = path.at(-1);
  const isFilled = value !== "" && value !== null && typeof value !== "object";
  return (
    isFilled && typeof last === "string" && missingAfter !== undefined && find(last)?.to === missingAfter
  );
}

/** The items of a list that do not have what this one has. */
function lacking(root: unknown, path: Path): readonly Path[] {
  const key = path.at(-1) ?? "";
  const list = path.slice(0, -2);
  const items = valueAt(root, list);
  if (!Array.isArray(items)) return [];
  return items.flatMap((item, at) => (valueAt(item, [key]) === undefined ? [[...list, at]] : []));
}

/** Of a place that the text names, it speaks of the item with its number, and of the only thing that is in there. */
function inside(root: unknown, path: Path, text: string, words: Words): Path {
  const found = valueAt(root, path);
  if (Array.isArray(found)) {
    const [index, ...others] = words.numbers.filter((number) => number < found.length);
    return index !== undefined && others.length === 0 ? [...path, index] : path;
  }
  if (!isMapping(found) || words.missingAfter !== undefined || !/valid|must|should/.test(text)) return path;
  const [only, ...more] = Object.keys(found);
  return only !== undefined && more.length === 0 ? inside(root, [...path, only], text, words) : path;
}

/** Nothing is found by what it is in alone. */
function hasSign({ path, value }: Leaf, words: Words): boolean {
  const key = path.findLast((step) => typeof step === "string");
  return (
    valuePoints(value, words) > 0 ||
    (key !== undefined && (words.quoted.has(key) || words.find(key) !== undefined))
  );
}

function scoreOf({ path, value }: Leaf, words: Words): number {
  const keys = path.filter((step) => typeof step === "string");
  const runs = keys.map((key) => words.find(key));
  const ofKeys = runs.map((run) =>
    run === undefined ? POINTS.silent : POINTS.key + POINTS.word * (run.to - run.from - 1),
  );
  const last = path.at(-1);
  const quoted = typeof last === "string" && words.quoted.has(last) ? POINTS.quoted : 0;
  const late = POINTS.late * (runs.at(-1)?.from ?? 0);
  return valuePoints(value, words) + quoted + late + ofKeys.reduce((sum, one) => sum + one, 0);
}

function valuePoints(value: unknown, { quoted, plain }: Words): number {
  if (!["string", "number", "boolean"].includes(typeof value)) return 0;
  const text = `${value as string | number | boolean}`;
  if (quoted.has(text)) return POINTS.quoted;
  if (plain.has(text)) return POINTS.value;
  return [...quoted].some((part) => part.length > 2 && isPartOf(text, part)) ? POINTS.part : 0;
}

function isPartOf(text: string, part: string): boolean {
  return text.split(/[:/=,\s]+/).includes(part);
}

/** What all of some places are in. */
function common(paths: readonly Path[]): Path | undefined {
  return paths.reduce<Path | undefined>((one, other) => {
    if (one === undefined) return other;
    const end = one.findIndex((step, at) => step !== other[at]);
    return end < 0 ? one : one.slice(0, end);
  }, undefined);
}
