import type { Comparison } from "../../compiler/compare/compare.ts";
import type { Compilation } from "../../compiler/compile.ts";
import { type Selector, selects } from "../selector.ts";

/** The part of a comparison that is about the selected servers; files, which belong to no one server, are left out. */
export function narrow(
  comparison: Comparison,
  compilations: readonly Compilation[],
  selector: Selector,
): Comparison {
  const names = new Set(compilations.flatMap((compilation) => selectedServers(compilation, selector)));
  const isSelected = ({ name }: { readonly name: string }) => names.has(name);
  return {
    joining: comparison.joining.filter(isSelected),
    leaving: comparison.leaving.filter(isSelected),
    groups: comparison.groups
      .map((group) => ({ ...group, machines: group.machines.filter(isSelected) }))
      .filter((group) => group.machines.length > 0),
    claims: comparison.claims.filter(({ server }) => names.has(server)),
    files: [],
  };
}

/** Whether the selector narrows anything. */
export function isNarrowing(selector: Selector): boolean {
  return Object.keys(selector).length > 1 || selector.labels.length > 0;
}

function selectedServers({ blueprint, inventory }: Compilation, selector: Selector): string[] {
  const servers = [...(blueprint?.sites.values() ?? [])].flatMap((site) =>
    site.racks.flatMap((rack) => rack.servers),
  );
  return servers
    .filter(({ name, site, rack, claim }) =>
      selects(selector, {
        name,
        site,
        rack,
        cluster: claim.phase === "free" ? undefined : claim.place.cluster,
        labels: inventory?.servers.get(name)?.labels ?? {},
      }),
    )
    .map(({ name }) => name);
}
