/**
 * The single source of a value's TypeScript type, of its validation and of the published JSON Schema:
 * each builder returns plain JSON Schema (2020-12) that carries its TypeScript type for {@link Infer}.
 */

declare const type: unique symbol;

/** A JSON Schema whose valid values have the type `T`. */
export interface Schema<T> {
  readonly [keyword: string]: unknown;
  readonly [type]?: T;
}

/** A property that may be left out. */
export interface Optional<T> {
  readonly optional: true;
  readonly schema: Schema<T>;
}

/** The type of the values that a schema accepts. */
export type Infer<S> = S extends Schema<infer T> ? T : never;

type Properties = Readonly<Record<string, Schema<unknown> | Optional<unknown>>>;
type OptionalKeys<P> = { [K in keyof P]: P[K] extends Optional<unknown> ? K : never }[keyof P];
type ValueOf<S> = S extends Optional<infer T> ? T : S extends Schema<infer T> ? T : never;
type Flat<T> = { readonly [K in keyof T]: T[K] };
type InferObject<P> = Flat<
  { [K in Exclude<keyof P, OptionalKeys<P>>]: ValueOf<P[K]> } & { [K in OptionalKeys<P>]?: ValueOf<P[K]> }
>;

/** JSON Schema keywords that say more of a value than its type. */
interface Keywords {
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
  readonly pattern?: string;
  /** Said after the pattern did not match: what form is wanted. */
  readonly form?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly minProperties?: number;
}

export function string(keywords: Keywords = {}): Schema<string> {
  return { type: "string", ...keywords };
}

export function integer(keywords: Keywords = {}): Schema<number> {
  return { type: "integer", ...keywords };
}

export function boolean(keywords: Keywords = {}): Schema<boolean> {
  return { type: "boolean", ...keywords };
}

/** One of a closed set of words. */
export function oneOf<const T extends readonly string[]>(
  values: T,
  keywords: Keywords = {},
): Schema<T[number]> {
  return { type: "string", enum: values, ...keywords };
}

export function array<T>(items: Schema<T>, keywords: Keywords = {}): Schema<readonly T[]> {
  return { type: "array", items, ...keywords };
}

/** A map from names to values; `names` is the pattern that the names have. */
export function map<T>(
  values: Schema<T>,
  names?: Schema<string>,
  keywords: Keywords = {},
): Schema<Readonly<Record<string, T>>> {
  return {
    type: "object",
    additionalProperties: values,
    ...(names === undefined ? {} : { propertyNames: names }),
    ...keywords,
  };
}

/** A value that has the form of either schema. */
export function either<A, B>(a: Schema<A>, b: Schema<B>, keywords: Keywords = {}): Schema<A | B> {
  return { anyOf: [a, b], ...keywords };
}

/** Any mapping: what ichor hands on without looking into it. */
export function anyObject(keywords: Keywords = {}): Schema<Readonly<Record<string, unknown>>> {
  return { type: "object", ...keywords };
}

export function optional<T>(schema: Schema<T>): Optional<T> {
  return { optional: true, schema };
}

/** A mapping with these keys and no others. */
export function object<const P extends Properties>(
  properties: P,
  keywords: Keywords = {},
): Schema<InferObject<P>> {
  const entries = Object.entries(properties);
  const required = entries.filter(([, value]) => !isOptional(value)).map(([name]) => name);
  return {
    type: "object",
    properties: Object.fromEntries(
      entries.map(([name, value]) => [name, isOptional(value) ? value.schema : value]),
    ),
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: false,
    ...keywords,
  };
}

function isOptional(value: Schema<unknown> | Optional<unknown>): value is Optional<unknown> {
  return value["optional"] === true && "schema" in value;
}
