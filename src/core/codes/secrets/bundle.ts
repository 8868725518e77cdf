import type { CodeEntry } from "../../code-entry.ts";

export const bundleCodes = {} as const satisfies Record<string, CodeEntry>;
