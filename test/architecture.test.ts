import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { describe, expect, test } from "vitest";

/** The rules of ARCHITECTURE.md that can be read off the source. */

const FILES = readdirSync("src", { recursive: true, encoding: "utf8" })
  .map((file) => join("src", file))
  .filter((file) => file.endsWith(".ts"))
  .sort();
const SOURCES = FILES.filter((file) => !file.endsWith(".test.ts"));

/** Every module that a file imports: relative ones by their path from the root. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, "utf8");
  return [
    ...text.matchAll(
      /^(?:import|export)\b[^"]*?from\s+"([^"]+)"|^import\s+"([^"]+)"|\bimport\("([^"]+)"\)/gm,
    ),
  ].map((match) => {
    const name = match[1] ?? match[2] ?? match[3] ?? "";
    return name.startsWith(".") ? normalize(join(dirname(file), name)) : name;
  });
}

/** The top folder of a file below src, the phase for the compiler: `core`, `compiler/load`. */
function partOf(file: string): string {
  const [top = "", second = ""] = relative("src", file).split("/");
  return top === "compiler" && second !== "" && !second.endsWith(".ts") ? `${top}/${second}` : top;
}

test("dependencies point from cli over compiler, secrets and model to core, never back", () => {
  const allowed: Readonly<Record<string, readonly string[]>> = {
    core: [],
    model: ["core"],
    secrets: ["core", "model"],
    compiler: ["core", "model", "secrets"],
    applier: ["core", "model", "secrets"],
    // The simulated fleet speaks Talos' API from the other end, by the same .proto files.
    lab: ["core", "model", "secrets", "applier"],
    cli: ["core", "model", "secrets", "compiler", "applier", "lab"],
  };
  const wrong = SOURCES.flatMap((file) => {
    const from = partOf(file).split("/")[0] ?? "";
    return importsOf(file)
      .filter((name) => name.startsWith("src/"))
      .map((name) => [name, partOf(name).split("/")[0] ?? ""] as const)
      .filter(([, to]) => to !== from && !(allowed[from] ?? []).includes(to))
      .map(([name]) => `${file} imports ${name}`);
  });
  expect(wrong).toEqual([]);
});

test("no two modules of src import each other in a circle", () => {
  const graph = new Map(SOURCES.map((file) => [file, valueImportsOf(file)]));
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): string[] => {
    if (path.includes(file)) return [[...path.slice(path.indexOf(file)), file].join(" -> ")];
    if (done.has(file)) return [];
    const found = (graph.get(file) ?? []).flatMap((next) => visit(next, [...path, file]));
    done.add(file);
    return found;
  };
  expect(SOURCES.flatMap((file) => visit(file, []))).toEqual([]);
});

/** Imports that exist when the program runs: those of types alone are erased. */
function valueImportsOf(file: string): string[] {
  const text = readFileSync(file, "utf8").replace(/^import type[^;]*;/gms, "");
  return [...text.matchAll(/^(?:import|export)\b([^"]*?)from\s+"(\.[^"]+)"/gm)]
    .filter((match) => !onlyTypes(match[1] ?? ""))
    .map((match) => normalize(join(dirname(file), match[2] ?? "")));
}

function onlyTypes(clause: string): boolean {
  const names =
    /\{([^}]*)\}/
      .exec(clause)?.[1]
      ?.split(",")
      .map((name) => name.trim())
      .filter(Boolean) ?? [];
  return names.length > 0 && names.every((name) => name.startsWith("type "));
}

describe("the pure phases", () => {
  const pure = SOURCES.filter((file) => !/^src\/(cli|lab|compiler\/write|applier\/drivers)\//.test(file));

  test("import nothing of Node but hashing", () => {
    const wrong = pure.flatMap((file) =>
      importsOf(file)
        .filter((name) => name.startsWith("node:") && name !== "node:crypto")
        .map((name) => `${file} imports ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  test("know no clock, no chance, no environment and no network", () => {
    const wrong = pure.filter((file) =>
      /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bprocess\.|\bfetch\(|\bperformance\.now\b|\blocaleCompare\b|\btoLocale|\bIntl\./.test(
        withoutComments(file),
      ),
    );
    expect(wrong).toEqual([]);
  });
});

function withoutComments(file: string): string {
  return readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
}

test("each client library is imported where it belongs only", () => {
  const owners: Readonly<Record<string, string | readonly string[]>> = {
    // Comments and Go's types matter to encrypted files alone.
    yaml: ["src/compiler/load", "src/secrets/sops", "src/lab"],
    "age-encryption": "src/secrets/sops",
    "@peculiar": "src/secrets/pki",
    ajv: "src/compiler/validate",
    handlebars: "src/compiler/render",
    "simple-git": "src/compiler/write",
    commander: "src/cli",
    "@grpc": ["src/applier/drivers/talos", "src/lab"],
  };
  const wrong = SOURCES.flatMap((file) =>
    importsOf(file)
      .map((name) => name.split("/")[0] ?? "")
      .filter((name) => owners[name] !== undefined)
      .filter((name) => ![owners[name]].flat().some((folder) => file.startsWith(`${folder}/`)))
      .map((name) => `${file} imports ${name}`),
  );
  expect(wrong).toEqual([]);
});

test("generators do not know each other", () => {
  const wrong = SOURCES.filter((file) =>
    /^src\/compiler\/render\/(ipxe|argocd|report|frr)\//.test(file),
  ).flatMap((file) => {
    const own = file.split("/").slice(0, 4).join("/");
    return importsOf(file)
      .filter((name) => /^src\/compiler\/render\/[a-z]+\//.test(name) && !name.startsWith(`${own}/`))
      .map((name) => `${file} imports ${name}`);
  });
  expect(wrong).toEqual([]);
});

test("no source file is longer than 350 lines", () => {
  const long = SOURCES.map(
    (file) => [file, readFileSync(file, "utf8").split("\n").length - 1] as const,
  ).filter(([, lines]) => lines > 350);
  expect(long).toEqual([]);
});

test("nothing is a default export, an any, or a non-null assertion", () => {
  const wrong = FILES.filter((file) =>
    /^export default\b|: any\b|\bas any\b|<any>/m.test(withoutComments(file)),
  );
  expect(wrong).toEqual([]);
});
