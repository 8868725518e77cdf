import { type Diagnostic, error, type SourceRef, within } from "../../../core/diagnostic.ts";
import type { NodePlan } from "../../../model/blueprint.ts";
import { toDiskSelector } from "./documents/install-disk.ts";
import type { Machine } from "./talos-machine.ts";

/** What the contract of a cluster cannot say of a machine. */
export function checkMachine({ cluster, node }: Machine): Diagnostic[] {
  if (cluster.contract === "v1.14" || toDiskSelector(node.installDisk) !== undefined) return [];
  return [
    error(
      "ICH5001",
      installDiskAt(node),
      `the install disk \`${node.installDisk}\` cannot be said in the contract ${cluster.contract} of cluster "${cluster.name}", which has no expressions but a list of lines that must all hold`,
      {
        hint: 'use only comparisons joined by `&&`, such as `disk.transport == "nvme" && disk.size > 400u * GB`, with one comparison per field',
        related: [{ message: "the contract is set here", at: within(cluster.doc.at, "spec", "contract") }],
      },
    ),
  ];
}

/** The line that the install disk of a node comes from. */
export function installDiskAt(node: NodePlan): SourceRef {
  if (node.installDisk === node.class?.spec.installDisk) return within(node.class.at, "spec", "installDisk");
  if (node.installDisk === node.server.model.spec.installDisk) {
    return within(node.server.model.at, "spec", "installDisk");
  }
  return within(node.server.at, "installDisk");
}
