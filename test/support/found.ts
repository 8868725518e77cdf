import { expect } from "vitest";
import { runChecks } from "../../src/compiler/validate/checks.ts";
import type { Diagnostic } from "../../src/core/diagnostic.ts";
import { formatPath } from "../../src/core/path.ts";
import { aFleet, type InventoryBuilder } from "./inventory.ts";

/** What all checks find in the valid fleet after an edit: `CODE path`, in alphabetical order. */
export function expectFound(
  edit: (fleet: InventoryBuilder) => InventoryBuilder,
  found: readonly string[],
): void {
  const diagnostics = runChecks(edit(aFleet()).build());
  expect(diagnostics.map(say).toSorted()).toEqual(found.toSorted());
}

function say({ code, at }: Diagnostic): string {
  return `${code} ${"path" in at ? formatPath(at.path) : `${at.line}:${at.column}`}`;
}
