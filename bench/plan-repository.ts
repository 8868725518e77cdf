import { mkdirSync } from "node:fs";
import { recordBootstrapped } from "../src/cli/apply/record.ts";
import { compileTree } from "../src/cli/compile-here.ts";
import { readYaml } from "../src/compiler/load/read-yaml.ts";
import { readFolder } from "../src/compiler/write/read-sources.ts";
import { writeArtifacts } from "../src/compiler/write/write-artifacts.ts";
import { emitYaml } from "../src/core/yaml-emit.ts";
import type { SourceTree } from "../src/model/source-tree.ts";
import { createBundle } from "../src/secrets/bundle/create-bundle.ts";
import { generateKey } from "../src/secrets/pki/keys.ts";
import { readCreationRules, ruleFor } from "../src/secrets/sops/creation-rules.ts";
import { createIdentity, recipientOf } from "../src/secrets/sops/data-key.ts";
import { encryptSops } from "../src/secrets/sops/encrypt.ts";
import { type FleetOptions, FULL_SIZE, shapeFleet } from "./fleet-shape.ts";
import { makeFleet, writeTree } from "./make-fleet.ts";

/** A fleet of which every cluster was bootstrapped, and the age identity that opens its secrets. */
export interface PlanRepository {
  readonly root: string;
  readonly key: string;
  readonly clusters: number;
  readonly machines: number;
}

/** A synthetic fleet whose clusters have so many machines together, or a few more, in the proportions of the large one. */
export function fleetOf(machines: number): FleetOptions {
  for (let servers = Math.ceil(machines / 0.91); ; servers++) {
    const share = servers / FULL_SIZE.servers;
    const racks = Math.max(1, Math.round(share * FULL_SIZE.racks));
    const sites = Math.min(FULL_SIZE.sites, Math.ceil(racks / 20));
    const clusters = Math.max(4 * sites, Math.round(share * FULL_SIZE.clusters));
    const options = { ...FULL_SIZE, sites, racks, servers, clusters };
    if (sizeOf(options) >= machines) return options;
  }
}

function sizeOf(options: FleetOptions): number {
  return shapeFleet(options)
    .flatMap(({ clusters }) => clusters)
    .reduce((sum, { controlPlanes, workers, gpus }) => sum + controlPlanes + workers + gpus, 0);
}

/**
 * Writes and compiles such a fleet, with secrets that can be opened and with what git records of a bootstrapped cluster.
 *
 * @param change what becomes of each file: machines of two fleets with the same addresses cannot run side by side
 */
export async function makePlanRepository(
  root: string,
  fleet: FleetOptions,
  change: (text: string) => string = (text) => text,
): Promise<PlanRepository> {
  mkdirSync(root, { recursive: true });
  const identity = await createIdentity();
  const files = new Map<string, string>();
  for (const [path, text] of makeFleet(fleet)) if (typeof text === "string") files.set(path, change(text));
  writeTree(root, await withSecrets(files, await recipientOf(identity)));
  const { value, diagnostics } = compileTree(readFolder(root));
  if (value === undefined) throw new Error(JSON.stringify(diagnostics));
  writeArtifacts(root, value.artifacts, { check: false, overwrite: true });
  const clusters = [...value.blueprint.clusters.values()];
  for (const { name, site, nodes } of clusters) {
    const first = nodes.find(({ type }) => type === "controlplane");
    if (first === undefined) throw new Error(`"${name}" has no control plane`);
    recordBootstrapped(root, { site, cluster: name, server: first.server.name });
  }
  const machines = clusters.reduce((sum, { nodes }) => sum + nodes.length, 0);
  return { root, key: identity.secret, clusters: clusters.length, machines };
}

/** Puts a real bundle into the place of every one that only looks like one. */
async function withSecrets(tree: SourceTree, recipient: string): Promise<SourceTree> {
  const rule = {
    path_regex: "\\.sops\\.yaml$",
    encrypted_regex: "^(key|token|secret|id|bootstraptoken|secretboxencryptionsecret)$",
    age: [recipient],
  };
  const rules = emitYaml({ creation_rules: [rule] });
  const found = ruleFor(readCreationRules(readYaml(".sops.yaml", rules).value[0]).value, "x.sops.yaml");
  if (found === undefined) throw new Error("no rule");
  // Making one takes seconds, and nobody looks at it.
  const serviceAccountKey = await generateKey("RSA 4096");
  const now = new Date();
  const files = new Map(tree).set(".sops.yaml", rules);
  for (const file of tree.keys()) {
    if (!file.endsWith("/secrets.sops.yaml")) continue;
    const text = emitYaml(await createBundle({ now, serviceAccountKey }));
    const { value, diagnostics } = await encryptSops({ file, text, rule: found, now });
    if (value === undefined) throw new Error(JSON.stringify(diagnostics));
    files.set(file, value);
  }
  return files;
}
