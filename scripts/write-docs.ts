import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { emitJson } from "../src/core/json.ts";
import { publishedSchemas } from "../src/model/json-schema.ts";
import { errorsPage } from "./docs/errors-page.ts";
import { kindsPage } from "./docs/kinds-page.ts";

const SCHEMAS = "schemas";

/** Everything that is written from the source: schemas/*.json, docs/errors.md and docs/kinds.md, by path. */
export function docFiles(root: string): ReadonlyMap<string, string> {
  const schemas = [...publishedSchemas()].map(([file, schema]): [string, string] => [
    `${SCHEMAS}/${file}`,
    emitJson(schema),
  ]);
  return new Map([...schemas, ["docs/errors.md", errorsPage(root)], ["docs/kinds.md", kindsPage()]]);
}

/** Schemas of kinds that are no more. */
export function staleSchemas(root: string): readonly string[] {
  const wanted = publishedSchemas();
  return readdirSync(join(root, SCHEMAS))
    .filter((file) => !wanted.has(file))
    .map((file) => `${SCHEMAS}/${file}`);
}

function writeDocs(root: string): void {
  for (const [path, text] of docFiles(root)) {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  for (const path of staleSchemas(root)) rmSync(join(root, path));
}

if (import.meta.main) writeDocs(join(import.meta.dirname, ".."));
