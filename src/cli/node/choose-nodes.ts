import { mustGet } from "../../core/invariant.ts";
import type { RunOptions } from "../apply/options.ts";
import { machinesOf, openSession, type Session } from "../apply/session.ts";
import type { Registration } from "../command.ts";
import { inventoryOf, openWorkspace } from "../secrets/workspace.ts";
import { globs } from "../selector.ts";
import { UsageError } from "../terminal.ts";
import { chooseServers, type ServerRequest, selectableServers } from "./choose-servers.ts";

/** A session over the clusters of the chosen machines, and which ones they are. */
export interface NodeSession {
  readonly session: Session;
  /** Names, in the order of their clusters. */
  readonly names: readonly string[];
}

/**
 * Opens a session for machines by their names; undefined where the repository does not allow one, which was printed.
 *
 * @throws UsageError also where one of them is in no cluster
 */
export async function openNodes(
  registration: Registration,
  request: ServerRequest & RunOptions,
): Promise<NodeSession | undefined> {
  const inventory = inventoryOf(openWorkspace(registration));
  if (inventory === undefined) return undefined;
  const servers = selectableServers(inventory);
  const chosen = chooseServers(servers, request);
  const clusters = new Map(servers.map(({ name, cluster }) => [name, cluster]));
  const free = chosen.find((name) => mustGet(clusters, name) === undefined);
  if (free !== undefined) throw new UsageError(`server "${free}" is in no cluster`);
  const session = await openSession(registration, { nodes: globs(chosen.join(",")), labels: [] }, request);
  if (session === undefined) return undefined;
  const meant = new Set(chosen);
  const names = machinesOf(session.desired).flatMap(({ name }) => (meant.has(name) ? [name] : []));
  return { session, names };
}
