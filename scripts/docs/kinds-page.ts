import type { Keywords } from "../../src/compiler/validate/keywords.ts";
import { HOMES } from "../../src/model/homes.ts";
import { schemaFileOf } from "../../src/model/json-schema.ts";
import { API_VERSION, metadata } from "../../src/model/kind.ts";
import { KINDS, type KindName } from "../../src/model/kinds.ts";

/** A key and where it stands. */
interface Field {
  readonly path: string;
  readonly schema: Keywords;
  readonly required: boolean;
}

const TABLE = "| Key | Takes | Default | Meaning |\n|---|---|---|---|\n";

/** docs/kinds.md: every kind and every key of it. */
export function kindsPage(): string {
  const kinds = Object.keys(KINDS) as KindName[];
  const contents = kinds.map((kind) => `- [${kind}](#${kind.toLowerCase()}): ${KINDS[kind].description}`);
  return `<!-- Written by \`npm run docs\` from src/model/kinds/. Do not edit. -->

# Kinds

${contents.join("\n")}

Every document has \`apiVersion: ${API_VERSION}\`, its \`kind\`, \`metadata\` and \`spec\`. A key that is not listed here is an error.
\`<name>\` stands for a name that you choose, \`[]\` for each item of a list.

${TABLE}${rowsOf({ path: "metadata", schema: metadata as Keywords, required: true }).join("")}${kinds.map(section).join("")}`;
}

function section(kind: KindName): string {
  const { description, spec } = KINDS[kind];
  const fields = fieldsBelow({ path: "spec", schema: spec as Keywords, required: true });
  return `
## ${kind}

${description}
File: \`${HOMES[kind]}\`. Schema: [\`${schemaFileOf(kind)}\`](../schemas/${schemaFileOf(kind)}).

${TABLE}${fields.flatMap(rowsOf).join("")}`;
}

function rowsOf(field: Field): readonly string[] {
  return [row(field), ...fieldsBelow(field).flatMap(rowsOf)];
}

/** The keys inside a value; a map's and a list's values are shown where they are mappings themselves. */
function fieldsBelow({ path, schema }: Field): readonly Field[] {
  const below = [
    ...Object.entries(schema.properties ?? {}).map(([key, property]) => ({
      path: `${path}.${key}`,
      schema: property,
      required: schema.required?.includes(key) ?? false,
    })),
    ...(schema.anyOf ?? []).flatMap((branch) => fieldsBelow({ path, schema: branch, required: false })),
  ];
  if (schema.items !== undefined)
    below.push(...fieldsBelow({ path: `${path}[]`, schema: schema.items, required: false }));
  const values = schema.additionalProperties;
  if (values !== undefined && values !== false) {
    below.push(...fieldsBelow({ path: `${path}.<name>`, schema: values, required: false }));
  }
  return below;
}

function row({ path, schema, required }: Field): string {
  const standard = required
    ? "required"
    : schema.default === undefined
      ? ""
      : `\`${JSON.stringify(schema.default)}\``;
  const cells = [`\`${path}\``, takes(schema), standard, schema.description ?? ""];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
}

/** What a value may be: `whole number from 1 to 63`, `"vip", "lb"`, `list of an IPv4 address such as 10.0.0.1`. */
function takes(schema: Keywords): string {
  if (schema.anyOf !== undefined) return takesEither(schema.anyOf);
  if (schema.enum !== undefined) return schema.enum.map((word) => `\`${word}\``).join(", ");
  const { type = "string" } = schema;
  switch (type) {
    case "array":
      return `list: ${takes(schema.items ?? {})}`;
    case "object":
      return takesMapping(schema);
    case "integer":
      return `whole number${range(schema)}`;
    case "boolean":
      return "`true` or `false`";
    case "string":
      return schema.form ?? "text";
  }
}

/** A count or a share says "a whole number or a percentage" itself. */
function takesEither(branches: readonly Keywords[]): string {
  const isSaid = branches.some(({ form }) => form?.startsWith("a whole number or"));
  return branches
    .filter(({ type }) => !(isSaid && type === "integer"))
    .map(takes)
    .join(" or ");
}

function takesMapping({ additionalProperties: values, propertyNames: names }: Keywords): string {
  if (values === undefined || values === false) return "mapping";
  const from = names?.form === undefined ? "names" : `names (${names.form})`;
  return `${from} to ${takes(values)}`;
}

function range({ minimum, maximum }: Keywords): string {
  if (minimum === undefined) return maximum === undefined ? "" : `, at most ${maximum}`;
  return maximum === undefined ? `, at least ${minimum}` : ` from ${minimum} to ${maximum}`;
}
