import type { DesiredCluster } from "../../desired.ts";
import type { Refusal } from "../plan.ts";
import { refused } from "./refusal.ts";

/** A cluster's secrets could be opened and have the authorities that are recorded for it (ICH7020, ICH7021). */
export function checkBundle(
  { name, secretsFile, fingerprints: recorded }: DesiredCluster,
  opened: Readonly<Record<string, string>> | undefined,
): Refusal | undefined {
  if (opened === undefined) {
    return refused(
      "ICH7020",
      `the secrets of cluster "${name}" could not be opened`,
      `\`ichor secrets verify\` says what is wrong with "${secretsFile}"`,
    );
  }
  if (Object.keys(recorded).length === 0) {
    return refused(
      "ICH7021",
      `no fingerprints of the authorities of cluster "${name}" are recorded`,
      "run `ichor compile` and merge what it records",
    );
  }
  const others = [...new Set([...Object.keys(recorded), ...Object.keys(opened)])]
    .filter((ca) => recorded[ca] !== opened[ca])
    .sort();
  if (others.length === 0) return undefined;
  return refused(
    "ICH7021",
    `the secrets of cluster "${name}" have other authorities than those recorded: ${others.join(", ")}`,
    `take "${secretsFile}" and the lock file from git again`,
  );
}
