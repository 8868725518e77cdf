import type { CodeEntry } from "../code-entry.ts";

/** What two versions of a repository show together. */
export const changeCodes = {
  ICH3601: {
    title: "protection taken off and used in one change",
    meaning:
      "A cluster is protected so that its machines are released only after two reviewed changes: one that takes the protection off, and a later one that shrinks or deletes the cluster. This change does both. It is seen where a change is compared with what it is based on: `ichor validate --base REVISION` and `ichor diff`.",
    remedy: "Merge `protect: false` alone first. Then shrink or delete the cluster in a second change.",
  },
} as const satisfies Record<string, CodeEntry>;
