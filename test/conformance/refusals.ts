import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readYaml } from "../../src/compiler/load/read-yaml.ts";
import { invariant } from "../../src/core/invariant.ts";
import { isMapping, type Mapping } from "../../src/core/mapping.ts";
import { type Path, parsePath } from "../../src/core/path.ts";
import { createResolver } from "../../src/secrets/references/resolver.ts";
import { decryptSops } from "../../src/secrets/sops/decrypt.ts";
import { readIdentities } from "../../src/secrets/sops/identities.ts";
import { root, type Verdict } from "./machine-configs.ts";

const FILES = {
  "1.13": "generated/clusters/hel1/hel1-mgmt/machines/hel1-r001-u09.yaml",
  "1.14": "generated/clusters/osl2/osl2-core5/machines/osl2-r001-u03.yaml",
  "1.14 worker": "generated/clusters/osl2/osl2-core5/machines/osl2-r002-u01.yaml",
} as const;

/** Machines of the example in which mistakes are made; the first two are control planes. */
export type ExampleName = keyof typeof FILES;

/** A machine of the example: what git says, and the same with its secrets. */
export interface Example {
  readonly documents: readonly unknown[];
  readonly resolved: readonly unknown[];
}

/** A change that Talos refuses. */
export interface Mistake {
  readonly on: readonly ExampleName[];
  /** `main:machine.type`, `LinkConfig/eno1:mtu`; a document that there is not is added. */
  readonly at: string;
  /** Undefined takes away what is there; for a document alone it is a further document. */
  readonly value: unknown;
  /** What Talos' words lead to, where that is not the place of the mistake itself. */
  readonly found?: string | null;
}

/** Reads the examples, with their secrets. */
export async function readExamples(): Promise<ReadonlyMap<ExampleName, Example>> {
  const key = readIdentities(readFileSync(join(root, "demo/age-identity.txt"), "utf8"), "demo");
  const resolver = createResolver({
    readFile: (path) => Promise.resolve(readFileSync(join(root, path))),
    decrypt: async (path, text) => {
      const { value, diagnostics } = await decryptSops(path, text, key.value);
      return { value: value?.value, diagnostics };
    },
    parseYaml: readYaml,
    env: {},
    fetch: () => Promise.reject(new Error("no network here")),
    wait: () => Promise.resolve(),
  });
  const found = new Map<ExampleName, Example>();
  for (const [name, file] of Object.entries(FILES)) {
    const { value: documents } = readYaml(file, readFileSync(join(root, file), "utf8"));
    const { value } = await resolver.resolveTree(documents, { file, document: 0, path: [] });
    found.set(name as ExampleName, { documents, resolved: value as readonly unknown[] });
  }
  return found;
}

/** The document and the path in `main:machine.type`. */
export function placeIn(documents: readonly unknown[], written: string) {
  const ids = documents.map((document) => idOf(document as Mapping));
  const id = ids
    .toSorted((a, b) => b.length - a.length)
    .find((one) => written === one || written.startsWith(`${one}:`));
  invariant(id !== undefined, `there is no document for ${written}`);
  return { document: ids.indexOf(id), path: pathOf(written.slice(id.length + 1)) };
}

function idOf({ kind, name }: Mapping): string {
  if (typeof kind !== "string") return "main";
  return typeof name === "string" ? `${kind}/${name}` : kind;
}

function pathOf(text: string): Path {
  const path = parsePath(text);
  invariant(path !== undefined, `${text} is no path`);
  return path;
}

/** The documents with a mistake in them, and where it is. */
export function makeMistake(documents: readonly unknown[], { at, value }: Mistake) {
  const changed = structuredClone(documents) as Record<string, unknown>[];
  if (isMapping(value) && !at.includes(":")) {
    const added = changed.push({ ...value }) - 1;
    return { documents: changed, place: { document: added, path: [] } };
  }
  const isThere = changed.some((document) => at === idOf(document) || at.startsWith(`${idOf(document)}:`));
  if (!isThere) changed.push(newDocument(at));
  const place = placeIn(changed, at);
  if (place.path.length === 0) {
    changed.splice(place.document, 1);
    return { documents: changed, place };
  }
  setAt(changed[place.document] ?? {}, place.path, value);
  return { documents: changed, place };
}

/** Names have no colon, and `main` is always there. */
function newDocument(at: string): Record<string, unknown> {
  const [kind = "", ...name] = (at.split(":")[0] ?? "").split("/");
  return { apiVersion: "v1alpha1", kind, ...(name.length > 0 && { name: name.join("/") }) };
}

function setAt(document: Record<string, unknown>, path: Path, value: unknown): void {
  let holder: Record<string | number, unknown> = document;
  for (const [depth, step] of path.slice(0, -1).entries()) {
    holder[step] ??= typeof path[depth + 1] === "number" ? [] : {};
    holder = holder[step] as Record<string | number, unknown>;
  }
  const last = path.at(-1) ?? "";
  if (value === undefined) delete holder[last];
  else holder[last] = value;
}

/** A verdict as a machine words it, which does not judge strictly and so has no warnings among its errors. */
export function refusalOf({ errors }: Verdict): string {
  const [first, ...others] = errors;
  if (first?.startsWith("load: ") && others.length === 0) return first.slice("load: ".length);
  const count = `${errors.length} error${errors.length === 1 ? "" : "s"} occurred:`;
  return `${count}\n\t* ${errors.join("\n\t* ")}\n\n`;
}
