import { privateRanges } from "./private-ranges.ts";

/**
 * Every text in which a secret could appear, with all that is public cut out: as it is, line by line, escaped for
 * JSON, YAML and URLs, in base64 at any place among other text, and, where it is itself base64 of a text (as
 * the keys of a Talos bundle are), all that of the decoded text as well.
 *
 * Public are certificates and public keys in PEM, the first and last lines of private keys, and what a private key
 * repeats of its public half: the certificate has that as well.
 *
 * Empty for a value that says too little to be looked for (see {@link isTelling}).
 */
export function secretForms(value: string): string[] {
  const decoded = decodedText(value);
  const runs = runsOf(maskPublic(latin1(decoded ?? value)));
  const forms = new Set(runs.flatMap(({ text }) => piecesOf(text).flatMap(escaped)));
  if (forms.size === 0) return [];
  const add = (form: string) => {
    if (form.length >= SHORTEST) forms.add(form);
  };
  for (const { text, start } of runs) {
    for (const before of PLACES) add(base64Core(text, before));
    if (decoded === undefined) continue;
    const encoded = base64Core(text, start % 3);
    for (const before of PLACES) add(base64Core(encoded, before));
    if (/[-_]/.test(value)) add(encoded.replaceAll("+", "-").replaceAll("/", "_"));
    // Without public parts the value can be taken as it stands, to its last character.
    if (runs.length === 1) for (const piece of piecesOf(latin1(value))) add(piece);
  }
  return [...forms];
}

/** The shortest text that is looked for. */
export const SHORTEST = 8;

/**
 * Whether a text says enough to be looked for in everything that is printed: at least 8 characters, of which 5 are
 * different, and either 16 of them or two sorts of characters (small letters, capitals, digits, others); and no
 * address, date or URL of a host alone, which configurations are full of. So `administrator` and `10.0.0.1` in an
 * encrypted file do not block all output.
 */
export function isTelling(text: string): boolean {
  if (text.length < SHORTEST || new Set(text.slice(0, 256)).size < 5) return false;
  if (text.length > 64) return true;
  const sorts = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^a-zA-Z0-9]/].filter((sort) => sort.test(text)).length;
  return (sorts >= 2 || text.length >= 16) && !COMMONPLACE.test(text);
}

const COMMONPLACE =
  /^(?:\d{1,3}(?:\.\d{1,3}){3}(?:[/:]\d{1,5})?|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?:\/\d{1,3})?|\d{4}-\d\d-\d\d(?:[T ][\d:.]+(?:Z|[+-]\d\d:\d\d)?)?|[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}|[a-z][a-z0-9+.-]*:\/\/[^\s/?#@]*\/?)$/i;

/** Stands for a byte that is no secret. No text that people read has it. */
const PUBLIC = "\0";

/** A part of a text that has nothing public in it. */
interface Run {
  readonly text: string;
  readonly start: number;
}

function runsOf(masked: string): Run[] {
  return [...masked.matchAll(/[^\0]+/g)].map((match) => ({ text: match[0], start: match.index }));
}

/** The bytes of a text in UTF-8, each as one character. */
function latin1(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** The text that a value is base64 of; undefined where it is none. */
function decodedText(value: string): string | undefined {
  const compact = value.replace(/\s+/g, "");
  if (compact.length < SHORTEST || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(compact)) return undefined;
  const bytes = Buffer.from(compact, "base64");
  const text = bytes.toString("utf8");
  const isText = !/[^\P{Cc}\t\r\n]|\uFFFD/u.test(text) && text !== "";
  return isText ? text : undefined;
}

const BLOCK = /-----BEGIN ([^-\r\n]{1,64})-----([^-]*)-----END \1-----/g;
const ARMOR = /-----(?:BEGIN|END) [^-\r\n]{1,64}-----/g;

function maskPublic(text: string): string {
  if (!text.includes("-----")) return text;
  const masked = text.replace(BLOCK, (block: string, label: string, body: string) => {
    if (/CERTIFICATE$|CRL$|PUBLIC KEY$/.test(label)) return PUBLIC.repeat(block.length);
    return label.endsWith("PRIVATE KEY") ? block.replace(body, () => maskBody(body)) : block;
  });
  return masked.replace(ARMOR, (line) => PUBLIC.repeat(line.length));
}

/** Masks the characters of base64 that hold nothing of a private key but its public half. */
function maskBody(body: string): string {
  const places: number[] = [];
  for (let at = 0; at < body.length; at++) if (body.charCodeAt(at) > 0x20) places.push(at);
  const der = Buffer.from(body, "base64");
  let masked = "";
  for (const { start, end } of privateRanges(der)) {
    const first = places[Math.ceil((start * 8) / 6)] ?? body.length;
    const last = places[Math.floor((end * 8) / 6) - 1] ?? first;
    masked += PUBLIC.repeat(Math.max(0, first - masked.length)) + body.slice(first, last + 1);
  }
  return masked + PUBLIC.repeat(body.length - masked.length);
}

/** What is secret of a text, as a whole and by its lines. */
function piecesOf(run: string): string[] {
  const text = Buffer.from(run, "latin1").toString("utf8").trim();
  const lines = text.split(/[\r\n]+/).map((line) => line.trim());
  if (lines.length === 1) return isTelling(text) ? [text] : [];
  // Lines such as `kind: Secret` stand in many files.
  return [text, ...lines.filter((line) => line.length >= 16 || !/\s/.test(line))].filter(isTelling);
}

function escaped(text: string): string[] {
  return [text, JSON.stringify(text).slice(1, -1), text.replaceAll("'", "''"), percentEncoded(text)];
}

function percentEncoded(text: string): string {
  return /\s/.test(text) ? text : encodeURIComponent(text.toWellFormed());
}

/** How many bytes can stand before a text in the group of three bytes in which it begins. */
const PLACES = [0, 1, 2] as const;

/** The base64 of a text behind so many bytes, without the characters in which anything else has a share. */
function base64Core(text: string, before: number): string {
  const encoded = Buffer.from("x".repeat(before) + text, "latin1").toString("base64");
  return encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + text.length) * 8) / 6));
}
