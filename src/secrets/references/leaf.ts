import { isMapping } from "../../core/mapping.ts";
import { didYouMean } from "../../core/suggest.ts";
import { type Found, missing } from "./found.ts";

/**
 * The text that a JSON pointer (RFC 6901) leads to. Numbers, true and false are texts too.
 *
 * @param holder what the value is of, for messages: `the file "a.yaml"`
 */
export function leafAt(root: unknown, pointer: readonly string[], holder: string): Found<string> {
  let value = root;
  for (const [index, step] of pointer.entries()) {
    const before = pointer.slice(0, index);
    const place = before.length === 0 ? holder : `"${before.join(".")}" in ${holder}`;
    if (Array.isArray(value)) {
      const position = /^(?:0|[1-9]\d{0,8})$/.test(step) ? Number(step) : -1;
      if (position < 0 || position >= value.length) {
        return missing("ICH9208", `${place} is a list and has no entry "${step}"`, {
          hint: "entries of a list are counted from 0",
        });
      }
      value = value[position] as unknown;
    } else if (isMapping(value)) {
      if (!Object.hasOwn(value, step)) return noKey(place, step, Object.keys(value));
      value = value[step];
    } else return missing("ICH9208", `${place} has no keys, so that there is no "${step}" in it`);
  }
  return textOf(value, pointer.length === 0 ? holder : `"${pointer.join(".")}" in ${holder}`);
}

function noKey(place: string, step: string, keys: readonly string[]): Found<never> {
  return missing("ICH9208", `${place} has no key "${step}"${didYouMean(step, keys)}`);
}

/** A value as the text that takes the place of the reference. */
export function textOf(value: unknown, place: string): Found<string> {
  if (value === null || value === undefined || value === "") return missing("ICH9209", `${place} is empty`);
  if (typeof value === "string") return { value };
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") {
    return { value: String(value) };
  }
  const kind = Array.isArray(value) ? "a list" : "a mapping";
  return missing("ICH9209", `${place} is ${kind}, not a text`, {
    hint: "lead the reference further, to one of the values in it",
  });
}

/** The text that base64 with its padding stands for (RFC 4648); line breaks in it are passed over. */
export function decodeBase64(text: string, place: string): Found<string> {
  const compact = text.replaceAll(/[\r\n]/g, "");
  if (compact.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) {
    return missing("ICH9210", `${place} is no base64`, {
      hint: "remove `decode=base64`, or correct the value",
    });
  }
  try {
    const decoded = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
      Buffer.from(compact, "base64"),
    );
    return decoded === "" ? missing("ICH9209", `${place} is empty`) : { value: decoded };
  } catch {
    return missing("ICH9210", `${place} is the base64 of what is no text in UTF-8`);
  }
}
