import type { CodeEntry } from "../code-entry.ts";
import { clusterCodes } from "./reference/clusters.ts";
import { identityCodes } from "./reference/identity.ts";
import { nameCodes } from "./reference/names.ts";
import { numberCodes } from "./reference/numbers.ts";
import { serverCodes } from "./reference/servers.ts";
import { versionCodes } from "./reference/versions.ts";

/**
 * What has to hold between documents: 30xx names, 31xx what is unique, 32xx numbers, 33xx servers, 34xx clusters,
 * 35xx versions.
 */
export const referenceCodes = {
  ...nameCodes,
  ...identityCodes,
  ...numberCodes,
  ...serverCodes,
  ...clusterCodes,
  ...versionCodes,
} as const satisfies Record<string, CodeEntry>;
