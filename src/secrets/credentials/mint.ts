import {
  type Diagnostic,
  error,
  hasErrors,
  type Outcome,
  type SourceRef,
  warning,
} from "../../core/diagnostic.ts";
import { invariant } from "../../core/invariant.ts";
import { didYouMean } from "../../core/suggest.ts";
import { formatTime } from "../../core/time.ts";
import type { CertificateAndKey } from "../bundle/bundle.ts";
import { type CertificateRequest, type Identity, issueCertificate } from "../pki/certificate.ts";
import { readPrivateKey } from "../pki/keys.ts";
import { decodeBase64 } from "../pki/pem.ts";
import { type ReadableCertificate, readCertificate } from "../pki/read-certificate.ts";

/** The roles that Talos' API knows. */
export const TALOS_ROLES = [
  "os:admin",
  "os:operator",
  "os:reader",
  "os:etcd:backup",
  "os:image:verifier",
  "os:meta:writer",
  "os:impersonator",
] as const;

export type TalosRole = (typeof TALOS_ROLES)[number];

/** Bounds of a credential's lifetime, in seconds. */
export const TTL_SECONDS = { least: 60, most: 8760 * 3600, long: 7 * 24 * 3600 } as const;

/** Kubernetes' API server may be behind: Talos allows it this much. */
const CLOCK_SKEW_SECONDS = 10;

/** A certificate, its key, and what is recorded of it. */
export interface Credential extends Identity {
  /** Lower-case hexadecimal digits. */
  readonly serial: string;
  /** `O=os:admin`, `O=system:masters, CN=admin`. */
  readonly subject: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

interface Request {
  /** The authority as it stands in a bundle that was read. */
  readonly ca: CertificateAndKey;
  /** Whole seconds from `now` to the end. */
  readonly ttlSeconds: number;
  readonly now: Date;
  /** Where the request was made, for what is wrong with it. */
  readonly at: SourceRef;
}

export interface TalosRequest extends Request {
  readonly roles: readonly string[];
}

export interface KubernetesRequest extends Request {
  readonly user: string;
  readonly groups: readonly string[];
}

/**
 * Makes a client certificate for Talos' API as `talosctl config new` does: Ed25519, the roles as organizations.
 *
 * @returns undefined where a role, the lifetime or the authority's own end does not allow it
 */
export async function mintTalosCredential(request: TalosRequest): Promise<Outcome<Credential | undefined>> {
  const roles = [...new Set(request.roles)].sort();
  return mint(request, checkRoles(roles, request.at), {
    subject: { organizations: roles },
    algorithm: "Ed25519",
    notBefore: request.now,
    keyUsage: ["digitalSignature"],
  });
}

/**
 * Makes a client certificate for Kubernetes as Talos does for its admin kubeconfig: ECDSA P-256, the user as common
 * name, the groups as organizations, valid from ten seconds ago.
 *
 * @returns undefined where a name, the lifetime or the authority's own end does not allow it
 */
export async function mintKubernetesCredential(
  request: KubernetesRequest,
): Promise<Outcome<Credential | undefined>> {
  const { user, at } = request;
  const groups = [...new Set(request.groups)];
  return mint(request, checkNames(user, groups, at), {
    subject: { organizations: groups, commonName: user },
    algorithm: "ECDSA P-256",
    notBefore: new Date(request.now.getTime() - CLOCK_SKEW_SECONDS * 1000),
    keyUsage: ["digitalSignature", "keyEncipherment"],
  });
}

async function mint(
  { ca, ttlSeconds, now, at }: Request,
  found: readonly Diagnostic[],
  content: Pick<CertificateRequest, "subject" | "algorithm" | "notBefore" | "keyUsage">,
): Promise<Outcome<Credential | undefined>> {
  const pem = decodeBase64(ca.crt)?.toString("latin1") ?? "";
  const authority = readCertificate(pem);
  const key = readPrivateKey(decodeBase64(ca.key)?.toString("latin1") ?? "");
  invariant(authority !== undefined && key !== undefined, "a bundle that was read has a broken authority");
  const bounds = checkTtl(ttlSeconds, at);
  const notAfter = new Date(now.getTime() + ttlSeconds * 1000);
  const times = hasErrors(bounds) ? [] : checkAuthority(authority, now, notAfter, at);
  const diagnostics = [...found, ...bounds, ...times];
  if (hasErrors(diagnostics)) return { value: undefined, diagnostics };
  const identity = await issueCertificate({ authority: { certificate: pem, key }, ...content, notAfter });
  const certificate = readCertificate(identity.certificate);
  invariant(certificate !== undefined, "a certificate was made that cannot be read");
  const { serial, subject, notBefore } = certificate;
  return { value: { ...identity, serial, subject, notBefore, notAfter: certificate.notAfter }, diagnostics };
}

function checkRoles(roles: readonly string[], at: SourceRef): readonly Diagnostic[] {
  if (roles.length === 0) return [error("ICH9402", at, "a talosconfig without a role opens nothing")];
  return roles
    .filter((role) => !TALOS_ROLES.some((known) => known === role))
    .map((role) =>
      error("ICH9401", at, `Talos has no role "${role}"${didYouMean(role, TALOS_ROLES)}`, {
        hint: `the roles are ${TALOS_ROLES.join(", ")}`,
      }),
    );
}

/** The upper bounds are those of RFC 5280, appendix A.1. */
function checkNames(user: string, groups: readonly string[], at: SourceRef): readonly Diagnostic[] {
  if (user === "") return [error("ICH9402", at, "a kubeconfig without a user opens nothing")];
  return [{ what: "user", name: user }, ...groups.map((name) => ({ what: "group", name }))]
    .filter(({ name }) => !isNameInCertificate(name))
    .map(({ what }) =>
      error("ICH9407", at, `the name of a ${what} cannot stand in a certificate`, {
        hint: "1 to 64 characters, none of control, no blanks at the ends",
      }),
    );
}

function isNameInCertificate(name: string): boolean {
  return /^.{1,64}$/su.test(name) && !/\p{C}/u.test(name) && !/^\p{Z}|\p{Z}$/u.test(name);
}

function checkTtl(ttlSeconds: number, at: SourceRef): readonly Diagnostic[] {
  if (!Number.isInteger(ttlSeconds) || ttlSeconds < TTL_SECONDS.least || ttlSeconds > TTL_SECONDS.most) {
    const message = `a credential cannot live for ${ttlSeconds} seconds`;
    return [error("ICH9403", at, message, { hint: "choose one minute to 8760 hours, in whole seconds" })];
  }
  if (ttlSeconds <= TTL_SECONDS.long) return [];
  const message = `the credential lives for ${Math.ceil(ttlSeconds / 86_400)} days and cannot be taken back`;
  return [
    warning("ICH9404", at, message, { hint: "seven days or less; a few hours are enough for most work" }),
  ];
}

function checkAuthority(
  authority: ReadableCertificate,
  now: Date,
  notAfter: Date,
  at: SourceRef,
): readonly Diagnostic[] {
  if (authority.notBefore > now) {
    const message = `the authority is valid only from ${formatTime(authority.notBefore)}`;
    return [error("ICH9406", at, message, { hint: "check the clock of this machine" })];
  }
  if (authority.notAfter >= notAfter) return [];
  const message = `the credential would end at ${formatTime(notAfter)}, its authority ends at ${formatTime(authority.notAfter)}`;
  return [error("ICH9405", at, message, { hint: "choose a shorter lifetime or rotate the authority" })];
}
