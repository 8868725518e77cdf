import type { CodeEntry } from "./code-entry.ts";
import { allocationCodes } from "./codes/allocation.ts";
import { applierCodes } from "./codes/applier.ts";
import { auditCodes } from "./codes/audit.ts";
import { changeCodes } from "./codes/change.ts";
import { imageCodes } from "./codes/image.ts";
import { loadCodes } from "./codes/load.ts";
import { referenceCodes } from "./codes/reference.ts";
import { renderCodes } from "./codes/render.ts";
import { schemaCodes } from "./codes/schema.ts";
import { secretCodes } from "./codes/secrets.ts";

/**
 * Every diagnostic that ichor can report. The first digit is the phase: 1 load, 2 schema, 3 references,
 * 4 allocation, 5 render and audit, 7 plan, 8 execute, 9 secrets. A number is never used again for another meaning.
 */
export const CODES = {
  ...loadCodes,
  ...schemaCodes,
  ...referenceCodes,
  ...changeCodes,
  ...allocationCodes,
  ...imageCodes,
  ...renderCodes,
  ...auditCodes,
  ...applierCodes,
  ...secretCodes,
} as const satisfies Record<string, CodeEntry>;

export type Code = keyof typeof CODES;

/** Whether the text is a code that {@link CODES} has. */
export function isCode(text: string): text is Code {
  return Object.hasOwn(CODES, text);
}
