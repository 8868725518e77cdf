import type { StepName } from "./events.ts";

/** One line of the journal. It is for people: the machines are the truth, and no run reads it to know what to do. */
export interface JournalEntry {
  /** RFC 3339. */
  readonly time: string;
  readonly run: string;
  readonly cluster: string;
  readonly machine: string;
  readonly step: StepName;
  readonly status: "started" | "done" | "failed";
  /** From 1. */
  readonly attempt: number;
  /** Code and message, without secrets. */
  readonly error?: string;
}

export interface Journal {
  /** Resolves when the entry is safe against the loss of power. */
  readonly append: (entry: JournalEntry) => Promise<void>;
}
