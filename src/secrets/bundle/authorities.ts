import {
  type Diagnostic,
  error,
  hasErrors,
  type Outcome,
  type SourceRef,
  warning,
  within,
} from "../../core/diagnostic.ts";
import { invariant } from "../../core/invariant.ts";
import { valueAt } from "../../core/path.ts";
import { formatTime } from "../../core/time.ts";
import type { KeyKind } from "../pki/keys.ts";
import { decodeBase64 } from "../pki/pem.ts";
import { haveSameKey, isIntact, type ReadableCertificate, readCertificate } from "../pki/read-certificate.ts";
import { CA_NAMES, type CaName, ROTATING_CA_NAMES, type SecretsBundle } from "./bundle.ts";

/** The other authority of a rotation, in either phase: accepted beside the one that issues. */
export type AcceptedName = `${(typeof ROTATING_CA_NAMES)[number]}.accepted`;

/** The certificates of a cluster's authorities: nothing of it is secret. */
export type Authorities = Readonly<Record<CaName, ReadableCertificate>> &
  Readonly<Partial<Record<AcceptedName, ReadableCertificate>>>;

/** What Talos writes as the subject of each authority; that of the aggregator is empty. */
export const CA_SUBJECTS: Readonly<Record<CaName, string>> = {
  etcd: "O=etcd",
  k8s: "O=kubernetes",
  k8saggregator: "",
  os: "O=talos",
};

/**
 * Reads the certificates of a bundle whose keys may be encrypted: no key of anybody is needed. Only the
 * certificates are looked at; their dates are judged by {@link checkExpiry}.
 */
export function readAuthorities(value: unknown, at: SourceRef): Outcome<Authorities | undefined> {
  const diagnostics: Diagnostic[] = [];
  const found: Partial<Record<CaName | AcceptedName, ReadableCertificate>> = {};
  const read = (as: CaName | AcceptedName, name: CaName, path: readonly string[]): void => {
    const outcome = readAuthority(valueAt(value, path), name, within(at, ...path));
    diagnostics.push(...outcome.diagnostics);
    if (outcome.value !== undefined) found[as] = outcome.value.certificate;
  };
  for (const name of CA_NAMES) read(name, name, ["certs", name, "crt"]);
  for (const name of ROTATING_CA_NAMES) {
    if (valueAt(value, ["rotation", name]) === undefined) continue;
    read(`${name}.accepted`, name, ["rotation", name, "crt"]);
    diagnostics.push(...checkOtherKey(value, name, at));
  }
  return { value: hasErrors(diagnostics) ? undefined : complete(found), diagnostics };
}

/** The certificates of a bundle that was read without errors. */
export function authoritiesOf(bundle: SecretsBundle): Authorities {
  const { value } = readAuthorities(bundle, { file: "", document: 0, path: [] });
  invariant(value !== undefined, "a bundle that was read has a certificate that cannot be read");
  return value;
}

/**
 * The fingerprint of each authority's certificate by its name: SHA-256 of the DER, 64 lower-case hexadecimal digits.
 * While `os` or `k8s` rotates, the other one is there too, as `os.accepted` or `k8s.accepted` in both phases.
 */
export function fingerprintsOf(authorities: Authorities): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(authorities).map(([name, { fingerprint }]) => [name, fingerprint]),
  );
}

/** Days before its end from which on an authority is warned of: a rotation has to be planned. */
const SOON_DAYS = 180;

/**
 * Judges the dates of authorities: an error where one cannot be used at `now`, a warning where it ends within 180
 * days. Of the other authority of a rotation, which may well be the one that ended, only warnings.
 */
export function checkExpiry(authorities: Authorities, at: SourceRef, now: Date): readonly Diagnostic[] {
  return Object.entries(authorities).flatMap(([name, certificate]): readonly Diagnostic[] => {
    const [base = "", accepted] = name.split(".");
    const place = within(at, accepted === undefined ? "certs" : "rotation", base, "crt");
    const report = accepted === undefined ? error : warning;
    const who =
      accepted === undefined ? `the authority "${base}"` : `the other authority "${base}" of the rotation`;
    const rotate = { hint: accepted === undefined ? "rotate the authority" : "finish the rotation" };
    if (certificate.notAfter < now) {
      return [report("ICH9115", place, `${who} expired at ${formatTime(certificate.notAfter)}`, rotate)];
    }
    if (certificate.notBefore > now) {
      const hint = "check the clock of this machine";
      return [
        report("ICH9115", place, `${who} is valid only from ${formatTime(certificate.notBefore)}`, { hint }),
      ];
    }
    const days = (certificate.notAfter.getTime() - now.getTime()) / 86_400_000;
    if (days > SOON_DAYS || accepted !== undefined) return [];
    const message = `${who} ends at ${formatTime(certificate.notAfter)}, in ${Math.floor(days)} days`;
    return [warning("ICH9116", place, message, { hint: "plan its rotation" })];
  });
}

/** A certificate as text and as what it says. */
export interface ReadAuthority {
  readonly pem: string;
  readonly certificate: ReadableCertificate;
}

/** Reads one authority and checks what can be checked without its key; undefined where there is an error. */
export function readAuthority(crt: unknown, name: CaName, at: SourceRef): Outcome<ReadAuthority | undefined> {
  const failed = (diagnostic: Diagnostic) => ({ value: undefined, diagnostics: [diagnostic] });
  if (crt === undefined || crt === null || crt === "") {
    return failed(error("ICH9102", at, `the secrets bundle has no certificate of the authority "${name}"`));
  }
  if (typeof crt === "string" && crt.startsWith("ENC[")) {
    const hint = "leave `crt` out of encrypted_regex: certificates are public";
    return failed(error("ICH9119", at, `the certificate of the authority "${name}" is encrypted`, { hint }));
  }
  const pem = typeof crt === "string" ? decodeBase64(crt)?.toString("latin1") : undefined;
  const certificate = pem === undefined ? undefined : readCertificate(pem);
  if (pem === undefined || certificate === undefined || !isIntact(pem)) {
    const hint = "it has to be base64 of one PEM block `CERTIFICATE`";
    return failed(
      error("ICH9108", at, `the certificate of the authority "${name}" cannot be read`, { hint }),
    );
  }
  const diagnostics = checkContent(certificate, name, at);
  return { value: hasErrors(diagnostics) ? undefined : { pem, certificate }, diagnostics };
}

function checkContent(certificate: ReadableCertificate, name: CaName, at: SourceRef): readonly Diagnostic[] {
  if (!certificate.isCa) {
    const message = `the certificate at the place of the authority "${name}" may not sign others`;
    return [error("ICH9109", at, message, { hint: "put the certificate of the authority itself here" })];
  }
  const owner = CA_NAMES.find((other) => other !== name && CA_SUBJECTS[other] === certificate.subject);
  if (owner !== undefined) {
    const message = `the certificate at the place of the authority "${name}" is that of "${owner}"`;
    return [error("ICH9113", at, message, { hint: "exchange the certificates and keys of both" })];
  }
  return checkAlgorithm(certificate.algorithm, name, at);
}

/** Talos' own authority has always been Ed25519; for the others kubeadm and old versions used RSA. */
function checkAlgorithm(algorithm: KeyKind, name: CaName, at: SourceRef): readonly Diagnostic[] {
  const wanted = name === "os" ? "Ed25519" : "ECDSA";
  if (algorithm.family === wanted) return [];
  if (name !== "os" && algorithm.family === "RSA" && (algorithm.bits ?? 0) >= 2048) {
    return [
      warning("ICH9114", at, `the authority "${name}" has a key of ${algorithm.name}, as old clusters have`),
    ];
  }
  const message = `the authority "${name}" has a key of ${algorithm.name} where ${wanted} belongs`;
  return [error("ICH9110", at, message, { hint: "see whether two authorities were exchanged" })];
}

function checkOtherKey(value: unknown, name: CaName, at: SourceRef): readonly Diagnostic[] {
  const [current, other] = [
    ["certs", name, "crt"],
    ["rotation", name, "crt"],
  ].map((path) => {
    const crt = valueAt(value, path);
    return typeof crt === "string" ? (decodeBase64(crt)?.toString("latin1") ?? "") : "";
  });
  if (current === undefined || other === undefined || !haveSameKey(current, other)) return [];
  const message = `the authority "${name}" is being replaced by one of the same key`;
  const related = [{ message: "the authority that issues", at: within(at, "certs", name, "crt") }];
  return [error("ICH9117", within(at, "rotation", name, "crt"), message, { related })];
}

function complete(found: Partial<Record<CaName | AcceptedName, ReadableCertificate>>): Authorities {
  const { etcd, k8s, k8saggregator, os } = found;
  invariant(etcd && k8s && k8saggregator && os, "an authority without errors was not read");
  return { ...found, etcd, k8s, k8saggregator, os };
}
