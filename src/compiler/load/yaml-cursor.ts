/** Collections inside collections; deeper documents are refused (ICH1008), so that no reader of them runs out of stack. */
export const MAX_DEPTH = 64;

/** Where {@link readYamlSubset} stands in a text; its functions move it. */
export interface Cursor {
  readonly text: string;
  at: number;
  /** Column of the content that the last {@link nextLine} found, from 0; -1 at the end of a document. */
  indent: number;
  /** Collections that are open. */
  depth: number;
  /** A key with its colon, sticky. */
  readonly key: RegExp;
  /** A plain scalar between brackets, sticky. */
  readonly flowPlain: RegExp;
  /** A quoted scalar on one line with the plainest escapes, sticky. */
  readonly quoted: RegExp;
}

export const SPACE = 0x20;
export const NEWLINE = 0x0a;
export const HASH = 0x23;
export const DASH = 0x2d;
export const COMMA = 0x2c;
export const DOUBLE_QUOTE = 0x22;
export const SINGLE_QUOTE = 0x27;
export const OPEN_LIST = 0x5b;
export const CLOSE_LIST = 0x5d;
export const OPEN_MAP = 0x7b;
export const CLOSE_MAP = 0x7d;
export const PIPE = 0x7c;
export const GREATER = 0x3e;

export function newCursor(text: string): Cursor {
  return {
    text,
    at: 0,
    indent: -1,
    depth: 0,
    key: /([A-Za-z0-9_/$][A-Za-z0-9_./$@+~-]*|"[^"\\\n]*"|'[^'\n]*'):(?=[ \n]|$)/y,
    flowPlain: /(?:[A-Za-z0-9_/$(.+~\u00a1-\ufefe]|-[A-Za-z0-9-])[^\n,[\]{}#]*/y,
    quoted: /"((?:[^"\\\n]|\\["\\/nt])*)"|'((?:[^'\n]|'')*)'/y,
  };
}

/** Goes from the start of a line to the next content, over empty lines and comments. */
export function nextLine(c: Cursor): void {
  const { text } = c;
  let at = c.at;
  for (;;) {
    const start = at;
    while (text.charCodeAt(at) === SPACE) at++;
    const unit = text.charCodeAt(at);
    if (unit === NEWLINE) at++;
    else if (unit === HASH) at = endOfLine(text, at);
    else {
      c.at = at;
      c.indent = at === text.length || (at === start && isMarker(c)) ? -1 : at - start;
      return;
    }
  }
}

/** Ends a line on which only spaces and a comment may follow, and goes to the next content; false where more follows. */
export function endLine(c: Cursor): boolean {
  const start = c.at;
  skipSpaces(c);
  const unit = c.text.charCodeAt(c.at);
  const isEnd = unit === NEWLINE || c.at >= c.text.length || (unit === HASH && c.at > start);
  if (isEnd) {
    c.at = Math.min(endOfLine(c.text, c.at) + 1, c.text.length);
    nextLine(c);
  }
  return isEnd;
}

/** Whether the cursor stands at `---` with nothing right behind it; true at the start of a line only by the caller's care. */
export function isMarker(c: Cursor): boolean {
  return c.text.startsWith("---", c.at) && isBlankAt(c.text, c.at + 3);
}

export function isBlankAt(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return at >= text.length || unit === SPACE || unit === NEWLINE;
}

export function skipSpaces(c: Cursor): void {
  while (c.text.charCodeAt(c.at) === SPACE) c.at++;
}

/** Offset of the line feed that ends the line, or of the end of the text. */
export function endOfLine(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end === -1 ? text.length : end;
}

/** Without spaces at the end; `trimEnd` would take what is no space to YAML as well. */
export function trimSpaces(text: string): string {
  let end = text.length;
  while (text.charCodeAt(end - 1) === SPACE) end--;
  return text.slice(0, end);
}
