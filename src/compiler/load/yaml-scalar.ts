import type { Code } from "../../core/codes.ts";

/** Why a plain scalar is refused, to be put after `the plain value X`. */
export interface Doubt {
  readonly code: Extract<Code, "ICH1013" | "ICH1014">;
  readonly why: string;
  readonly hint: string;
}

const CORE_NUMBER =
  /^(?:[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const GO_NUMBER =
  /^[-+]?(?:0[bB][01]+|0[oO]?[0-7]+|0[xX][0-9a-fA-F]+|(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?)$/;
const SIMPLE_NUMBER = /^-?(?:0|[1-9]\d{0,14})(?:\.\d+)?$/;
/** YAML 1.1's whole numbers of base 60. */
const BASE_60 = /^[-+]?[1-9]\d*(?::[0-5]?\d)+$/;

/** Plain scalars that the core schema of YAML 1.2 does not read as texts; undefined marks those that are refused. */
const WORDS: ReadonlyMap<string, null | boolean | undefined> = new Map([
  ...["~", "null", "Null", "NULL"].map((word) => [word, null] as const),
  ...["true", "True", "TRUE"].map((word) => [word, true] as const),
  ...["false", "False", "FALSE"].map((word) => [word, false] as const),
  ...["yes", "Yes", "YES", "on", "On", "ON"].map((word) => [word, undefined] as const),
  ...["no", "No", "NO", "off", "Off", "OFF"].map((word) => [word, undefined] as const),
]);

/**
 * The value of a plain scalar by the core schema of YAML 1.2, for the scalars that people write.
 *
 * @returns undefined for those that {@link doubtOf} refuses and for rare spellings of numbers
 */
export function resolvePlain(text: string): string | number | boolean | null | undefined {
  if (startsLikeNumber(text.charCodeAt(0))) {
    if (SIMPLE_NUMBER.test(text)) return Number(text);
    return CORE_NUMBER.test(text) || doubtOf(text) !== undefined ? undefined : text;
  }
  return text.length < 6 && WORDS.has(text) ? WORDS.get(text) : text;
}

/** Why a plain scalar is refused as a value, or undefined where all readers of YAML agree on it. */
export function doubtOf(text: string): Doubt | undefined {
  if (!startsLikeNumber(text.charCodeAt(0))) return doubtOfWord(text);
  if (/^[-+]?0\d+$/.test(text)) {
    return differently("an octal number to some readers of YAML and a decimal one to others", [
      `put it in quotes, "${text}", if it is a text`,
      `write ${text.replace(/0+(?=\d)/, "")} for the decimal number`,
      ...(/[89]/.test(text) ? [] : [`0o${text.replace(/^[-+]?0+(?=\d)/, "")} for the octal one`]),
    ]);
  }
  if (text.includes("_") && GO_NUMBER.test(text.replaceAll("_", ""))) {
    const number = `write the number as ${text.replaceAll("_", "")}, or`;
    return differently(NUMBER_OR_TEXT, [`${number} put it in quotes, "${text}", if it is a text`]);
  }
  if (GO_NUMBER.test(text) && !CORE_NUMBER.test(text)) {
    return differently(NUMBER_OR_TEXT, [
      `put it in quotes, "${text}", if it is a text, and write the number in decimal if it is a number`,
    ]);
  }
  if (BASE_60.test(text)) {
    const why = "a number of base 60 to some readers of YAML and a text to others";
    return differently(why, [`put it in quotes: "${text}"`]);
  }
  return doubtOfNumber(text);
}

const NUMBER_OR_TEXT = "a number to some readers of YAML and a text to others";

function differently(why: string, hints: readonly string[]): Doubt {
  return { code: "ICH1013", why: `is ${why}`, hint: hints.join(", ") };
}

function doubtOfWord(text: string): Doubt | undefined {
  if (!WORDS.has(text) || WORDS.get(text) !== undefined) return undefined;
  const meant = /^(?:yes|on)$/i.test(text);
  return differently("a truth value to some readers of YAML and a text to others", [
    `write ${meant} for the truth value, or "${text}" in quotes for the text`,
  ]);
}

function doubtOfNumber(text: string): Doubt | undefined {
  if (!CORE_NUMBER.test(text)) return undefined;
  const value = Number(text);
  const isWhole = /^(?:[-+]?\d+|0[ox].*)$/.test(text);
  if (isWhole ? Number.isSafeInteger(value) : Number.isFinite(value)) return undefined;
  const why = isWhole ? "has more digits than a number can keep" : "is no finite number";
  return { code: "ICH1014", why, hint: `put it in quotes if it is a text: "${text}"` };
}

/** Digits, sign and dot. */
function startsLikeNumber(unit: number): boolean {
  return (unit >= 0x30 && unit <= 0x39) || unit === 0x2d || unit === 0x2e || unit === 0x2b;
}
