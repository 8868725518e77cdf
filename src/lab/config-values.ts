import { isMapping, type Mapping } from "../core/mapping.ts";
import { decodeBase64 } from "../secrets/pki/pem.ts";

/** A mapping in a mapping; an empty one where there is none. */
export function mappingAt(value: Mapping, key: string): Mapping {
  const entry = value[key];
  return isMapping(entry) ? entry : {};
}

/** A list in a mapping; an empty one where there is none. */
export function listAt(value: Mapping, key: string): readonly unknown[] {
  const entry = value[key];
  return Array.isArray(entry) ? entry : [];
}

/** A text in a mapping. */
export function textAt(value: Mapping | undefined, key: string): string | undefined {
  const entry = value?.[key];
  return typeof entry === "string" ? entry : undefined;
}

/** The texts in a list. */
export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === "string") : [];
}

/** PEM where the field is base64 of some. */
export function pemAt(value: Mapping, key: string): string | undefined {
  const text = textAt(value, key);
  const decoded = text === undefined ? undefined : decodeBase64(text)?.toString("latin1");
  return decoded?.includes("-----BEGIN ") ? decoded : undefined;
}
