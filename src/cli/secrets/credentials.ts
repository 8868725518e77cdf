import { spawnSync } from "node:child_process";
import type { Outcome, SourceRef } from "../../core/diagnostic.ts";
import { formatIpv4 } from "../../core/ip.ts";
import { didYouMean } from "../../core/suggest.ts";
import { formatTime } from "../../core/time.ts";
import type { ClusterPlan } from "../../model/blueprint.ts";
import { formatKubeconfig, formatTalosconfig } from "../../secrets/credentials/client-configs.ts";
import { formatLedgerEntry, type LedgerEntry } from "../../secrets/credentials/ledger.ts";
import {
  type Credential,
  mintKubernetesCredential,
  mintTalosCredential,
} from "../../secrets/credentials/mint.ts";
import type { Registration } from "../command.ts";
import { compileHere } from "../compile-here.ts";
import { secondsOf } from "../duration.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { UsageError } from "../terminal.ts";
import { type OpenBundle, openBundle } from "./open-bundle.ts";
import { openWorkspace } from "./workspace.ts";

/** What both commands ask for. */
export interface CredentialRequest {
  readonly cluster: string;
  /** `12h` */
  readonly ttl: string;
  /** Who it is for, where the user says so. */
  readonly for: string | undefined;
}

/** A credential with the file for its client and what is recorded beside what every credential has. */
interface Minted {
  readonly credential: Credential;
  readonly text: string;
  readonly rights:
    | { readonly kind: "talosconfig"; readonly roles: readonly string[] }
    | { readonly kind: "kubeconfig"; readonly groups: readonly string[] };
}

/** Prints a talosconfig whose certificate ends soon, and records that it was made. */
export function talosconfig(
  registration: Registration,
  request: CredentialRequest & { readonly roles: readonly string[] },
): Promise<ExitCode> {
  return give(registration, request, async ({ cluster, open, ...made }) => {
    const { certs } = open.bundle;
    const minted = await mintTalosCredential({ ca: certs.os, roles: request.roles, ...made });
    if (minted.value === undefined) return { ...minted, value: undefined };
    const credential = minted.value;
    const endpoints = cluster.nodes
      .filter(({ type }) => type === "controlplane")
      .map(({ server }) => formatIpv4(server.loopback));
    const authorities = [certs.os.crt, ...accepted(open, "os")];
    const text = formatTalosconfig({ context: cluster.name, endpoints, authorities, credential });
    const rights = { kind: "talosconfig", roles: request.roles } as const;
    return { value: { credential, text, rights }, diagnostics: minted.diagnostics };
  });
}

/** Prints a kubeconfig whose certificate ends soon, and records that it was made. */
export function kubeconfig(
  registration: Registration,
  request: CredentialRequest & { readonly user: string | undefined; readonly groups: readonly string[] },
): Promise<ExitCode> {
  return give(registration, request, async ({ cluster, open, holder, ...made }) => {
    const { certs } = open.bundle;
    const user = request.user ?? holder;
    const minted = await mintKubernetesCredential({ ca: certs.k8s, user, groups: request.groups, ...made });
    if (minted.value === undefined) return { ...minted, value: undefined };
    if (cluster.vip === undefined) throw new UsageError(`cluster "${cluster.name}" has no address any more`);
    const text = formatKubeconfig({
      cluster: cluster.name,
      user,
      server: `https://${formatIpv4(cluster.vip)}:6443`,
      authorities: [certs.k8s.crt, ...accepted(open, "k8s")],
      credential: minted.value,
    });
    const rights = { kind: "kubeconfig", groups: request.groups } as const;
    return { value: { credential: minted.value, text, rights }, diagnostics: minted.diagnostics };
  });
}

interface Making {
  readonly cluster: ClusterPlan;
  readonly open: OpenBundle;
  readonly ttlSeconds: number;
  readonly now: Date;
  readonly at: SourceRef;
  /** Who it is for. */
  readonly holder: string;
}

/** Opens the bundle, makes the credential, records it, and only then prints it. */
async function give(
  registration: Registration,
  request: CredentialRequest,
  make: (making: Making) => Promise<Outcome<Minted | undefined>>,
): Promise<ExitCode> {
  const ttlSeconds = secondsOf(request.ttl);
  const holder = holderOf(registration, request.for);
  const compiled = compileHere(registration);
  if (compiled === undefined) return EXIT.error;
  const cluster = compiled.blueprint.clusters.get(request.cluster);
  if (cluster === undefined) {
    const near = didYouMean(request.cluster, [...compiled.blueprint.clusters.keys()]);
    throw new UsageError(`there is no cluster "${request.cluster}"${near}`);
  }
  const workspace = openWorkspace(registration);
  const opened = await openBundle(workspace, cluster.secretsFile);
  if (workspace.report(opened.diagnostics) || opened.value === undefined) return EXIT.error;
  const now = registration.terminal.now();
  const at = { file: cluster.secretsFile, document: 0, path: ["certs"] };
  const made = await make({ cluster, open: opened.value, ttlSeconds, now, at, holder });
  if (workspace.report(made.diagnostics) || made.value === undefined) return EXIT.error;
  const { text, credential, rights } = made.value;
  const ledger = `audit/${cluster.name}.jsonl`;
  workspace.write.append(
    ledger,
    formatLedgerEntry(entryOf(cluster.name, credential, rights, { now, holder })),
  );
  registration.printCredential(text);
  registration.terminal.stderr(`valid until ${formatTime(credential.notAfter)}; recorded in ${ledger}\n`);
  return EXIT.ok;
}

function entryOf(
  cluster: string,
  { serial, subject, notBefore, notAfter }: Credential,
  rights: Minted["rights"],
  { now, holder }: { readonly now: Date; readonly holder: string },
): LedgerEntry {
  return {
    time: formatTime(now),
    cluster,
    serial,
    subject,
    notBefore: formatTime(notBefore),
    notAfter: formatTime(notAfter),
    for: holder,
    ...rights,
  };
}

/** While an authority is replaced, servers may have a certificate of the other one. */
function accepted({ bundle }: OpenBundle, name: "os" | "k8s"): readonly string[] {
  const other = bundle.rotation?.[name];
  return other === undefined ? [] : [other.crt];
}

/** Who a credential is for: as said, else the one whom git knows here. */
function holderOf(registration: Registration, said: string | undefined): string {
  if (said !== undefined) return said;
  const asked = spawnSync("git", ["config", "user.email"], {
    cwd: registration.terminal.cwd,
    encoding: "utf8",
  });
  const email = asked.status === 0 ? asked.stdout.trim() : "";
  if (email !== "") return email;
  throw new UsageError(
    "say who it is for with --for: the ledger records it, and git knows no user.email here",
  );
}
