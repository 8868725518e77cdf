import { generateKeyPairSync, randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { isMapping, type Mapping } from "../core/mapping.ts";
import { formatKubeconfig } from "../secrets/credentials/client-configs.ts";
import { signCertificate } from "../secrets/pki/certificate-structure.ts";
import { readPrivateKey } from "../secrets/pki/keys.ts";
import { decodeBase64, encodeBase64 } from "../secrets/pki/pem.ts";
import { ApiError } from "./api-error.ts";
import { mappingAt } from "./config-values.ts";
import { requireControlPlane } from "./etcd-service.ts";
import type { Machine } from "./machine.ts";
import { isV1Alpha1 } from "./machine-config.ts";

/** As Talos allows it to those whose clock is behind. */
const SKEW_MS = 10_000;
const YEAR_MS = 365 * 86_400_000;

/**
 * The administrator's kubeconfig in an archive as Talos sends it: signed by the authority in the machine's own
 * configuration, and by the clock of those who check certificates.
 *
 * @throws ApiError where the machine is no control plane, or has no authority for it
 */
export function kubeconfigArchive(machine: Machine, now: number): Buffer {
  requireControlPlane(machine, "kubeconfig");
  const file = Buffer.from(kubeconfig(documentsOf(machine), now));
  const header = Buffer.alloc(512);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, "0")}\0`;
  const fields: readonly (readonly [at: number, text: string])[] = [
    [0, "kubeconfig"],
    [100, octal(0o600, 7)],
    [124, octal(file.length, 11)],
    [136, octal(Math.floor(now / 1000), 11)],
    [148, " ".repeat(8)],
    [156, "0"],
    [257, "ustar\x0000"],
  ];
  for (const [at, text] of fields) header.write(text, at, "latin1");
  header.write(
    `${octal(
      header.reduce((sum, byte) => sum + byte, 0),
      6,
    )} `,
    148,
    "latin1",
  );
  // Talos does not close the archive either.
  return gzipSync(Buffer.concat([header, file]));
}

function documentsOf({ active, world }: Machine): readonly Mapping[] {
  const found = active === undefined ? { documents: [] } : world.readYaml(active.text);
  return "error" in found ? [] : found.documents.filter(isMapping);
}

function kubeconfig(documents: readonly Mapping[], now: number): string {
  const legacy = mappingAt(documents.find(isV1Alpha1) ?? {}, "cluster");
  const ofKind = (kind: string) => documents.find((document) => document["kind"] === kind);
  const cas = ofKind("KubeAPIServerCAConfig");
  const cluster = ofKind("KubeClusterConfig");
  const issuing = cas === undefined ? mappingAt(legacy, "ca") : mappingAt(cas, "issuingCA");
  const authority = pemOf(issuing["cert"] ?? issuing["crt"]);
  const signingKey = readPrivateKey(pemOf(issuing["key"]));
  if (authority === "" || signingKey === undefined)
    throw new ApiError("UNKNOWN", "error getting Kubernetes CA: there is none");
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const certificate = signCertificate(
    {
      subject: { organizations: ["system:masters"], commonName: "admin" },
      issuer: { certificate: authority },
      serial: randomBytes(16),
      notBefore: new Date(now - SKEW_MS),
      notAfter: new Date(now + YEAR_MS),
      key: privateKey,
      keyUsage: ["digitalSignature", "keyEncipherment"],
      extendedKeyUsage: ["clientAuth"],
      isCa: false,
    },
    signingKey,
  );
  return formatKubeconfig({
    cluster: textOf((cluster ?? legacy)["clusterName"]),
    user: "admin",
    server: textOf(
      cluster === undefined ? mappingAt(legacy, "controlPlane")["endpoint"] : cluster["endpoint"],
    ),
    authorities: [...new Set([...acceptedOf(cas ?? legacy), authority])].map(encodeBase64),
    credential: { certificate, key: privateKey.export({ type: "sec1", format: "pem" }).toString() },
  });
}

/** Documents have PEM where the v1alpha1 configuration has mappings of base64. */
function acceptedOf(holder: Mapping): readonly string[] {
  const accepted = holder["acceptedCAs"];
  return Array.isArray(accepted) ? accepted.map((one) => pemOf(isMapping(one) ? one["crt"] : one)) : [];
}

function pemOf(value: unknown): string {
  const text = textOf(value);
  return text.includes("-----BEGIN ") ? text : (decodeBase64(text)?.toString("latin1") ?? "");
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
