import { type Leaf, leaf } from "./tree.ts";

/**
 * A plain YAML scalar as Go's yaml.v3 types it, which decides what sops encrypts: `0777` and `1_000` are integers,
 * `2026-11-21` is a time, `yes` is a text.
 *
 * @returns undefined for what sops cannot hold: an integer above 2^63-1 that fits 64 bits without a sign
 */
export function plainScalar(source: string): Leaf | undefined {
  const word = WORDS.get(source);
  if (word !== undefined) return word;
  const first = source[0] ?? "";
  if (first === ".") return isFloat(source) ? floatLeaf(Number(source)) : leaf("str", source);
  if (!/[0-9+-]/.test(first)) return leaf("str", source);
  const time = goTime(source);
  if (time !== undefined) return leaf("time", time);
  const plain = source.replaceAll("_", "");
  const integer = goInteger(plain);
  if (integer !== undefined && integer <= MAX_INT64 && integer >= MIN_INT64)
    return leaf("int", String(integer));
  if (integer !== undefined && integer > 0 && integer <= MAX_UINT64) return undefined;
  if (isFloat(plain)) return floatLeaf(Number(plain));
  return leaf("str", source);
}

const MAX_INT64 = 2n ** 63n - 1n;
const MIN_INT64 = -(2n ** 63n);
const MAX_UINT64 = 2n ** 64n - 1n;

/** What is too large for a float is a text to Go. */
function isFloat(text: string): boolean {
  return GO_FLOAT.test(text) && Number.isFinite(Number(text));
}

const GO_FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;

const WORDS: ReadonlyMap<string, Leaf> = new Map<string, Leaf>([
  ...["true", "True", "TRUE"].map((word) => [word, leaf("bool", "True")] as const),
  ...["false", "False", "FALSE"].map((word) => [word, leaf("bool", "False")] as const),
  ...["", "~", "null", "Null", "NULL"].map((word) => [word, leaf("null", "")] as const),
  ...[".nan", ".NaN", ".NAN"].map((word) => [word, leaf("float", "NaN")] as const),
  ...[".inf", ".Inf", ".INF"].flatMap(
    (word) =>
      [
        [word, leaf("float", "+Inf")],
        [`+${word}`, leaf("float", "+Inf")],
        [`-${word}`, leaf("float", "-Inf")],
      ] as const,
  ),
]);

/** As strconv.ParseInt with base 0: prefixes for bases, and a leading zero for octal. */
function goInteger(text: string): bigint | undefined {
  const match = /^([-+]?)(?:(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+)|0([0-7]+)|(0|[1-9][0-9]*))$/.exec(
    text,
  );
  if (match === null) return undefined;
  const [, sign, prefixed, octal, decimal] = match;
  const size = BigInt(prefixed ?? (octal === undefined ? (decimal ?? "0") : `0o${octal}`));
  return sign === "-" ? -size : size;
}

/** A float as Go's FormatFloat(f, 'f', -1, 64) writes it: the shortest digits, never an exponent. */
export function floatLeaf(value: number): Leaf {
  return leaf("float", formatFloat(value));
}

function formatFloat(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  if (Object.is(value, -0)) return "-0";
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(String(value));
  if (match === null) return String(value);
  const [, sign = "", first = "", rest = "", exponent = "0"] = match;
  const digits = first + rest;
  const point = 1 + Number(exponent);
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, "0")}`;
}

const TIME =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d*))?(Z|[+-]\d\d:\d\d))|(?: (\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d*))?))?$/;

/** The forms of a date that yaml.v3 takes for a time, as RFC 3339 with at most nine digits of a second. */
function goTime(source: string): string | undefined {
  const match = TIME.exec(source);
  if (match === null) return undefined;
  const [, year, month, day] = match;
  const [hour, minute, second] = [
    match[4] ?? match[9] ?? "0",
    match[5] ?? match[10] ?? "0",
    match[6] ?? match[11] ?? "0",
  ];
  const zone = match[8] ?? "Z";
  if (!isTime([year, month, day, hour, minute, second].map(Number))) return undefined;
  const two = (text = "0") => text.padStart(2, "0");
  const fraction = (match[7] ?? match[12] ?? "").slice(0, 9).replace(/0+$/, "");
  const clock = `${two(hour)}:${two(minute)}:${two(second)}${fraction === "" ? "" : `.${fraction}`}`;
  return `${year}-${two(month)}-${two(day)}T${clock}${zone === "+00:00" || zone === "-00:00" ? "Z" : zone}`;
}

function isTime([
  year = 0,
  month = 0,
  day = 0,
  hour = 0,
  minute = 0,
  second = 0,
]: readonly number[]): boolean {
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return false;
  return day <= new Date(Date.UTC(year === 0 ? 2000 : year, month, 0)).getUTCDate();
}
