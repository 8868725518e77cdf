import type { DesiredCluster, DesiredMachine } from "../../applier/desired.ts";
import type { TalosCredentials } from "../../applier/talos-api.ts";
import { type Diagnostic, hasErrors, type Outcome } from "../../core/diagnostic.ts";
import { fingerprintsOf } from "../../secrets/bundle/authorities.ts";
import { mintTalosCredential } from "../../secrets/credentials/mint.ts";
import { createResolver, type Resolver } from "../../secrets/references/resolver.ts";
import { findIdentities } from "../secrets/identities.ts";
import { type OpenBundle, openBundle } from "../secrets/open-bundle.ts";
import { referenceSources } from "../secrets/reference-sources.ts";
import type { Workspace } from "../secrets/workspace.ts";

/** How long a run may speak to machines: as long as a job of CI may take. */
const RUN_SECONDS = 6 * 3600;

/** The secrets of the clusters of a run, in memory for as long as it takes. */
export interface RunSecrets {
  /** Of clusters whose bundle could be opened. */
  readonly credentials: ReadonlyMap<string, TalosCredentials>;
  /** Fingerprints of the authorities in the bundles, by cluster. */
  readonly fingerprints: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** A machine's documents with its secrets in place; undefined where one could not be had. */
  readonly resolve: (machine: DesiredMachine) => Promise<Outcome<readonly unknown[] | undefined>>;
}

/** Opens the bundles of clusters; what cannot be opened is reported, and the others are given all the same. */
export async function openRunSecrets(
  workspace: Workspace,
  clusters: Iterable<DesiredCluster>,
): Promise<Outcome<RunSecrets>> {
  const diagnostics: Diagnostic[] = [];
  const credentials = new Map<string, TalosCredentials>();
  const fingerprints = new Map<string, Readonly<Record<string, string>>>();
  for (const cluster of clusters) {
    const opened = await openBundle(workspace, cluster.secretsFile);
    diagnostics.push(...opened.diagnostics);
    if (opened.value === undefined) continue;
    fingerprints.set(cluster.name, fingerprintsOf(opened.value.authorities));
    const minted = await mintFor(workspace, cluster, opened.value);
    diagnostics.push(...minted.diagnostics);
    if (minted.value !== undefined) credentials.set(cluster.name, minted.value);
  }
  const resolver = createResolver(referenceSources(workspace, findIdentities(workspace.terminal).value));
  return { value: { credentials, fingerprints, resolve: resolving(workspace, resolver) }, diagnostics };
}

/** Every secret that was read is known to the leak guard before anything can be printed of it. */
function resolving({ guard }: Workspace, resolver: Resolver): RunSecrets["resolve"] {
  return async ({ documents, file }) => {
    const { value, diagnostics } = await resolver.resolveTree(documents, { file, document: 0, path: [] });
    for (const secret of resolver.secrets()) guard.learn(secret, file);
    return { value: hasErrors(diagnostics) ? undefined : (value as readonly unknown[]), diagnostics };
  };
}

/** An administrator's certificate for this run alone: it is handed to nobody and ends with it. */
async function mintFor(
  { terminal, guard }: Workspace,
  { secretsFile }: DesiredCluster,
  { bundle }: OpenBundle,
): Promise<Outcome<TalosCredentials | undefined>> {
  const minted = await mintTalosCredential({
    ca: bundle.certs.os,
    roles: ["os:admin"],
    ttlSeconds: RUN_SECONDS,
    now: terminal.now(),
    at: { file: secretsFile, document: 0, path: ["certs", "os"] },
  });
  if (minted.value === undefined) return { value: undefined, diagnostics: minted.diagnostics };
  const { certificate, key } = minted.value;
  guard.learn(key, "the key of this run");
  const accepted = bundle.rotation?.os === undefined ? [] : [bundle.rotation.os.crt];
  const authorities = [bundle.certs.os.crt, ...accepted].map((crt) => Buffer.from(crt, "base64").toString());
  return {
    value: { authorities: authorities.join("\n"), certificate, key },
    diagnostics: minted.diagnostics,
  };
}
