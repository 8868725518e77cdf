import { unlinkSync } from "node:fs";
import { join } from "node:path";
import { locate } from "../../compiler/load/locate.ts";
import { plaintextSecrets } from "../../compiler/validate/plaintext-secrets.ts";
import { lockPath } from "../../model/homes.ts";
import type { LockSpec } from "../../model/kinds/lock.ts";
import { colorOf, type Registration } from "../command.ts";
import { count } from "../count.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { formatText } from "../format-diagnostics.ts";
import { inventoryOf, openWorkspace, type Workspace } from "../secrets/workspace.ts";
import { UsageError } from "../terminal.ts";
import { chooseServers, type ServerRequest, selectableServers } from "./choose-servers.ts";
import { sayCommit } from "./commit-hint.ts";
import { describeLock, formatLock, lockHolds, todayOf } from "./lock-file.ts";

export interface LockRequest extends ServerRequest {
  readonly reason: string;
  /** The last day; undefined: until it is unlocked. */
  readonly until: string | undefined;
}

/** `ichor node lock`: writes a lock for each server. All or none: where one is locked for another reason, nothing is written. */
export function lockNodes(registration: Registration, request: LockRequest): ExitCode {
  const { terminal } = registration;
  const workspace = openWorkspace(registration);
  const today = todayOf(terminal.now());
  const spec = specOf(request, today);
  const inventory = inventoryOf(workspace);
  if (inventory === undefined) return EXIT.error;
  const servers = chooseServers(selectableServers(inventory), request);
  const known = servers.map((name) => ({ name, old: inventory.nodeLocks.get(name)?.spec }));
  const others = known.flatMap(({ name, old }) =>
    old !== undefined && lockHolds(old, today) && old.reason !== spec.reason ? [{ name, old }] : [],
  );
  for (const { name, old } of others) {
    terminal.stderr(`"${name}" is locked for another reason: ${describeLock(old)}\n`);
  }
  if (others.length > 0) {
    terminal.stderr("nothing was written: `ichor node unlock` ends a lock\n");
    return EXIT.error;
  }
  const changed = known.filter(({ old }) => old?.reason !== spec.reason || old.until !== spec.until);
  const files = new Map(changed.map(({ name }) => [lockPath(name), formatLock(name, spec)]));
  if (holdSecrets(registration, files)) return EXIT.error;
  for (const { name, old } of known) {
    terminal.stdout(`${sentence(name, old, spec)}\n`);
    if (files.has(lockPath(name))) write(workspace, name, old, spec);
  }
  sayCommit(registration, workspace.root, {
    paths: servers.map(lockPath),
    message: `Lock ${nameAll(servers)}`,
  });
  return EXIT.ok;
}

function specOf({ reason, until }: LockRequest, today: string): LockSpec {
  const said = reason.replaceAll(/\s+/g, " ").trim();
  if (said === "") throw new UsageError("say with --reason why it is locked: others will ask");
  if (until === undefined) return { reason: said };
  if (!isDate(until)) throw new UsageError(`--until: there is no date "${until}"; write YEAR-MONTH-DAY`);
  if (until < today)
    throw new UsageError(`--until: ${until} is over, today is ${today} by the calendar of UTC`);
  return { reason: said, until };
}

function isDate(text: string): boolean {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(time) && todayOf(new Date(time)) === text;
}

/** What `ichor validate` would refuse is not written in the first place. */
function holdSecrets(registration: Registration, files: ReadonlyMap<string, string>): boolean {
  const found = locate(files, plaintextSecrets(files, []));
  registration.terminal.stderr(formatText(found, { color: colorOf(registration) }));
  return found.length > 0;
}

function sentence(name: string, old: LockSpec | undefined, spec: LockSpec): string {
  if (old === undefined) return `locked ${name}: ${describeLock(spec)}`;
  if (old.reason !== spec.reason) {
    return `locked ${name}: ${describeLock(spec)}; the lock before is over: ${describeLock(old)}`;
  }
  if (old.until === spec.until) return `${name} is locked already: ${describeLock(spec)}`;
  return `${name} is locked ${spec.until === undefined ? "without an end" : `until ${spec.until}`} now: ${spec.reason}`;
}

function write({ write: to }: Workspace, name: string, old: LockSpec | undefined, spec: LockSpec): void {
  // Of two who lock at once one fails, and reads the other's reason when he tries again.
  if (old === undefined) to.create(lockPath(name), formatLock(name, spec));
  else to.replace(lockPath(name), formatLock(name, spec));
}

/** `ichor node unlock`: removes the locks of servers, also of those that are gone from the repository. */
export function unlockNodes(registration: Registration, request: ServerRequest): ExitCode {
  const { terminal } = registration;
  const workspace = openWorkspace(registration);
  const inventory = inventoryOf(workspace);
  if (inventory === undefined) return EXIT.error;
  const gone = [...inventory.nodeLocks.keys()].filter((name) => !inventory.servers.has(name));
  const known = [...selectableServers(inventory), ...gone.map((name) => ({ name }))];
  const servers = chooseServers(known, request);
  for (const name of servers) {
    const old = inventory.nodeLocks.get(name)?.spec;
    if (old !== undefined) unlinkSync(join(workspace.root, lockPath(name)));
    terminal.stdout(
      old === undefined ? `${name} is not locked\n` : `unlocked ${name}: ${describeLock(old)}\n`,
    );
  }
  sayCommit(registration, workspace.root, {
    paths: servers.map(lockPath),
    message: `Unlock ${nameAll(servers)}`,
  });
  return EXIT.ok;
}

function nameAll(servers: readonly string[]): string {
  return servers.length === 1 ? String(servers[0]) : count(servers.length, "server");
}
