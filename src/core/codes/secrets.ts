import type { CodeEntry } from "../code-entry.ts";
import { bundleCodes } from "./secrets/bundle.ts";
import { credentialCodes } from "./secrets/credentials.ts";
import { guardCodes } from "./secrets/guards.ts";
import { leakCodes } from "./secrets/leaks.ts";
import { secretReferenceCodes } from "./secrets/references.ts";
import { sopsCodes } from "./secrets/sops.ts";

/**
 * What has to hold of secrets: 90xx encrypted files, 91xx bundles and their certificates, 92xx references,
 * 93xx leaks, 94xx credentials.
 */
export const secretCodes = {
  ...sopsCodes,
  ...bundleCodes,
  ...guardCodes,
  ...secretReferenceCodes,
  ...leakCodes,
  ...credentialCodes,
} as const satisfies Record<string, CodeEntry>;
