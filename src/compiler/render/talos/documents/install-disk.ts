import type { TalosDocument } from "../talos-document.ts";

/** Fields of the v1alpha1 disk selector that are compared with a text, by the name they have in expressions. */
const TEXT_FIELDS: Readonly<Record<string, string>> = {
  model: "model",
  serial: "serial",
  modalias: "modalias",
  uuid: "uuid",
  wwid: "wwid",
  bus_path: "busPath",
};

/** A transport in an expression, and the disk type that means the same. */
const TYPES: Readonly<Record<string, string>> = { nvme: "nvme", mmc: "sd" };

/**
 * The v1alpha1 form of an install disk expression. Contracts before v1.14 have no expressions there, only a
 * selector whose lines must all hold, so what can be said is: comparisons of text fields, of the size, of the
 * transport and `disk.rotational`, joined by `&&`; or `disk.dev_path == "/dev/sda"` alone.
 *
 * @returns undefined where the expression says more than that
 */
export function toDiskSelector(expression: string): TalosDocument | undefined {
  const selector: Record<string, string> = {};
  const terms = splitTerms(expression);
  for (const term of terms) {
    const line = readTerm(term);
    if (line === undefined) return undefined;
    const [field, value] = line;
    if (field in selector) return undefined;
    selector[field] = value;
  }
  if ("disk" in selector) return terms.length === 1 ? selector : undefined;
  return { diskSelector: selector };
}

/** As {@link toDiskSelector}, for an expression that the checks have let pass. */
export function installDiskSelector(expression: string): TalosDocument {
  return toDiskSelector(expression) ?? {};
}

/** Splits at `&&` outside quotes. */
function splitTerms(expression: string): string[] {
  return (expression.match(/(?:"[^"]*"|[^"&]|(?<!&)&(?!&))+/g) ?? []).map((term) => term.trim());
}

function readTerm(term: string): readonly [string, string] | undefined {
  const text = /^disk\.(\w+)\s*==\s*"([^"]*)"$/.exec(term) ?? globTerm(term);
  if (text !== null) return textTerm(text[1] ?? "", text[2] ?? "");
  const size = /^disk\.size\s*(>=|<=|==|>|<)\s*(\d+)u?(?:\s*\*\s*([KMGT]i?B))?$/.exec(term);
  if (size !== null) return ["size", `${size[1]} ${size[2]}${size[3] ?? ""}`];
  if (term === "disk.rotational") return ["type", "hdd"];
  if (term === "!disk.rotational") return ["type", "ssd"];
  return undefined;
}

/** `glob("SAMSUNG*", disk.model)`: the selector's texts are patterns as well. */
function globTerm(term: string): readonly (string | undefined)[] | null {
  const match = /^glob\(\s*"([^"]*)"\s*,\s*disk\.(\w+)\s*\)$/.exec(term);
  return match === null ? null : [match[0], match[2], match[1]];
}

function textTerm(field: string, value: string): readonly [string, string] | undefined {
  if (field === "dev_path") return ["disk", value];
  if (field === "transport") {
    const type = TYPES[value];
    return type === undefined ? undefined : ["type", type];
  }
  const name = TEXT_FIELDS[field];
  return name === undefined || value === "" ? undefined : [name, value];
}
