import { AsnConvert } from "@peculiar/asn1-schema";
import { Certificate } from "@peculiar/asn1-x509";
import { parseAllDocuments } from "yaml";
import { invariant } from "../../src/core/invariant.ts";
import { emitYaml } from "../../src/core/yaml-emit.ts";
import type { SecretsBundle } from "../../src/secrets/bundle/bundle.ts";
import { readPrivateKey } from "../../src/secrets/pki/keys.ts";
import { readPem } from "../../src/secrets/pki/pem.ts";
import { type GoProgram, runGo } from "./go.ts";

/** A certificate and its key as PEM, as the Go programs give them. */
export interface GoIdentity {
  readonly certificate: string;
  readonly key: string;
}

/** What Talos says of a bundle. */
export interface LoadedBundle {
  readonly problem: string;
  readonly again: string;
  readonly talos: GoIdentity;
  readonly kubernetes: GoIdentity;
  readonly server: GoIdentity;
}

export const ROLES = ["os:reader", "os:etcd:backup", "os:admin"];
export const USER = "alice@example.com";
export const GROUPS = ["system:masters", "ops_team"];

/** Has Talos load and validate bundles and issue certificates from each. */
export function loadBundles(program: GoProgram, bundles: readonly unknown[]): readonly LoadedBundle[] {
  const requests = bundles.map((bundle) => ({
    bundle: emitYaml(bundle),
    roles: ROLES,
    user: USER,
    groups: GROUPS,
  }));
  return runGo(program, "bundle", requests) as readonly LoadedBundle[];
}

/** Has Talos generate a cluster of the contract. */
export function generateCluster(program: GoProgram, contract: string): Readonly<Record<string, string>> {
  const request = { cluster: "c1", endpoint: "https://192.0.2.1:6443", kubernetes: "1.35.0", contract };
  return runGo(program, "gen", request) as Readonly<Record<string, string>>;
}

/** The documents of a YAML text as plain values. */
export function documentsOf(text: string | undefined): readonly unknown[] {
  return parseAllDocuments(text ?? "").map((document) => {
    invariant("toJS" in document, "the text has no document");
    return document.toJS() as unknown;
  });
}

/** The PEM text that a bundle has as base64. */
export function pemOf(base64: string): string {
  return Buffer.from(base64, "base64").toString("latin1");
}

/** A private key in the form that Node's TLS reads: Talos' own label of Ed25519 is none of OpenSSL's. */
export function keyForNode(pem: string): string {
  const key = readPrivateKey(pem);
  invariant(key !== undefined, "a key cannot be read");
  return key.export({ type: "pkcs8", format: "pem" }) as string;
}

/** The part of a certificate that its signature covers, in hexadecimal digits. */
export function signedPartOf(certificate: string): string {
  const parsed = AsnConvert.parse(readPem(certificate)[0]?.der ?? new Uint8Array(), Certificate);
  return Buffer.from(parsed.tbsCertificateRaw ?? new ArrayBuffer(0)).toString("hex");
}

/** The PEM text of an authority of a bundle. */
export function authorityOf(bundle: SecretsBundle, name: "os" | "k8s"): string {
  return pemOf(bundle.certs[name].crt);
}
