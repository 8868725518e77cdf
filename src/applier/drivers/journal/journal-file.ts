import { open, readFile } from "node:fs/promises";
import { isMapping } from "../../../core/mapping.ts";
import type { Journal, JournalEntry } from "../../execute/journal.ts";

export interface JournalFile extends Journal {
  /** After the last entry. */
  readonly close: () => Promise<void>;
}

/** A journal as a file of lines in JSON, which grows only; each entry is on the disk when `append` resolves. */
export async function openJournal(path: string): Promise<JournalFile> {
  const file = await open(path, "a+", 0o600);
  // A torn last line of a run that was killed must not swallow the first line of this one.
  const { size } = await file.stat();
  if (size > 0) {
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
    if (buffer.toString() !== "\n") await file.write("\n");
  }
  let last: Promise<void> = Promise.resolve();
  return {
    append: (entry) => {
      const writing = last.then(async () => {
        await file.appendFile(`${JSON.stringify(entry)}\n`);
        await file.datasync();
      });
      // A failed entry is the caller's to know; the next one is tried all the same.
      last = writing.catch(() => undefined);
      return writing;
    },
    close: async () => {
      await last;
      await file.close();
    },
  };
}

/** The entries of a journal; lines that were torn by a loss of power are left out. */
export async function readJournal(path: string): Promise<readonly JournalEntry[]> {
  const text = await readFile(path, "utf8");
  return text.split("\n").flatMap((line) => {
    const entry = parseLine(line);
    return entry === undefined ? [] : [entry];
  });
}

function parseLine(line: string): JournalEntry | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isEntry(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isEntry(value: unknown): value is JournalEntry {
  if (!isMapping(value) || typeof value["attempt"] !== "number") return false;
  return ["time", "run", "cluster", "machine", "step", "status"].every(
    (key) => typeof value[key] === "string",
  );
}
