import { readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "../../compiler/load/load.ts";
import { docsOfKind } from "../../compiler/validate/any-doc.ts";
import { readDocuments } from "../../compiler/validate/read-documents.ts";
import { createValidator } from "../../compiler/validate/schema.ts";
import { formatTime } from "../../core/time.ts";
import { emitYaml } from "../../core/yaml-emit.ts";
import { lockPath } from "../../model/homes.ts";
import type { Inventory } from "../../model/inventory.ts";
import { API_VERSION } from "../../model/kind.ts";
import type { LockSpec } from "../../model/kinds/lock.ts";

/** The day that it is by the calendar of UTC: `2026-11-28`. */
export function todayOf(now: Date): string {
  return formatTime(now).slice(0, 10);
}

/** Whether a lock holds on a day; `until` is its last one. */
export function lockHolds({ until }: LockSpec, today: string): boolean {
  return until === undefined || today <= until;
}

/** `its fans fail (until 2026-11-28)` */
export function describeLock({ reason, until }: LockSpec): string {
  return until === undefined ? reason : `${reason} (until ${until})`;
}

/** Why servers are locked on a day, by their names. */
export function locksOn(today: string, { nodeLocks }: Pick<Inventory, "nodeLocks">): Map<string, string> {
  const holding = [...nodeLocks.values()].filter(({ spec }) => lockHolds(spec, today));
  return new Map(holding.map(({ name, spec }) => [name, describeLock(spec)]));
}

/** A lock as it stands in its file. */
export function formatLock(server: string, spec: LockSpec): string {
  const document = { apiVersion: API_VERSION, kind: "Lock", metadata: { name: server }, spec };
  return `# yaml-language-server: $schema=../schemas/lock.json\n${emitYaml(document)}`;
}

/**
 * Why a server is locked on a day, by its file as it is at this moment; undefined where nothing locks it. A file that
 * cannot be understood locks: somebody meant something by it.
 */
export function readLock(root: string, server: string, today: string): string | undefined {
  const path = lockPath(server);
  const text = readIfThere(join(root, path));
  if (text === undefined) return undefined;
  const { value: files } = load(new Map([[path, text]]));
  const lock = docsOfKind(readDocuments(files, createValidator()).value.docs, "Lock").get(server);
  if (lock === undefined) return `${path} cannot be understood`;
  return lockHolds(lock.spec, today) ? describeLock(lock.spec) : undefined;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (caught) {
    if (caught instanceof Error && "code" in caught && caught.code === "ENOENT") return undefined;
    return "";
  }
}
