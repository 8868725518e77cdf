import type { DesiredCluster, DesiredMachine } from "../../applier/desired.ts";
import type { KubernetesCredentials } from "../../applier/kubernetes-api.ts";
import type { TalosCredentials } from "../../applier/talos-api.ts";
import { type Diagnostic, hasErrors, type Outcome } from "../../core/diagnostic.ts";
import { fingerprintsOf } from "../../secrets/bundle/authorities.ts";
import {
  type Credential,
  mintKubernetesCredential,
  mintTalosCredential,
} from "../../secrets/credentials/mint.ts";
import type { LeakGuard } from "../../secrets/leaks/leak-guard.ts";
import { createResolver, type Resolver } from "../../secrets/references/resolver.ts";
import { findIdentities } from "../secrets/identities.ts";
import { type OpenBundle, openBundle } from "../secrets/open-bundle.ts";
import { referenceSources } from "../secrets/reference-sources.ts";
import type { Workspace } from "../secrets/workspace.ts";

/** How long a run may speak to machines and clusters: as long as a job of CI may take. */
const RUN_SECONDS = 6 * 3600;

/** The secrets of the clusters of a run, in memory for as long as it takes. */
export interface RunSecrets {
  /** Of clusters whose bundle could be opened. */
  readonly credentials: ReadonlyMap<string, TalosCredentials>;
  /** Of the same clusters, for their Kubernetes. */
  readonly kubernetes: ReadonlyMap<string, KubernetesCredentials>;
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
  const kubernetes = new Map<string, KubernetesCredentials>();
  const fingerprints = new Map<string, Readonly<Record<string, string>>>();
  for (const cluster of clusters) {
    const opened = await openBundle(workspace, cluster.secretsFile);
    diagnostics.push(...opened.diagnostics);
    if (opened.value === undefined) continue;
    fingerprints.set(cluster.name, fingerprintsOf(opened.value.authorities));
    const [talos, kube] = [
      await mintTalos(workspace, cluster, opened.value),
      await mintKubernetes(workspace, cluster, opened.value),
    ];
    diagnostics.push(...talos.diagnostics, ...kube.diagnostics);
    if (talos.value !== undefined) credentials.set(cluster.name, talos.value);
    if (kube.value !== undefined) kubernetes.set(cluster.name, kube.value);
  }
  const resolver = createResolver(referenceSources(workspace, findIdentities(workspace.terminal).value));
  const resolve = resolving(workspace, resolver);
  return { value: { credentials, kubernetes, fingerprints, resolve }, diagnostics };
}

/** Every secret that was read is known to the leak guard before anything can be printed of it. */
function resolving({ guard }: Workspace, resolver: Resolver): RunSecrets["resolve"] {
  const secrets = resolver.secrets();
  let known = 0;
  return async ({ documents, file }) => {
    const { value, diagnostics } = await resolver.resolveTree(documents, { file, document: 0, path: [] });
    // Thousands of machines have theirs in common with those before them.
    if (secrets.size > known) for (const secret of secrets) guard.learn(secret, file);
    known = secrets.size;
    return { value: hasErrors(diagnostics) ? undefined : (value as readonly unknown[]), diagnostics };
  };
}

/** An administrator's certificate for this run alone: it is handed to nobody and ends with it. */
async function mintTalos(
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
  const authorities = [bundle.certs.os, bundle.rotation?.os];
  return { ...minted, value: credentialsOf(guard, minted.value, authorities) };
}

/** The same for a cluster's Kubernetes, of which nodes are drained. */
async function mintKubernetes(
  { terminal, guard }: Workspace,
  { secretsFile }: DesiredCluster,
  { bundle }: OpenBundle,
): Promise<Outcome<KubernetesCredentials | undefined>> {
  const minted = await mintKubernetesCredential({
    ca: bundle.certs.k8s,
    user: "ichor",
    groups: ["system:masters"],
    ttlSeconds: RUN_SECONDS,
    now: terminal.now(),
    at: { file: secretsFile, document: 0, path: ["certs", "k8s"] },
  });
  const authorities = [bundle.certs.k8s, bundle.rotation?.k8s];
  return { ...minted, value: credentialsOf(guard, minted.value, authorities) };
}

/** While an authority is replaced, servers may have a certificate of the other one. */
function credentialsOf(
  guard: LeakGuard,
  minted: Credential | undefined,
  authorities: readonly ({ readonly crt: string } | undefined)[],
): TalosCredentials | undefined {
  if (minted === undefined) return undefined;
  const { certificate, key } = minted;
  guard.learn(key, "the key of this run");
  const texts = authorities.flatMap((one) =>
    one === undefined ? [] : [Buffer.from(one.crt, "base64").toString()],
  );
  return { authorities: texts.join("\n"), certificate, key };
}
