import { type Diagnostic, error, type SourceRef, within } from "../../core/diagnostic.ts";
import { valueAt } from "../../core/path.ts";
import { HOMES } from "../../model/homes.ts";
import type { KindName } from "../../model/kinds.ts";
import { name as nameSchema } from "../../model/values.ts";
import type { Expected } from "../load/layout.ts";
import { fitsPattern, type Keywords } from "./keywords.ts";
import { listOf, quote, withArticle } from "./wording.ts";

/** Where a document stands and what it says it is. */
export interface Placed {
  readonly kind: KindName;
  readonly value: unknown;
  readonly at: SourceRef;
  readonly expected: Expected;
}

/** Whether kind, name and site of a document are those of its file: ICH2015, ICH2016, ICH2017. */
export function checkPlace(placed: Placed): readonly Diagnostic[] {
  const { kind, at, expected } = placed;
  if (expected.kinds.length > 0 && !expected.kinds.includes(kind)) {
    const message = `${withArticle(kind)} does not belong in this file, which is for ${listOf(expected.kinds.map(withArticle))}`;
    const hint = `${withArticle(kind)} belongs in ${HOMES[kind]}`;
    return [error("ICH2015", within(at, "kind"), message, { hint })];
  }
  return [...checkName(placed), ...checkSite(placed)];
}

function checkName({ kind, value, at, expected }: Placed): readonly Diagnostic[] {
  const name = valueAt(value, ["metadata", "name"]);
  if (expected.name === undefined || typeof name !== "string" || name === expected.name) return [];
  const message = `the ${kind} is named ${quote(name)}, but its place in the repository says "${expected.name}"`;
  const hint = `write \`name: ${expected.name}\`, or move the document to ${homeOf(kind, name, expected.site)}`;
  return [error("ICH2016", within(at, "metadata", "name"), message, { hint })];
}

/** Where a document of this name belongs; the pattern of such places where the name cannot be that of a file. */
function homeOf(kind: KindName, name: string, site = name): string {
  if (!fitsPattern(nameSchema() as Keywords, name)) return HOMES[kind];
  return HOMES[kind].replace("<site>", site).replace(/<.+>/, name);
}

function checkSite({ kind, value, at, expected }: Placed): readonly Diagnostic[] {
  const site = valueAt(value, ["spec", "site"]);
  if (expected.site === undefined || typeof site !== "string" || site === expected.site) return [];
  const message = `the ${kind} says site ${quote(site)}, but stands in the folder of site "${expected.site}"`;
  return [error("ICH2017", within(at, "spec", "site"), message)];
}
