import { createPublicKey, type KeyObject, sign } from "node:crypto";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_clientAuth,
  id_kp_serverAuth,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from "@peculiar/asn1-x509";
import { invariant } from "../../core/invariant.ts";
import { readPem, writePem } from "./pem.ts";

/** A subject; as Go writes it, all organizations stand in one set before the common name. */
export interface DistinguishedName {
  readonly organizations?: readonly string[];
  readonly commonName?: string;
}

/** What a server answers to (RFC 5280, section 4.2.1.6). */
export interface AlternativeNames {
  readonly dns?: readonly string[];
  /** IPv4 or IPv6, as text. */
  readonly addresses?: readonly string[];
}

/** What a certificate is to say (RFC 5280, section 4.1). */
export interface CertificateContent {
  readonly subject: DistinguishedName;
  /** Undefined in a certificate that signs itself. */
  readonly issuer?: { readonly certificate: string };
  /** 1 to 16 bytes of a number that is not negative. */
  readonly serial: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** The private key of the certificate; only its public part is written. */
  readonly key: KeyObject;
  readonly keyUsage: readonly (keyof typeof KeyUsageFlags)[];
  readonly extendedKeyUsage: readonly ("serverAuth" | "clientAuth")[];
  readonly isCa: boolean;
  readonly subjectKeyId?: Uint8Array;
  readonly alternativeNames?: AlternativeNames;
}

/**
 * Writes and signs a certificate of version 3 with the fields and extensions in the form and order of Go's
 * crypto/x509, so that the same content gives the bytes that Talos makes.
 *
 * @returns PEM
 */
export function signCertificate(content: CertificateContent, signingKey: KeyObject): string {
  const algorithm = signatureAlgorithmOf(signingKey);
  const issuer = content.issuer === undefined ? undefined : parseCertificate(content.issuer.certificate);
  const subject = nameOf(content.subject);
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: integerOf(content.serial),
    signature: algorithm.identifier,
    issuer: issuer?.tbsCertificate.subject ?? subject,
    validity: new Validity({
      notBefore: wholeSecond(content.notBefore),
      notAfter: wholeSecond(content.notAfter),
    }),
    subject,
    subjectPublicKeyInfo: publicKeyInfoOf(content.key),
    extensions: new Extensions(extensionsOf(content, issuer === undefined ? undefined : keyIdOf(issuer))),
  });
  const signatureValue = sign(algorithm.hash, Buffer.from(AsnConvert.serialize(tbsCertificate)), signingKey);
  const certificate = new Certificate({
    tbsCertificate,
    signatureAlgorithm: algorithm.identifier,
    signatureValue: bytesOf(signatureValue),
  });
  return writePem("CERTIFICATE", new Uint8Array(AsnConvert.serialize(certificate)));
}

/** The subject key identifier of a certificate in PEM, where it has one. */
export function subjectKeyIdOf(certificate: string): Buffer | undefined {
  const id = keyIdOf(parseCertificate(certificate));
  return id === undefined ? undefined : Buffer.from(id);
}

function parseCertificate(pem: string): Certificate {
  const [block] = readPem(pem);
  invariant(block?.label === "CERTIFICATE", "an authority has no certificate");
  return AsnConvert.parse(block.der, Certificate);
}

function keyIdOf(certificate: Certificate): ArrayBuffer | undefined {
  const found = certificate.tbsCertificate.extensions?.find(
    ({ extnID }) => extnID === id_ce_subjectKeyIdentifier,
  );
  return found === undefined
    ? undefined
    : AsnConvert.parse(found.extnValue.buffer, SubjectKeyIdentifier).buffer;
}

/** In the order of Go's crypto/x509. */
function extensionsOf(content: CertificateContent, authorityKeyId: ArrayBuffer | undefined): Extension[] {
  const usage = new KeyUsage();
  usage.fromNumber(content.keyUsage.reduce((bits, name) => bits | KeyUsageFlags[name], 0));
  const purposes = { serverAuth: id_kp_serverAuth, clientAuth: id_kp_clientAuth };
  const extended = new ExtendedKeyUsage(content.extendedKeyUsage.map((name) => purposes[name]));
  const extensions = [extension(id_ce_keyUsage, true, usage), extension(id_ce_extKeyUsage, false, extended)];
  if (content.isCa) {
    extensions.push(extension(id_ce_basicConstraints, true, new BasicConstraints({ cA: true })));
  }
  if (content.subjectKeyId !== undefined) {
    const id = new SubjectKeyIdentifier(bytesOf(content.subjectKeyId));
    extensions.push(extension(id_ce_subjectKeyIdentifier, false, id));
  }
  if (authorityKeyId !== undefined) {
    const id = new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(authorityKeyId) });
    extensions.push(extension(id_ce_authorityKeyIdentifier, false, id));
  }
  const names = alternativeNamesOf(content.alternativeNames);
  if (names.length > 0) {
    const { organizations = [], commonName } = content.subject;
    const isWithoutSubject = organizations.length === 0 && commonName === undefined;
    extensions.push(extension(id_ce_subjectAltName, isWithoutSubject, new SubjectAlternativeName(names)));
  }
  return extensions;
}

/** Names before addresses, each in the order given. */
function alternativeNamesOf({ dns = [], addresses = [] }: AlternativeNames = {}): GeneralName[] {
  return [
    ...dns.map((dNSName) => new GeneralName({ dNSName })),
    ...addresses.map((iPAddress) => new GeneralName({ iPAddress })),
  ];
}

function extension(extnID: string, critical: boolean, value: unknown): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });
}

const ORGANIZATION = "2.5.4.10";
const COMMON_NAME = "2.5.4.3";

function nameOf({ organizations = [], commonName }: DistinguishedName): Name {
  const sets = [organizations.map((organization) => attribute(ORGANIZATION, organization))];
  if (commonName !== undefined) sets.push([attribute(COMMON_NAME, commonName)]);
  return new Name(
    sets.filter((set) => set.length > 0).map((set) => new RelativeDistinguishedName(inOrderOfBytes(set))),
  );
}

/** DER has the items of a set in the order of their bytes. */
function inOrderOfBytes(set: readonly AttributeTypeAndValue[]): AttributeTypeAndValue[] {
  return set
    .map((item) => ({ item, bytes: Buffer.from(AsnConvert.serialize(item)) }))
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
    .map(({ item }) => item);
}

function attribute(type: string, text: string): AttributeTypeAndValue {
  const isPrintable = /^[A-Za-z0-9 '()+,./:=?-]*$/.test(text);
  const value = new AttributeValue(isPrintable ? { printableString: text } : { utf8String: text });
  return new AttributeTypeAndValue({ type, value });
}

interface SignatureAlgorithm {
  readonly identifier: AlgorithmIdentifier;
  /** Null where the algorithm hashes by itself. */
  readonly hash: string | null;
}

/** Ed25519: RFC 8410. ECDSA: RFC 5758, with the hash that fits the curve. RSA: RFC 4055, with SHA-256. */
function signatureAlgorithmOf(key: KeyObject): SignatureAlgorithm {
  const of = (algorithm: string, hash: string | null, parameters?: null): SignatureAlgorithm => ({
    identifier: new AlgorithmIdentifier({ algorithm, ...(parameters === null && { parameters }) }),
    hash,
  });
  const type = key.asymmetricKeyType;
  if (type === "ed25519") return of("1.3.101.112", null);
  if (type === "rsa") return of("1.2.840.113549.1.1.11", "sha256", null);
  invariant(type === "ec", "an authority has a key of no algorithm that Talos has");
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (curve === "secp384r1") return of("1.2.840.10045.4.3.3", "sha384");
  if (curve === "secp521r1") return of("1.2.840.10045.4.3.4", "sha512");
  return of("1.2.840.10045.4.3.2", "sha256");
}

function publicKeyInfoOf(key: KeyObject): SubjectPublicKeyInfo {
  return AsnConvert.parse(createPublicKey(key).export({ type: "spki", format: "der" }), SubjectPublicKeyInfo);
}

/** The shortest bytes of DER's INTEGER that are not negative. */
function integerOf(bytes: Uint8Array): ArrayBuffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = first === -1 ? [0] : [...bytes.subarray(first)];
  const isNegative = (digits[0] ?? 0) >= 0x80;
  return Uint8Array.from(isNegative ? [0, ...digits] : digits).buffer;
}

/** Certificates know whole seconds only. */
function wholeSecond(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000);
}

function bytesOf(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}
