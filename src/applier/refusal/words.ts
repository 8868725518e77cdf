/** What a text of Talos consists of, for finding what it speaks of. */
export interface Words {
  /** What stands in quotes. */
  readonly quoted: ReadonlySet<string>;
  /** What is no word of a language: addresses, ranges, durations. */
  readonly plain: ReadonlySet<string>;
  /** Whole numbers that stand alone. */
  readonly numbers: readonly number[];
  /** After which of its words it says that something is not there, or is empty. */
  readonly missingAfter: number | undefined;
  /** Where the words of a key begin and end. */
  readonly find: (key: string) => Run | undefined;
}

/** Words that follow each other. */
export interface Run {
  readonly from: number;
  readonly to: number;
}

/** What Talos calls otherwise than its own keys. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  cert: ["certificate"],
  crt: ["certificate"],
};

/** A key is made of no more words than this. */
const LONGEST = 5;

/** Words that say that what is before them is missing. */
const MISSING =
  /\b(?:is required|are required|must be specified(?! and)|(?:cannot|can't) be empty|must be set|empty value)\b/;

/** @param own a name that does not count where it is quoted */
export function readWords(said: string, own: string | undefined): Words {
  // What the reader of expressions says is about what is inside of one.
  const text = said.replace(/ERROR: <input>.*$/s, "");
  const quotes = text.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']+)'|`([^`]*)`/g);
  const ignored = ["", own, "v1alpha1"];
  const isMeant = (token: string) => !ignored.includes(token);
  const tokens = text.split(/\s+/).map((token) => token.replace(/^[([]+|[)\],.:;]+$/g, ""));
  const words = wordsOf(text);
  const missing = text.search(MISSING);
  return {
    quoted: new Set([...quotes].map(contentOf).filter(isMeant)),
    plain: new Set(tokens.filter((token) => /\d/.test(token) && isMeant(token))),
    numbers: tokens.flatMap((token) => /^#?(\d+)$/.exec(token)?.[1] ?? []).map(Number),
    missingAfter: missing < 0 ? undefined : wordsOf(text.slice(0, missing).replace(/[\s#\d]+$/, "")).length,
    find: (key) => findKey(words, key),
  };
}

function wordsOf(text: string): readonly string[] {
  const unquoted = text.replaceAll(/"(?:[^"\\]|\\.)*"/g, " ");
  return (unquoted.match(/[A-Za-z0-9]+/g) ?? []).map((word) => word.toLowerCase());
}

function contentOf([, double, single, back]: RegExpMatchArray): string {
  return double === undefined ? (single ?? back ?? "") : double.replaceAll(/\\(["\\])/g, "$1");
}

/** `diskSelector` is `disk selector`; of a list its items are spoken of: `accepted CA #0` for `acceptedCAs`. */
function findKey(words: readonly string[], key: string): Run | undefined {
  const name = key.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  const names = [name, ...singularsOf(name), ...(ALIASES[name] ?? [])];
  for (const from of words.keys()) {
    for (let to = Math.min(words.length, from + LONGEST); to > from; to--) {
      if (names.includes(words.slice(from, to).join(""))) return { from, to };
    }
  }
  return undefined;
}

function singularsOf(name: string): readonly string[] {
  if (!name.endsWith("s")) return [];
  return name.endsWith("es") ? [name.slice(0, -1), name.slice(0, -2)] : [name.slice(0, -1)];
}
