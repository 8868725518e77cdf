import { documentSchema } from "./kind.ts";
import { KINDS, type KindName } from "./kinds.ts";

const BASE = "https://ichor.dev/schemas/v1alpha1/";
const DIALECT = "https://json-schema.org/draft/2020-12/schema";

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * The JSON Schemas (2020-12) that editors use, by file name: one for each kind, such as `server-model.json`,
 * and `pools.json` for files that hold pools of both kinds. Each stands by itself, without references.
 */
export function publishedSchemas(): ReadonlyMap<string, unknown> {
  const kinds = (Object.keys(KINDS) as KindName[]).map((kind): [string, unknown] => {
    const file = schemaFileOf(kind);
    return [file, { ...head(file, kind), ...bodyOf(kind) }];
  });
  return new Map([...kinds, ["pools.json", poolsSchema()]]);
}

/** The name of the file with the schema of a kind: `server-model.json`. */
export function schemaFileOf(kind: KindName): string {
  return `${kind.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase()}.json`;
}

/** The branches differ in their one word for `kind`, by which editors choose the branch to complete from. */
function poolsSchema(): JsonObject {
  return {
    ...head("pools.json", "Pools"),
    description: "A document of a site's pools.yaml: a ServerPool or an AddressPool, by its kind.",
    type: "object",
    required: ["kind"],
    anyOf: [
      { title: "ServerPool", ...bodyOf("ServerPool") },
      { title: "AddressPool", ...bodyOf("AddressPool") },
    ],
  };
}

function head(file: string, title: string): JsonObject {
  return { $schema: DIALECT, $id: `${BASE}${file}`, title };
}

function bodyOf(kind: KindName): JsonObject {
  return publish(documentSchema(KINDS[kind])) as JsonObject;
}

/** Moves our own keyword `form`, which editors do not know, into the description, which they show. */
function publish(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(publish);
  if (typeof schema !== "object" || schema === null) return schema;
  const { form, ...rest } = schema as JsonObject;
  const published = Object.fromEntries(
    Object.entries(rest).map(([keyword, value]) => [keyword, publishKeyword(keyword, value)]),
  );
  if (typeof form !== "string") return published;
  return { ...published, description: withForm(rest["description"], form) };
}

/** `properties` maps names that people see to schemas: a property called `form` is no keyword. */
function publishKeyword(keyword: string, value: unknown): unknown {
  if (VERBATIM.includes(keyword)) return value;
  if (keyword !== "properties") return publish(value);
  return Object.fromEntries(
    Object.entries(value as JsonObject).map(([name, property]) => [name, publish(property)]),
  );
}

/** Keywords whose values are no schemas. */
const VERBATIM: readonly string[] = ["default", "enum", "examples", "required"];

function withForm(description: unknown, form: string): string {
  return typeof description === "string" ? `${description} Form: ${form}.` : `Form: ${form}.`;
}
