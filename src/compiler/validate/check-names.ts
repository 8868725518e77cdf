import { type Diagnostic, error, within } from "../../core/diagnostic.ts";
import type { AnyDoc } from "./any-doc.ts";
import { withArticle } from "./wording.ts";

/** Where the one Fleet document is. */
export const FLEET_FILE = "inventory/fleet.yaml";

/** Whether no two documents of a kind have one name: ICH2018; for a second Fleet, whatever its name, ICH2020. */
export function checkNames(docs: readonly AnyDoc[]): readonly Diagnostic[] {
  const firsts = new Map<string, AnyDoc>();
  const diagnostics: Diagnostic[] = [];
  for (const doc of docs) {
    const key = doc.kind === "Fleet" ? "Fleet" : `${doc.kind}/${doc.name}`;
    const first = firsts.get(key);
    if (first === undefined) firsts.set(key, doc);
    else diagnostics.push(doc.kind === "Fleet" ? secondFleet(doc, first) : sameName(doc, first));
  }
  return diagnostics;
}

function sameName(doc: AnyDoc, first: AnyDoc): Diagnostic {
  const message = `there is already ${withArticle(doc.kind)} named "${doc.name}"`;
  return error("ICH2018", nameOf(doc), message, {
    related: [{ message: "the first one", at: nameOf(first) }],
  });
}

function secondFleet(doc: AnyDoc, first: AnyDoc): Diagnostic {
  const message = `there is already a Fleet, named "${first.name}"`;
  return error("ICH2020", nameOf(doc), message, {
    related: [{ message: "the first one", at: nameOf(first) }],
  });
}

function nameOf(doc: AnyDoc) {
  return within(doc.at, "metadata", "name");
}

/** ICH2019, where neither a good nor a bad Fleet document was seen. */
export function noFleet(): Diagnostic {
  return error("ICH2019", { file: FLEET_FILE, line: 1, column: 1 }, "the repository has no Fleet document", {
    hint: "`ichor init` makes one to start from",
  });
}
