/** What a form that only secrets have is called; shown to people. */
export type SecretShapeName =
  | "private key"
  | "private key in base64"
  | "age identity"
  | "age identity in base64"
  | "Vault token"
  | "GitHub token"
  | "bootstrap token";

/** A place in a text that has the form of a secret; never a part of the secret itself. */
export interface SecretShape {
  /** In UTF-16 units from the start of the text. */
  readonly offset: number;
  readonly what: SecretShapeName;
}

/**
 * The first place in a text, at or after `from`, that has a form which only secrets have:
 *
 * - private keys in PEM with any label, by their first or last line alone (RFC 7468), so that indentation and line
 *   breaks written as `\n` do not matter; PGP's and SSH's; the same in base64, at each of its three alignments and
 *   broken into lines;
 * - age's identities, also post-quantum, of plugins, and in base64;
 * - tokens of Vault and OpenBao (`hvs.`, `hvb.`, `hvr.`), the old form `s.` only where a name or a scalar of its own
 *   shows what it is; tokens of GitHub;
 * - bootstrap tokens. Their form, `[a-z0-9]{6}.[a-z0-9]{16}`, is also that of host names such as
 *   `harbor.internalservices`. They count after a name that ends in "token", and as a whole scalar where the second
 *   part mixes letters and digits as names do not (of random tokens one in ten does not either).
 *
 * Linear in the length of the text.
 */
export function findSecretShape(text: string, from = 0): SecretShape | undefined {
  const literal = firstLiteral(text, from);
  const dotted = firstDotted(text, from, literal?.offset ?? text.length);
  return dotted ?? literal ?? firstWrapped(text, from);
}

/**
 * The base64 of a text that stands somewhere in what was encoded, for each of the three places it can have among
 * the groups of three bytes, without the characters that its neighbours have a share in.
 */
function base64Cores(text: string): string[] {
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.from(`${"x".repeat(before)}${text}`, "latin1").toString("base64");
    return encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + text.length) * 8) / 6));
  });
}

const KEY_CORES = base64Cores("PRIVATE KEY-----").join("|");
const AGE_CORES = base64Cores("AGE-SECRET-KEY-").join("|");
const LITERAL = new RegExp(
  `PRIVATE KEY|AGE-(?:SECRET-KEY|PLUGIN)-|gh[pousr]_|github_pat_|(${KEY_CORES})|(?:${AGE_CORES})`,
  "g",
);

/** What has to stand at a literal for it to be a secret. All are bounded: a text of nothing but literals costs no more. */
const AGE_IDENTITY = /AGE-(?:SECRET-KEY-(?:PQ-)?|PLUGIN-[A-Z0-9+._-]{1,32}-)1[A-Z0-9]{4}/y;
const GITHUB_TOKEN = /gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22}/y;
const KEY_LABEL_START = /-{4,5} ?(?:BEGIN|END) [^-\r\n]{0,48}$/;
const KEY_LABEL_END = /PRIVATE KEY(?: BLOCK)? ?-{4}/y;

function firstLiteral(text: string, from: number): SecretShape | undefined {
  LITERAL.lastIndex = from;
  for (let match = LITERAL.exec(text); match !== null; match = LITERAL.exec(text)) {
    const shape = judgeLiteral(text, match);
    if (shape !== undefined && shape.offset >= from) return shape;
  }
  return undefined;
}

function judgeLiteral(text: string, match: RegExpExecArray): SecretShape | undefined {
  const { 0: literal, index: offset } = match;
  if (literal === "PRIVATE KEY") return judgeKey(text, offset);
  if (match[1] !== undefined) return { offset, what: "private key in base64" };
  if (literal.startsWith("AGE-")) {
    return matchesAt(AGE_IDENTITY, text, offset) ? { offset, what: "age identity" } : undefined;
  }
  if (literal.startsWith("gh") || literal === "github_pat_") {
    const stands = !isWord(text.charCodeAt(offset - 1)) && matchesAt(GITHUB_TOKEN, text, offset);
    return stands ? { offset, what: "GitHub token" } : undefined;
  }
  return { offset, what: "age identity in base64" };
}

function judgeKey(text: string, offset: number): SecretShape | undefined {
  if (!matchesAt(KEY_LABEL_END, text, offset)) return undefined;
  const before = text.slice(Math.max(0, offset - 64), offset);
  const start = KEY_LABEL_START.exec(before);
  return start === null ? undefined : { offset: offset - before.length + start.index, what: "private key" };
}

function matchesAt(pattern: RegExp, text: string, offset: number): boolean {
  pattern.lastIndex = offset;
  return pattern.test(text);
}

const VAULT_TOKEN = /hv[sbr]\.[A-Za-z0-9_-]{24}/y;
const OLD_VAULT_TOKEN =
  /s\.(?=[A-Za-z0-9]*[A-Z])(?=[A-Za-z0-9]*[a-z])(?=[A-Za-z0-9]*\d)[A-Za-z0-9]{24}(?![A-Za-z0-9_-])/y;
const BOOTSTRAP_TOKEN = /[a-z0-9]{6}\.[a-z0-9]{16}(?![A-Za-z0-9_-]|\.[A-Za-z0-9])/y;

/** The tokens that have a dot in them: going from dot to dot is far quicker than trying at each character. */
function firstDotted(text: string, from: number, end: number): SecretShape | undefined {
  for (let dot = text.indexOf(".", from); dot !== -1 && dot < end; dot = text.indexOf(".", dot + 1)) {
    const shape = judgeDot(text, dot);
    if (shape !== undefined && shape.offset >= from && shape.offset < end) return shape;
  }
  return undefined;
}

function judgeDot(text: string, dot: number): SecretShape | undefined {
  const far = text.charCodeAt(dot + 16);
  if (!isWord(far) && far !== 0x2d) return undefined;
  const before = text.charCodeAt(dot - 2);
  if (before === 0x76 && !isWord(text.charCodeAt(dot - 4)) && matchesAt(VAULT_TOKEN, text, dot - 3)) {
    return { offset: dot - 3, what: "Vault token" };
  }
  if (!isWord(before) && text.charCodeAt(dot - 1) === 0x73 && isOldVaultToken(text, dot - 1)) {
    return { offset: dot - 1, what: "Vault token" };
  }
  const offset = dot - 6;
  if (offset < 0 || isPartOfName(text.charCodeAt(offset - 1))) return undefined;
  return isBootstrapToken(text, offset) ? { offset, what: "bootstrap token" } : undefined;
}

function isOldVaultToken(text: string, offset: number): boolean {
  if (!matchesAt(OLD_VAULT_TOKEN, text, offset)) return false;
  return isNamedToken(text, offset) || isWholeScalar(text, offset, offset + 26);
}

function isBootstrapToken(text: string, offset: number): boolean {
  if (!matchesAt(BOOTSTRAP_TOKEN, text, offset)) return false;
  if (isNamedToken(text, offset)) return true;
  return isMixed(text.slice(offset + 7, offset + 23)) && isWholeScalar(text, offset, offset + 23);
}

/** `token: `, `"bootstraptoken":"`, `--token `, `TOKEN=`, also inside a text that is itself quoted. */
const TOKEN_NAME = /token\\?["'`]?(?:\s{0,8}[:=]\s{0,8}|\s{1,8})\\?["'`]?$/i;

function isNamedToken(text: string, offset: number): boolean {
  return TOKEN_NAME.test(text.slice(Math.max(0, offset - 32), offset));
}

const SCALAR_START = /(?:(?:[\n,[{]|\\n|[:-] )[ \t]{0,64}(?:- {1,8})?\\?["'`]?|:\\?["'`])$/;
const SCALAR_END = /^\\?["'`]?[ \t]{0,64}(?:[\r\n,\]}]|\\n| #|$)/;

/** Whether this part of the text is all of a scalar of YAML or JSON, or of a line. */
function isWholeScalar(text: string, start: number, end: number): boolean {
  const before = start <= 72 ? `\n${text.slice(0, start)}` : text.slice(start - 72, start);
  return SCALAR_START.test(before) && SCALAR_END.test(text.slice(end, end + 72));
}

/** Letters and digits take turns at least four times: `f8a0bcp9l3q4z1yw`, not `hel1datacenter01`. */
function isMixed(text: string): boolean {
  return (text.match(/[a-z](?=\d)|\d(?=[a-z])/g) ?? []).length >= 4;
}

/** Keys in base64 that is broken into lines, where the break may go through what gives them away. */
function firstWrapped(text: string, from: number): SecretShape | undefined {
  // Every "-----" has this in its base64 at any alignment.
  if (!text.includes("LS0t", from)) return undefined;
  const breaks = /(?:\\[nr]|[\r\n])+[ \t]*/g;
  const rest = text.slice(from);
  const joined = rest.replace(breaks, "");
  if (joined.length === rest.length) return undefined;
  const found = new RegExp(KEY_CORES).exec(joined);
  if (found === null) return undefined;
  let offset = found.index;
  for (let match = breaks.exec(rest); match !== null && match.index <= offset; match = breaks.exec(rest)) {
    offset += match[0].length;
  }
  return { offset: from + offset, what: "private key in base64" };
}

function isWord(unit: number): boolean {
  return (
    (unit >= 0x61 && unit <= 0x7a) ||
    (unit >= 0x30 && unit <= 0x39) ||
    (unit >= 0x41 && unit <= 0x5a) ||
    unit === 0x5f
  );
}

/** Characters that make what follows the end of a longer name: `a.b`, `x-y`, `p/q`. */
function isPartOfName(unit: number): boolean {
  return isWord(unit) || unit === 0x2d || unit === 0x2e || unit === 0x2f;
}
