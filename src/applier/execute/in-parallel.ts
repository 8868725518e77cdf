/**
 * Does something with each item, at most `limit` at a time, and gives the results in the order of the items. Where one
 * throws, nothing new begins, and the first error is thrown when all that had begun has ended.
 */
export async function inParallel<T, R>(
  items: readonly T[],
  limit: number,
  act: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const errors: unknown[] = [];
  const pending = items.entries();
  const work = async (): Promise<void> => {
    for (const [index, item] of pending) {
      try {
        results[index] = await act(item);
      } catch (caught) {
        errors.push(caught);
      }
      if (errors.length > 0) return;
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(limit, items.length)) }, work));
  if (errors.length > 0) throw errors[0];
  return results;
}
