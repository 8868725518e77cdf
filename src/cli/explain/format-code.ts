import { CODES, type Code } from "../../core/codes.ts";

/** What there is to know of a code, for a terminal. */
export function formatCode(code: Code): string {
  const { title, meaning, remedy } = CODES[code];
  return `${code}: ${title}\n\n${wrap(meaning)}\n\n${wrap(`What to do: ${remedy}`)}\n`;
}

/** Breaks a paragraph into lines of at most 80 characters. */
function wrap(text: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > 80) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].join("\n");
}
