import { type Diagnostic, error, type SourceRef, warning, within } from "../../../core/diagnostic.ts";
import { nearest } from "../../../core/suggest.ts";
import { clusterGroups } from "../../../model/cluster-groups.ts";
import type { Doc, Inventory } from "../../../model/inventory.ts";
import type { ApprovalSpec } from "../../../model/kinds/approval.ts";
import { hasInvalid, isKnown } from "../names.ts";

type Action = ApprovalSpec["actions"][number];

/**
 * An approval names what its action needs (ICH3012). That it names something which is no more is only a
 * warning (ICH3013): the file outlives what it permitted.
 */
export function approvalTargets(inventory: Inventory): readonly Diagnostic[] {
  const serials = new Set([...inventory.servers.values()].map((server) => server.serial));
  return [...inventory.approvals.values()].flatMap((approval) =>
    approval.spec.actions.flatMap((action, index) => {
      const at = within(approval.at, "spec", "actions", index);
      return [...missingTarget(action, at), ...unknownTargets(inventory, { action, at, serials })];
    }),
  );
}

/** What each action must name: one machine, a cluster, or, for reinstalling, a bounded number of machines. */
function missingTarget(action: Action, at: SourceRef): Diagnostic[] {
  const report = (message: string, hint: string) => [error("ICH3012", within(at, "do"), message, { hint })];
  if (action.group !== undefined && action.cluster === undefined) {
    return report(`the group "${action.group}" is named without its cluster`, "add `cluster`");
  }
  switch (action.do) {
    case "rotate-ca":
    case "delete-cluster":
    case "recover-etcd":
      if (action.cluster !== undefined) return [];
      return report(`an approval of "${action.do}" must name the cluster`, "add `cluster`");
    case "reinstall":
      if (action.serial !== undefined) return [];
      if (action.cluster === undefined && action.pool === undefined) {
        return report(
          'an approval of "reinstall" must say what',
          "add `serial`, or `cluster` or `pool` with `max`",
        );
      }
      if (action.max !== undefined) return [];
      return report('an approval of "reinstall" for many machines must say how many', "add `max`");
    case "wipe":
    case "reset":
    case "remove-member":
    case "first-contact":
      if (action.serial !== undefined) return [];
      return report(`an approval of "${action.do}" must name the one server`, "add `serial`");
  }
}

function unknownTargets(
  inventory: Inventory,
  of: { readonly action: Action; readonly at: SourceRef; readonly serials: ReadonlySet<string> },
): Diagnostic[] {
  const { action, at, serials } = of;
  const { serial, cluster, pool } = action;
  const found: Diagnostic[] = [];
  if (serial !== undefined && !serials.has(serial) && !hasInvalid(inventory, "Rack")) {
    found.push(
      unknown({ noun: "server", by: "the serial", name: serial, known: serials }, within(at, "serial")),
    );
  }
  if (cluster !== undefined && !isKnown(inventory, "Cluster", cluster)) {
    const known = inventory.clusters.keys();
    found.push(unknown({ noun: "cluster", by: "the name", name: cluster, known }, within(at, "cluster")));
  }
  if (pool !== undefined && !isKnown(inventory, "ServerPool", pool)) {
    const known = inventory.serverPools.keys();
    found.push(unknown({ noun: "server pool", by: "the name", name: pool, known }, within(at, "pool")));
  }
  found.push(...unknownGroup(inventory.clusters.get(cluster ?? ""), action.group, within(at, "group")));
  return found;
}

function unknownGroup(
  cluster: Doc<"Cluster"> | undefined,
  group: string | undefined,
  at: SourceRef,
): Diagnostic[] {
  if (cluster === undefined || group === undefined) return [];
  const known = clusterGroups(cluster).map((one) => one.name);
  if (known.includes(group)) return [];
  return [unknown({ noun: `group of cluster "${cluster.name}"`, by: "the name", name: group, known }, at)];
}

function unknown(
  of: { readonly noun: string; readonly by: string; readonly name: string; readonly known: Iterable<string> },
  at: SourceRef,
): Diagnostic {
  const near = nearest(of.name, of.known);
  const guess = near === undefined ? "" : ` (did you mean "${near}"?)`;
  const message = `no ${of.noun} has ${of.by} "${of.name}"${guess}, so that this permits nothing`;
  return warning("ICH3013", at, message, {
    hint: "correct it; an approval whose work is done can be deleted",
  });
}
