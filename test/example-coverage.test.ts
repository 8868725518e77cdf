import { globSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { documentSchema, metadata } from "../src/model/kind.ts";
import { KINDS, type KindName } from "../src/model/kinds.ts";

/**
 * The example fleet at the top of the repository is tutorial and test bed, so it has to show everything
 * that a user can write.
 */
const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Fields that no valid repository can use, with the reason. */
const IMPOSSIBLE: Readonly<Record<string, string>> = {
  "Cluster.spec.controlPlane.flavor": "only for virtual platforms, which are refused until they are built",
  "Cluster.spec.workers[].flavor": "only for virtual platforms, which are refused until they are built",
};

interface ExampleDocument {
  readonly file: string;
  readonly modeline: string;
  readonly kind: KindName;
  readonly value: Readonly<Record<string, unknown>>;
}

const documents = readExample();

describe("the example fleet", () => {
  test.each(Object.keys(KINDS))("has a document of kind %s", (kind) => {
    expect(documents.map((document) => document.kind)).toContain(kind);
  });

  test("uses every field that a valid repository can use", () => {
    const used = new Set(documents.flatMap((document) => usedFields(document)));
    const unused = allFields().filter((field) => !used.has(field) && !(field in IMPOSSIBLE));
    expect(unused, "fields that the example never uses").toEqual([]);
  });

  test("needs each of its exceptions", () => {
    const used = new Set(documents.flatMap((document) => usedFields(document)));
    const needless = Object.keys(IMPOSSIBLE).filter(
      (field) => used.has(field) || !allFields().includes(field),
    );
    expect(needless, "exceptions that are used, or are no fields").toEqual([]);
  });

  test.each(["active", "maintenance", "broken", "retired"])("has a server that is %s", (state) => {
    const states = documents.flatMap(({ kind, value }) =>
      kind === "Rack"
        ? Object.values(mapping(mapping(value["spec"])["servers"])).map(
            (server) => mapping(server)["state"] ?? "active",
          )
        : [],
    );
    expect(states).toContain(state);
  });

  test.each(documents.map((document) => [nameOf(document), document] as const))(
    "fits its schema: %s",
    (_, document) => {
      const ajv = new Ajv2020({ strict: false, allErrors: true });
      const fits = ajv.compile(documentSchema(KINDS[document.kind]));
      fits(document.value);
      expect(fits.errors ?? []).toEqual([]);
    },
  );

  test.each(documents.map((document) => [nameOf(document), document] as const))(
    "tells the editor its schema: %s",
    (_, { file, modeline, kind }) => {
      const schema = /^# yaml-language-server: \$schema=(\S+)$/.exec(modeline)?.[1] ?? "";
      const kebab = kind.replaceAll(/(?<=[a-z])[A-Z]/g, "-$&").toLowerCase();
      const wanted = file.endsWith("/pools.yaml") ? "pools" : kebab;
      expect(posix.join(posix.dirname(file), schema)).toBe(`schemas/${wanted}.json`);
    },
  );
});

/** Every document of a kind of ours; lock files, secrets and Talos patches are none. */
function readExample(): ExampleDocument[] {
  const files = globSync("{inventory,clusters,approvals,locks}/**/*.yaml", { cwd: ROOT })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => !/^inventory\/allocations\/|\/patches\/|\.sops\.yaml$/.test(file))
    .toSorted();
  return files.flatMap((file) => {
    const text = readFileSync(join(ROOT, file), "utf8");
    const modeline = text.slice(0, text.indexOf("\n"));
    return [...parseAllDocuments(text)].map((document) => {
      const complaints = [...document.errors, ...document.warnings].map(String);
      if (complaints.length > 0) throw new Error(`${file}: ${complaints.join("\n")}`);
      const value = mapping(document.toJS());
      return { file, modeline, kind: kindOf(file, value["kind"]), value };
    });
  });
}

function kindOf(file: string, kind: unknown): KindName {
  const known = (Object.keys(KINDS) as KindName[]).find((name) => name === kind);
  if (known === undefined) throw new Error(`${file}: no kind ${JSON.stringify(kind)}`);
  return known;
}

function nameOf({ kind, value }: ExampleDocument): string {
  return `${kind} ${String(mapping(value["metadata"])["name"])}`;
}

/** The fields of every kind, as `Rack.spec.servers.*.nics.*.mac`; metadata, which all share, once. */
function allFields(): string[] {
  const specs = Object.entries(KINDS).flatMap(([kind, { spec }]) => fieldsOf(spec, `${kind}.spec`));
  return [...fieldsOf(metadata, "metadata"), ...specs];
}

function usedFields({ kind, value }: ExampleDocument): string[] {
  return [
    ...fieldsOf(metadata, "metadata", { of: value["metadata"] }),
    ...fieldsOf(KINDS[kind].spec, `${kind}.spec`, { of: value["spec"] }),
  ];
}

/**
 * The fields below a schema; with a value only those that occur in it and are not empty. Entries of maps
 * are `*`, of lists `[]`. A value that may have several forms has the fields of all of them.
 */
function fieldsOf(schema: unknown, at: string, value?: { readonly of: unknown }): string[] {
  if (Object.keys(mapping(schema)).length === 0) return [];
  const { properties, additionalProperties, items, anyOf } = mapping(schema);
  const below = (inner: unknown, path: string, values: readonly unknown[]) =>
    value === undefined ? fieldsOf(inner, path) : values.flatMap((of) => fieldsOf(inner, path, { of }));
  const fields = Object.entries(mapping(properties)).flatMap(([key, inner]) => {
    const present = value === undefined || !isEmpty(mapping(value.of)[key]);
    const path = `${at}.${key}`;
    return present ? [path, ...below(inner, path, [mapping(value?.of)[key]])] : [];
  });
  return [
    ...fields,
    ...below(additionalProperties, `${at}.*`, Object.values(mapping(value?.of))),
    ...below(items, `${at}[]`, list(value?.of)),
    ...list(anyOf).flatMap((form) => below(form, at, [value?.of])),
  ];
}

/** Whether a field says nothing: it is missing, or an empty list or mapping. */
function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null ? Object.keys(value).length === 0 : value === undefined;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The value where it is a mapping, otherwise an empty one. */
function mapping(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};
}
