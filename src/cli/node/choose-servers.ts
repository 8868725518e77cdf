import { didYouMean } from "../../core/suggest.ts";
import type { Inventory, Server } from "../../model/inventory.ts";
import { globs, type Selectable, type Selector, selects } from "../selector.ts";
import { UsageError } from "../terminal.ts";

/** Which servers a command of `ichor node` is about. */
export interface ServerRequest {
  /** Anchored globs and lists of them, as `--nodes` takes them; each has to fit some server. */
  readonly names: readonly string[];
  /** Narrows it down. */
  readonly selector: Selector;
}

/** What selectors look at of every server of a repository. */
export function selectableServers({ servers, locks }: Inventory): readonly Selectable[] {
  return [...servers.values()].map(({ name, site, rack, labels }) => ({
    name,
    site,
    rack,
    cluster: clusterOfServer(locks, name),
    labels,
  }));
}

/** The cluster that holds a server, as the lock files say. */
export function clusterOfServer({ claims }: Inventory["locks"], server: Server["name"]): string | undefined {
  const claim = claims.get(server)?.claim;
  return claim === undefined || claim.phase === "free" ? undefined : claim.place.cluster;
}

/**
 * The names of the servers that are meant, in the order of the repository.
 *
 * @throws UsageError where a name or glob fits none of those that are selected
 */
export function chooseServers(
  servers: readonly Selectable[],
  { names, selector }: ServerRequest,
): readonly string[] {
  const selected = servers.filter((server) => selects(selector, server)).map(({ name }) => name);
  const given = names.flatMap((list) => list.split(",")).filter((glob) => glob !== "");
  for (const glob of given) {
    if (selected.some((name) => globs(glob).test(name))) continue;
    const near = didYouMean(
      glob,
      servers.map(({ name }) => name),
    );
    const where = selected.length < servers.length ? " among those selected" : "";
    throw new UsageError(`no server is named "${glob}"${where}${near}`);
  }
  if (given.length === 0) throw new UsageError("no server is named");
  const meant = globs(given.join(","));
  return selected.filter((name) => meant.test(name));
}
