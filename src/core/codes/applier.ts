import type { CodeEntry } from "../code-entry.ts";
import { executeCodes } from "./applier/execute.ts";
import { planCodes } from "./applier/plan.ts";

/** What stands against a change of live machines: 70xx when it is planned, 80xx when it is carried out. */
export const applierCodes = { ...planCodes, ...executeCodes } as const satisfies Record<string, CodeEntry>;
