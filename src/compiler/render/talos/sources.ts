/** For lists that lost elements to deletions of the same patch: where each element stood in the patch. */
export type Sources = ReadonlyMap<unknown, readonly number[]>;

/** Where the element of a list of the patch stood before deletions. */
export function sourceIndex(sources: Sources, list: unknown, index: number): number {
  return sources.get(list)?.[index] ?? index;
}
