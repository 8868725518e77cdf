/** What `ichor explain CODE` and docs/errors.md say of a code. */
export interface CodeEntry {
  /** A fixed short text without user data, so that readers learn to recognise it. */
  readonly title: string;
  /** Why it is an error, in whole sentences. */
  readonly meaning: string;
  /** What to do about it. */
  readonly remedy: string;
}
