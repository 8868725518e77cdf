import { createBundle } from "../../secrets/bundle/create-bundle.ts";
import type { Registration } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { announce, refuseNewBundle, sealAll } from "./new-bundle.ts";
import { clusterOf, inventoryOf, openWorkspace } from "./workspace.ts";

/** Makes the secrets of new clusters. All or none: nothing is written where one of them cannot have any. */
export async function initBundles(registration: Registration, names: readonly string[]): Promise<ExitCode> {
  const workspace = openWorkspace(registration);
  const inventory = inventoryOf(workspace);
  if (inventory === undefined) return EXIT.error;
  const clusters = [...new Set(names)].map((name) => clusterOf(inventory, name));
  const refused = clusters.flatMap((cluster) => refuseNewBundle(workspace, inventory, cluster));
  const unruled = clusters.flatMap(({ bundle }) => workspace.rules.of(bundle).diagnostics);
  if (workspace.report([...refused, ...unruled])) return EXIT.error;
  const now = registration.terminal.now();
  const made = await Promise.all(
    clusters.map(async (cluster) => ({ cluster, bundle: await createBundle({ now }) })),
  );
  const sealed = await sealAll(workspace, made);
  if (sealed === undefined) return EXIT.error;
  for (const { cluster, text } of sealed) workspace.write.create(cluster.bundle, text);
  announce(workspace, sealed);
  return EXIT.ok;
}
