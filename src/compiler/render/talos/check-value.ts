import { type Diagnostic, error, keyOf, type SourceRef, within } from "../../../core/diagnostic.ts";
import { isMapping, type Mapping } from "../../../core/mapping.ts";
import { formatPath, type Path } from "../../../core/path.ts";
import { didYouMean } from "../../../core/suggest.ts";
import { fieldNames, fieldType, fieldVersions, innerType, type TypeFacts } from "./fields.ts";

/** Where a check has arrived in a patch document. */
export interface CheckPlace {
  readonly at: SourceRef;
  /** The same place inside the Talos document, which may stand inside a document of ours. */
  readonly path: Path;
  readonly minor: number;
  /** What the document is, for messages. */
  readonly subject: string;
}

/** Checks a value of a patch against the type that Talos gives it. Reports ICH5102, ICH5103 and ICH5106. */
export function checkValue(type: TypeFacts, value: unknown, place: CheckPlace): Diagnostic[] {
  // Nothing is the zero value of every type.
  if (value === null || value === undefined) return [];
  if (isMapping(value) && "$patch" in value) return checkDeletion(value, place);
  switch (type.class) {
    case "pointer":
      return checkValue(innerType(type, place.minor), value, place);
    case "struct":
      return isMapping(value) ? checkStruct(type, value, place) : [wrongType(value, "a mapping", place)];
    case "map":
      return isMapping(value)
        ? checkMap(innerType(type, place.minor), value, place)
        : [wrongType(value, "a mapping", place)];
    case "list":
      return Array.isArray(value)
        ? checkList(innerType(type, place.minor), value, place)
        : [wrongType(value, "a list", place)];
    case "args":
      return isMapping(value) ? checkArgs(value, place) : [wrongType(value, "a mapping", place)];
    case "free":
      return isMapping(value) ? checkFree(value, place) : [wrongType(value, "a mapping", place)];
    case "any":
      return checkFree(value, place);
    case "bool":
    case "duration":
    case "float":
    case "forgetful":
    case "integer":
    case "sealed":
    case "size":
    case "string":
    case "text":
    case "url":
      return checkScalar(type, value, place);
  }
}

function further(place: CheckPlace, step: string | number): CheckPlace {
  return { ...place, at: within(place.at, step), path: [...place.path, step] };
}

function checkDeletion(value: Mapping, { at }: CheckPlace): Diagnostic[] {
  if (value["$patch"] === "delete") return [];
  return [
    error(
      "ICH5106",
      within(at, "$patch"),
      `\`$patch: ${String(value["$patch"])}\` means nothing to Talos, which knows \`$patch: delete\` only`,
      { hint: "leave the line out to merge; to replace, delete in one patch document and set in the next" },
    ),
  ];
}

function checkStruct(type: TypeFacts, value: Mapping, place: CheckPlace): Diagnostic[] {
  return Object.entries(value).flatMap(([key, inner]) => {
    const field = fieldType(type, key, place.minor);
    return field === undefined
      ? [unknownKey(type, key, place)]
      : checkValue(field, inner, further(place, key));
  });
}

function unknownKey(type: TypeFacts, key: string, place: CheckPlace): Diagnostic {
  const { minor, subject } = place;
  const path = formatPath([...place.path, key]);
  const versions = fieldVersions(type, key);
  return versions === undefined
    ? error(
        "ICH5102",
        keyOf(place.at, key),
        `Talos v1.${minor} has no field \`${path}\` in ${subject}${didYouMean(key, fieldNames(type, minor))}`,
        { hint: "correct the name: Talos refuses a configuration with a field that it does not know" },
      )
    : error(
        "ICH5102",
        keyOf(place.at, key),
        `the field \`${path}\` of ${subject} ${versions}, and a cluster that this patch reaches runs v1.${minor}`,
        { hint: "move the patch to clusters that run such a version" },
      );
}

function checkMap(type: TypeFacts, value: Mapping, place: CheckPlace): Diagnostic[] {
  return Object.entries(value).flatMap(([key, inner]) => checkInner(type, inner, further(place, key)));
}

function checkList(type: TypeFacts, value: readonly unknown[], place: CheckPlace): Diagnostic[] {
  return value.flatMap((inner, index) => checkInner(type, inner, further(place, index)));
}

/** Elements of lists and maps that Talos keeps behind pointers may not be null: it would crash over them. */
function checkInner(type: TypeFacts, value: unknown, place: CheckPlace): Diagnostic[] {
  if (value === null && type.class === "pointer") return [wrongType(value, "a mapping", place)];
  return checkValue(type, value, place);
}

function checkArgs(value: Mapping, place: CheckPlace): Diagnostic[] {
  return Object.entries(value).flatMap(([key, inner]) => {
    const type: TypeFacts = Array.isArray(inner) ? { class: "list" } : { class: "string" };
    const inside = further(place, key);
    if (type.class === "string") return checkValue(type, inner, inside);
    return (inner as readonly unknown[]).flatMap((text, index) =>
      checkValue({ class: "string" }, text, further(inside, index)),
    );
  });
}

/** Anything goes but a `$patch` that does nothing. */
function checkFree(value: unknown, place: CheckPlace): Diagnostic[] {
  if (Array.isArray(value)) return value.flatMap((inner, index) => checkFree(inner, further(place, index)));
  if (!isMapping(value)) return [];
  if ("$patch" in value) return checkDeletion(value, place);
  return Object.entries(value).flatMap(([key, inner]) => checkFree(inner, further(place, key)));
}

function checkScalar(type: TypeFacts, value: unknown, place: CheckPlace): Diagnostic[] {
  const wanted = typeof value === "object" ? "one plain value" : wantedScalar(type, value);
  return wanted === undefined ? [] : [wrongType(value, wanted, place)];
}

const TRUTHS = /^(y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF|true|True|TRUE|false|False|FALSE)$/;
const DURATION = /^[-+]?(0|((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)$/;

/** What the type wants where the value is something else; undefined where it fits. */
function wantedScalar(type: TypeFacts, value: unknown): string | undefined {
  if (type.class === "bool") return TRUTHS.test(String(value)) ? undefined : "true or false";
  if (type.class === "float") return typeof value === "number" ? undefined : "a number";
  if (type.class === "integer") {
    return isInteger(type, value) ? undefined : `a whole number from ${type.min ?? 0} to ${type.max ?? 0}`;
  }
  if (type.class === "duration") {
    const isDuration = typeof value === "string" && DURATION.test(value);
    return isDuration ? undefined : "a duration such as 10s or 2m30s";
  }
  return wantedText(type, value);
}

function isInteger(type: TypeFacts, value: unknown): boolean {
  if (typeof value === "bigint") return true;
  return (
    typeof value === "number" &&
    Number.isInteger(value) &&
    value >= (type.min ?? 0) &&
    value <= (type.max ?? 0)
  );
}

function wantedText(type: TypeFacts, value: unknown): string | undefined {
  // 1.10 would arrive as 1.1.
  if (typeof value === "number" && !Number.isInteger(value)) return "a text, in quotes";
  if (type.values === undefined || value === "") return undefined;
  const isKnown = type.values.some((known) => known.toLowerCase() === String(value).toLowerCase());
  return isKnown ? undefined : `one of ${type.values.map((known) => `"${known}"`).join(", ")}`;
}

function wrongType(value: unknown, wanted: string, { at, path, minor, subject }: CheckPlace): Diagnostic {
  const what = Array.isArray(value)
    ? "a list"
    : typeof value === "object"
      ? "a mapping"
      : JSON.stringify(value);
  return error(
    "ICH5103",
    at,
    `\`${formatPath(path)}\` of ${subject} is ${value === null ? "empty" : what}, and Talos v1.${minor} wants ${wanted}`,
    { hint: `write ${wanted}` },
  );
}
