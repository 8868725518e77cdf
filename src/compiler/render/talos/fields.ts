import { invariant } from "../../../core/invariant.ts";
import type { Path } from "../../../core/path.ts";
import table from "./talos-fields.data.json" with { type: "json" };

/**
 * How values of a type are read and merged.
 *
 * - `bool`, `string`, `integer`, `float`, `duration` and `text` (any other scalar): replaced, where not zero.
 * - `forgetful`: a scalar that is replaced even by nothing.
 * - `sealed`: a scalar that Talos cannot merge at all.
 * - `url`, `size`: scalars that are merged by their parts.
 * - `pointer`: what it points to may be absent, which is not the same as zero.
 * - `free`: a mapping of anything; `args`: a mapping whose values are replaced whole.
 */
export type TypeClass =
  | "any"
  | "args"
  | "bool"
  | "duration"
  | "float"
  | "forgetful"
  | "free"
  | "integer"
  | "list"
  | "map"
  | "pointer"
  | "sealed"
  | "size"
  | "string"
  | "struct"
  | "text"
  | "url";

/** What Talos' own Go types say of a type; talos-fields.data.json has them all. */
export interface TypeFacts {
  readonly class: TypeClass;
  /** The type of what a pointer points to, or of the elements of a list or map. */
  readonly of?: string;
  /** Of a list: `append`, `replace`, or the field by which elements find each other. Of a free mapping: `replace`. */
  readonly merge?: string;
  readonly min?: number;
  readonly max?: number;
  /** The texts that mean the zero value, in lower case. */
  readonly zero?: readonly string[];
  /** All texts of an enumeration. */
  readonly values?: readonly string[];
  /** An element of a list can be named by a field of this type in order to be deleted. */
  readonly selects?: boolean;
  /** The fields cannot be deleted one by one. */
  readonly closed?: boolean;
  /** The types of a struct's fields. */
  readonly fields?: Readonly<Record<string, Versioned<string>>>;
  /** Fields that a merge touches even where the patch does not have them. */
  readonly always?: readonly string[];
}

/** What holds for all documents of a kind. */
export interface KindFacts {
  readonly type: string;
  /** Told apart by their field `name`. */
  readonly named?: boolean;
  /** Refused on workers. */
  readonly controlPlane?: boolean;
  /** Configures the network link of its name, which only one document may do. */
  readonly link?: boolean;
  /** Kinds that may not have a document of the same name. */
  readonly conflicts?: readonly string[];
  /** Fields of the v1alpha1 document that may not be set beside it. */
  readonly replaces?: readonly ReplacedField[];
}

export interface ReplacedField {
  readonly path: string;
  /** Only where its value is not false, empty or 0. */
  readonly nonZero?: boolean;
  /** Only where the document itself has this field. */
  readonly beside?: string;
  /** Only for the document of this name. */
  readonly name?: string;
}

/** From one minor version of Talos on, and up to another where it ended. */
export interface VersionRange<T> {
  readonly from: number;
  readonly to?: number;
  readonly is: T;
}

/** A value that holds in all versions stands for itself. */
type Versioned<T> = T | readonly VersionRange<T>[];

interface Table {
  readonly minors: readonly number[];
  readonly kinds: Readonly<Record<string, Versioned<KindFacts>>>;
  readonly types: Readonly<Record<string, Versioned<TypeFacts>>>;
}

// Printed by test/conformance/fields (`npm run talos-fields`), and compared there with what it prints.
const TABLE = table as unknown as Table;

/** The name under which the document without a kind is known. */
export const V1ALPHA1 = "v1alpha1";

/** What Talos 1.`minor` knows of a kind; undefined where it does not know the kind. */
export function documentKind(kind: string, minor: number): KindFacts | undefined {
  return Object.hasOwn(TABLE.kinds, kind) ? inVersion(TABLE.kinds[kind], minor) : undefined;
}

/** The kinds that Talos 1.`minor` knows, sorted; without the document that has no kind. */
export function documentKinds(minor: number): string[] {
  return Object.keys(TABLE.kinds).filter(
    (kind) => kind !== V1ALPHA1 && documentKind(kind, minor) !== undefined,
  );
}

/** Which versions of Talos know a kind, as `needs Talos v1.14`; undefined where all do, or none. */
export function kindVersions(kind: string): string | undefined {
  return Object.hasOwn(TABLE.kinds, kind) ? versionsOf(TABLE.kinds[kind]) : undefined;
}

/** The type of a name that another type or a kind mentions. */
export function typeNamed(name: string, minor: number): TypeFacts {
  const facts = inVersion(TABLE.types[name], minor);
  invariant(facts !== undefined, `talos-fields.data.json has no type ${name} in v1.${minor}`);
  return facts;
}

/** The type of the elements of a list or map, or of what a pointer points to. */
export function innerType(type: TypeFacts, minor: number): TypeFacts {
  return typeNamed(type.of ?? "", minor);
}

/** The type of a field; undefined where Talos 1.`minor` has no such field. */
export function fieldType(type: TypeFacts, key: string, minor: number): TypeFacts | undefined {
  if (type.fields === undefined || !Object.hasOwn(type.fields, key)) return undefined;
  const name = inVersion(type.fields[key], minor);
  return name === undefined ? undefined : typeNamed(name, minor);
}

/** The keys that a mapping of this struct may have in Talos 1.`minor`. */
export function fieldNames(type: TypeFacts, minor: number): string[] {
  return Object.keys(type.fields ?? {}).filter((key) => fieldType(type, key, minor) !== undefined);
}

/** The versions of Talos that know a field of a struct, as {@link kindVersions} prints them. */
export function fieldVersions(type: TypeFacts, key: string): string | undefined {
  return type.fields !== undefined && Object.hasOwn(type.fields, key)
    ? versionsOf(type.fields[key])
    : undefined;
}

/** What stands at a path of a document of this kind (`v1alpha1` for the one without a kind); undefined where nothing can. */
export function typeAt(kind: string, path: Path, minor: number): TypeFacts | undefined {
  const facts = documentKind(kind, minor);
  let type = facts === undefined ? undefined : typeNamed(facts.type, minor);
  for (const step of path) {
    type = type === undefined ? undefined : below(pointedTo(type, minor), step, minor);
  }
  return type;
}

/** The type itself, or what it points to. */
export function pointedTo(type: TypeFacts, minor: number): TypeFacts {
  return type.class === "pointer" ? innerType(type, minor) : type;
}

function below(type: TypeFacts, step: string | number, minor: number): TypeFacts | undefined {
  if (type.class === "struct") return fieldType(type, String(step), minor);
  if (type.class === "list" || type.class === "map") return innerType(type, minor);
  const isFree = type.class === "free" || type.class === "any" || type.class === "args";
  return isFree ? { class: "any" } : undefined;
}

function inVersion<T extends object | string>(value: Versioned<T> | undefined, minor: number): T | undefined {
  if (!isRanges(value)) return value;
  // Talos older than the oldest known version has at most what that one has.
  const known = Math.max(minor, TABLE.minors[0] ?? minor);
  return value.find((range) => range.from <= known && known <= (range.to ?? known))?.is;
}

function versionsOf<T extends object | string>(value: Versioned<T> | undefined): string | undefined {
  if (value === undefined || !isRanges(value)) return undefined;
  const [first, last] = [value[0], value.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  if (last.to === undefined) return `needs Talos v1.${first.from}`;
  return `exists only up to Talos v1.${last.to}`;
}

function isRanges<T extends object | string>(
  value: Versioned<T> | undefined,
): value is readonly VersionRange<T>[] {
  return Array.isArray(value);
}
