import { badRequest } from "./refusal.ts";

/** Whether labels, or fields, are as a selector wants them. */
export type Selects = (values: Readonly<Record<string, string>>) => boolean;

const KEY = "([A-Za-z0-9][\\w.-]*(?:/[A-Za-z0-9][\\w.-]*)?)";
const VALUE = "([A-Za-z0-9](?:[\\w.-]*[A-Za-z0-9])?)?";

/** The forms of a requirement, by what has to hold. */
const FORMS: readonly (readonly [RegExp, (found: RegExpExecArray) => Selects])[] = [
  [
    new RegExp(`^${KEY}\\s*==?\\s*${VALUE}$`),
    ([, key = "", value = ""]) =>
      (all) =>
        all[key] === value,
  ],
  [
    new RegExp(`^${KEY}\\s*!=\\s*${VALUE}$`),
    ([, key = "", value = ""]) =>
      (all) =>
        all[key] !== value,
  ],
  [
    new RegExp(`^${KEY}\\s+(in|notin)\\s*\\(([\\w.,\\s-]*)\\)$`),
    ([, key = "", operator, list = ""]) => {
      const values = list.split(",").map((value) => value.trim());
      return (all) => values.includes(all[key] ?? "\n") === (operator === "in");
    },
  ],
  [
    new RegExp(`^${KEY}$`),
    ([, key = ""]) =>
      (all) =>
        all[key] !== undefined,
  ],
  [
    new RegExp(`^!\\s*${KEY}$`),
    ([, key = ""]) =>
      (all) =>
        all[key] === undefined,
  ],
];

/** Reads `a=b,c in (d,e),!f`. @throws Refusal for what is no selector */
export function labelSelector(text: string): Selects {
  const requirements = splitOutsideParentheses(text).map((part) => {
    for (const [form, make] of FORMS) {
      const found = form.exec(part);
      if (found !== null) return make(found);
    }
    throw badRequest(`unable to parse requirement: found ${JSON.stringify(part)}, expected: a requirement`);
  });
  return (labels) => requirements.every((holds) => holds(labels));
}

/** Reads `spec.nodeName=a`. @throws Refusal for a field that these objects are not selected by */
export function fieldSelector(text: string, supported: readonly string[]): Selects {
  const requirements = text
    .split(",")
    .filter((part) => part !== "")
    .map((part): Selects => {
      const [, field = "", operator, value = ""] = /^([^=!]+)(==?|!=)(.*)$/.exec(part) ?? [];
      if (operator === undefined) {
        throw badRequest(
          `invalid selector: ${JSON.stringify(text)}; can't understand ${JSON.stringify(part)}`,
        );
      }
      if (!supported.includes(field)) throw badRequest(`field label not supported: ${field}`);
      return (fields) => ((fields[field] ?? "") === value) !== (operator === "!=");
    });
  return (fields) => requirements.every((holds) => holds(fields));
}

function splitOutsideParentheses(text: string): readonly string[] {
  if (text.trim() === "") return [];
  return text.split(/,(?![^(]*\))/).map((part) => part.trim());
}
