import type { CodeEntry } from "../../code-entry.ts";

export const leakCodes = {} as const satisfies Record<string, CodeEntry>;
