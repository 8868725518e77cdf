import {
  type Diagnostic,
  error,
  type Outcome,
  type SourceRef,
  warning,
  within,
} from "../../core/diagnostic.ts";
import { isMapping } from "../../core/mapping.ts";
import { formatPath, type Path } from "../../core/path.ts";
import type { SecretsBundle } from "./bundle.ts";
import {
  type FoundSecret,
  findAcceptedAuthorities,
  findSecrets,
  isMachineConfiguration,
  machineTypeOf,
} from "./machine-secrets.ts";
import { checkFound } from "./placeholders.ts";
import { readBundle } from "./read-bundle.ts";

type Imported = Outcome<SecretsBundle | undefined>;

/**
 * Takes over the secrets of a cluster from what there is of it, the documents of one file: a bundle of talosctl,
 * talhelper or topf (all of one shape; names in Go's capitals, as in JSON, are taken too), or the machine
 * configuration of a control plane of any Talos.
 *
 * @param at the root of the first document
 * @returns undefined where there are errors, which say exactly what is missing and never what is there
 */
export function importBundle(documents: readonly unknown[], at: SourceRef): Imported {
  if (isMachineConfiguration(documents)) return importConfiguration(documents, at);
  const [first] = documents;
  const lower = inLowerCase(first);
  if (isMapping(lower) && ["certs", "secrets", "trustdinfo"].some((name) => Object.hasOwn(lower, name))) {
    return readBundle(lower, at);
  }
  const isResource = isMapping(first) && isMapping(first["metadata"]) && typeof first["spec"] === "string";
  const hint = isResource
    ? "take the text below `spec` alone: talosctl get mc v1alpha1 -o jsonpath='{.spec}'"
    : "give a decrypted bundle or the configuration of a control plane";
  return failed([
    error("ICH9101", at, "the file is neither a secrets bundle nor a machine configuration", { hint }),
  ]);
}

/** The names of a bundle are in lower case in YAML, and in JSON as Go has them: `K8sAggregator`. */
function inLowerCase(value: unknown): unknown {
  if (!isMapping(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name.toLowerCase(), inLowerCase(inner)]),
  );
}

function importConfiguration(documents: readonly unknown[], at: SourceRef): Imported {
  const type = machineTypeOf(documents);
  if (type !== undefined && type.value !== "controlplane" && type.value !== "init") {
    const place = placeOf(at, type.document, ["machine", "type"]);
    const hint = "import from a control plane: a worker knows no private key of the cluster";
    return failed([error("ICH9122", place, "this is not the configuration of a control plane", { hint })]);
  }
  const secrets = findSecrets(documents);
  const found = secrets.flatMap(({ source }) =>
    source === undefined
      ? []
      : [
          {
            name: formatPath(source.path),
            value: source.value,
            at: placeOf(at, source.document, source.path),
          },
        ],
  );
  const missing = secrets
    .filter(({ source, isOptional }) => source === undefined && isOptional === undefined)
    .map((secret) => missingSecret(secret, at));
  const held = [...checkFound(found), ...missing];
  return held.length > 0 ? failed(held) : readFound(secrets, documents, at);
}

/** Reads what was found as a bundle, and says what is wrong with it where the configuration has it. */
function readFound(secrets: readonly FoundSecret[], documents: readonly unknown[], at: SourceRef): Imported {
  const places = new Map<string, SourceRef>();
  const tree: Record<string, unknown> = {};
  for (const { into, source } of secrets) {
    if (source === undefined) continue;
    places.set(formatPath(into), placeOf(at, source.document, source.path));
    put(tree, into, source.bundleValue);
  }
  const { value, diagnostics } = readBundle(tree, { file: at.file, document: at.document, path: [] });
  const moved = diagnostics.map((diagnostic): Diagnostic => {
    const related = diagnostic.related?.map((one) => ({ ...one, at: sourceOf(one.at, places, at) }));
    return {
      ...diagnostic,
      at: sourceOf(diagnostic.at, places, at),
      ...(related !== undefined && { related }),
    };
  });
  const leftOut = findAcceptedAuthorities(documents).map(({ document, path }) =>
    warning(
      "ICH9124",
      placeOf(at, document, path),
      `\`${formatPath(path)}\` has authorities that were not imported`,
      { hint: "finish the rotation before the cluster is taken over" },
    ),
  );
  return { value, diagnostics: [...moved, ...leftOut] };
}

function missingSecret({ into, places }: FoundSecret, at: SourceRef): Diagnostic {
  const names = places.map(
    ({ kind, path }) => `\`${kind === undefined ? "" : `${kind} `}${formatPath(path)}\``,
  );
  const message = `the configuration has no ${names.join(" and no ")}, the \`${formatPath(into)}\` of a bundle`;
  return error("ICH9123", at, message, { hint: "give the whole configuration with all its documents" });
}

function put(tree: Record<string, unknown>, path: readonly [string, ...string[]], value: unknown): void {
  const [first, second, ...rest] = path;
  if (second === undefined) {
    tree[first] = value;
    return;
  }
  const inner = isMapping(tree[first]) ? { ...tree[first] } : {};
  put(inner, [second, ...rest], value);
  tree[first] = inner;
}

/** The place of a bundle's value in the configuration, or the configuration where several belong together. */
function sourceOf(
  at: Diagnostic["at"],
  places: ReadonlyMap<string, SourceRef>,
  root: SourceRef,
): Diagnostic["at"] {
  return "path" in at ? (places.get(formatPath(at.path)) ?? root) : at;
}

function placeOf(at: SourceRef, document: number, path: Path): SourceRef {
  return within({ ...at, document: at.document + document }, ...path);
}

function failed(diagnostics: readonly Diagnostic[]): Imported {
  return { value: undefined, diagnostics };
}
