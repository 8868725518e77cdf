import { compareText, type Diagnostic, type Outcome } from "../../core/diagnostic.ts";
import type { Inventory } from "../../model/inventory.ts";
import type { LoadedFile } from "../load/source-document.ts";
import { docsOfKind } from "./any-doc.ts";
import { buildInventory } from "./build-inventory.ts";
import { checkNames, FLEET_FILE, noFleet } from "./check-names.ts";
import { runChecks } from "./checks.ts";
import { type Documents, readDocuments } from "./read-documents.ts";
import { readLocks } from "./read-locks.ts";
import { createValidator, type Validator } from "./schema.ts";

/**
 * From documents to the inventory: every document against its schema, then all of them against each other.
 * The order of the files changes nothing. Pure.
 *
 * @param validator to be given where more than one repository is validated: it holds the compiled schemas
 * @returns undefined where the Fleet document is missing or does not fit; else the inventory of what fits
 */
export function validate(
  files: readonly LoadedFile[],
  validator: Validator = createValidator(),
): Outcome<Inventory | undefined> {
  const sorted = files.toSorted((a, b) => compareText(a.file, b.file));
  const documents = readDocuments(sorted, validator);
  const { docs, invalid } = documents.value;
  const locks = readLocks(sorted.filter(({ role }) => role === "lock"));
  const diagnostics: Diagnostic[] = [...documents.diagnostics, ...checkNames(docs), ...locks.diagnostics];
  const [fleet] = docsOfKind(docs, "Fleet").values();
  if (fleet === undefined) {
    const missing = isFleetReported(documents, files) ? [] : [noFleet()];
    return { value: undefined, diagnostics: [...diagnostics, ...missing] };
  }
  const built = buildInventory({ fleet, docs, invalid, locks: locks.value, files: sorted });
  const checked = runChecks(built.value);
  return { value: built.value, diagnostics: [...diagnostics, ...built.diagnostics, ...checked] };
}

/** Whether the Fleet is there, but does not fit, which was said: then it is not missing as well. */
function isFleetReported({ value, diagnostics }: Outcome<Documents>, files: readonly LoadedFile[]): boolean {
  return (
    files.some(({ file, isBroken }) => file === FLEET_FILE && isBroken === true) ||
    diagnostics.some(({ at }) => at.file === FLEET_FILE) ||
    [...value.invalid].some((key) => key.startsWith("Fleet/"))
  );
}
