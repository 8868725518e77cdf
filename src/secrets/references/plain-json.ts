/**
 * Reads JSON with every number as the text it is written with: a secret of many digits stays as it is.
 *
 * @returns undefined where the text is no JSON
 */
export function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text, keepDigits) as unknown };
  } catch {
    return undefined;
  }
}

function keepDigits(
  this: unknown,
  _: string,
  value: unknown,
  context?: { readonly source?: string },
): unknown {
  return typeof value === "number" ? (context?.source ?? String(value)) : value;
}
