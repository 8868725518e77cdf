import { open } from "node:fs/promises";
import type { Journal } from "../../execute/journal.ts";

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
