import { listOf } from "./wording.ts";

/** The keywords that the builders of src/model/schema.ts write, and no others. */
export interface Keywords {
  readonly type?: "string" | "integer" | "boolean" | "array" | "object";
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly form?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly items?: Keywords;
  readonly minProperties?: number;
  readonly properties?: Readonly<Record<string, Keywords>>;
  readonly required?: readonly string[];
  readonly propertyNames?: Keywords;
  readonly additionalProperties?: false | Keywords;
  readonly anyOf?: readonly Keywords[];
}

/** Whether the value has the schema's type, whatever else the schema asks. */
export function hasType(schema: Keywords, value: unknown): boolean {
  return schema.type === undefined || TYPE_TESTS[schema.type](value);
}

/** Whether the text matches the schema's pattern; patterns are read with the `u` flag, as ajv reads them. */
export function fitsPattern(schema: Keywords, value: string): boolean {
  return schema.pattern === undefined || new RegExp(schema.pattern, "u").test(value);
}

/** What a schema takes, as the end of "must be": `"vip" or "lb"`, `an IPv4 address such as 10.0.0.1`, `a list`. */
export function sayForm(schema: Keywords): string {
  return listOf([...new Set(formsOf(schema))]);
}

function formsOf(schema: Keywords): readonly string[] {
  if (schema.anyOf !== undefined) return schema.anyOf.flatMap(formsOf);
  return schema.enum?.map((word) => `"${word}"`) ?? [schema.form ?? sayType(schema)];
}

/** The type that a schema takes: `a whole number`. */
export function sayType(schema: Keywords): string {
  return schema.type === undefined ? "any value" : TYPE_WORDS[schema.type];
}

const TYPE_WORDS = {
  string: "text",
  integer: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping",
} as const;

const TYPE_TESTS: Readonly<Record<keyof typeof TYPE_WORDS, (value: unknown) => boolean>> = {
  string: (value) => typeof value === "string",
  integer: Number.isInteger,
  boolean: (value) => typeof value === "boolean",
  array: Array.isArray,
  object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
};
