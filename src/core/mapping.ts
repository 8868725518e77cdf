/** A value with names: a YAML mapping, a JSON object. */
export type Mapping = Readonly<Record<string, unknown>>;

/** Whether a plain value is a mapping, and neither a list nor nothing. */
export function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
