import { generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { signCertificate } from "../secrets/pki/certificate-structure.ts";
import { readPrivateKey } from "../secrets/pki/keys.ts";
import { hostnameOf, type Machine } from "./machine.ts";
import type { MachineConfig } from "./machine-config.ts";

const DAY_MS = 86_400_000;

/** What one side of a machine's TLS is made of. */
export interface ServerIdentity {
  readonly secrets: TlsSecrets;
  /** Whether clients have to show a certificate of the authorities in {@link secrets}. */
  readonly asksForCertificate: boolean;
}

/** PEM, as Node's TLS takes it. */
export interface TlsSecrets {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string[];
}

/** Finds the key of an authority: `keyOf` of a fleet. */
type KeyOf = (authority: string) => string | undefined;

/** What an identity depends on: another one is needed where this text is another. */
export function identityKey(machine: Machine, keyOf: KeyOf): string {
  const { api, active, faults, life } = machine;
  const trust = active && [active.ca, active.acceptedCas, active.certSans, active.hostname];
  return JSON.stringify([life, api, trust, faults.clockAhead, hasIdentity(machine, keyOf)]);
}

/** Whether a certificate can be had: a worker has to wait for a control plane of its cluster. */
export function hasIdentity({ api, active }: Machine, keyOf: KeyOf): boolean {
  return api === "maintenance" || (active !== undefined && signerOf(active, keyOf) !== undefined);
}

/**
 * The certificate that a machine shows: in maintenance mode one of an authority that it made for itself, otherwise one
 * of its cluster's authority, whose key workers get from a control plane.
 *
 * @param now by the clock of those who check certificates
 * @returns undefined where nobody has the key of its cluster's authority
 */
export function serverIdentity(machine: Machine, keyOf: KeyOf, now: number): ServerIdentity | undefined {
  const { active, spec, faults } = machine;
  const from = now + (faults.clockAhead ?? 0);
  if (machine.api === "maintenance") return maintenanceIdentity(spec.bootstrap, from);
  if (active === undefined) return undefined;
  const authority = authorityOf(active, keyOf);
  if (authority === undefined) return undefined;
  const { certificate, key } = issue(authority, from, {
    dns: [hostnameOf(machine), ...active.certSans.filter((name) => !isAddress(name))],
    addresses: [...new Set([spec.loopback, spec.bootstrap, ...active.certSans.filter(isAddress)])],
  });
  const trusted = [active.ca?.certificate ?? [], active.acceptedCas].flat();
  return { secrets: secretsOf(certificate, key, trusted), asksForCertificate: true };
}

/** Who signs a certificate; PEM and its key. */
export interface Authority {
  readonly certificate: string;
  readonly key: KeyObject;
}

function authorityOf(config: MachineConfig, keyOf: KeyOf): Authority | undefined {
  const found = signerOf(config, keyOf);
  const key = found && readPrivateKey(found.key);
  return key && { certificate: found.certificate, key };
}

/** Its own authority, or that of a control plane that it accepts. */
function signerOf(
  { ca, acceptedCas }: MachineConfig,
  keyOf: KeyOf,
): { readonly certificate: string; readonly key: string } | undefined {
  for (const certificate of [...(ca === undefined ? [] : [ca.certificate]), ...acceptedCas]) {
    const key = certificate === ca?.certificate && ca.key !== undefined ? ca.key : keyOf(certificate);
    if (key !== undefined) return { certificate, key };
  }
  return undefined;
}

function maintenanceIdentity(address: string, from: number): ServerIdentity {
  const { privateKey } = generateKeyPairSync("ed25519");
  const own = signCertificate(
    {
      subject: { organizations: ["talos"] },
      serial: randomBytes(16),
      notBefore: new Date(from - 60_000),
      notAfter: new Date(from + 365 * DAY_MS),
      key: privateKey,
      keyUsage: ["digitalSignature", "keyCertSign"],
      extendedKeyUsage: ["serverAuth", "clientAuth"],
      isCa: true,
      subjectKeyId: randomBytes(20),
    },
    privateKey,
  );
  const authority = { certificate: own, key: privateKey };
  const { certificate, key } = issue(authority, from, {
    dns: ["maintenance-service.talos.dev"],
    addresses: [address],
  });
  return { secrets: secretsOf(certificate, key, []), asksForCertificate: false };
}

/** Makes a server's certificate that is valid for a day. */
export function issue(
  authority: Authority,
  from: number,
  alternativeNames: { readonly dns: readonly string[]; readonly addresses: readonly string[] },
): { readonly certificate: string; readonly key: KeyObject } {
  const { privateKey } = generateKeyPairSync("ed25519");
  const certificate = signCertificate(
    {
      subject: {},
      issuer: authority,
      serial: randomBytes(16),
      notBefore: new Date(from - 60_000),
      notAfter: new Date(from + DAY_MS),
      key: privateKey,
      keyUsage: ["digitalSignature"],
      extendedKeyUsage: ["serverAuth"],
      isCa: false,
      alternativeNames,
    },
    authority.key,
  );
  return { certificate, key: privateKey };
}

function secretsOf(certificate: string, key: KeyObject, trusted: readonly string[]): TlsSecrets {
  return {
    cert: certificate,
    key: key.export({ type: "pkcs8", format: "pem" }).toString(),
    ...(trusted.length > 0 && { ca: [...trusted] }),
  };
}

/** Whether a name in a certificate is that of an address. */
export function isAddress(name: string): boolean {
  return /^[\d.]+$|:/.test(name);
}
