import type { CodeEntry } from "../../code-entry.ts";

export const credentialCodes = {} as const satisfies Record<string, CodeEntry>;
