import { isMapping, type Mapping } from "../core/mapping.ts";
import { readCertificate } from "../secrets/pki/read-certificate.ts";
import { mappingAt } from "./config-values.ts";
import { identityOf, isV1Alpha1, type MachineConfig } from "./machine-config.ts";

/** Kinds that Talos 1.14 refuses on workers. */
const CONTROL_PLANE_KINDS = new Set([
  "KubeAPIServerConfig",
  "KubeAdmissionControlConfig",
  "KubeAggregatorCAConfig",
  "KubeAuditPolicyConfig",
  "KubeAuthenticationConfig",
  "KubeAuthorizerConfig",
  "KubeControllerManagerConfig",
  "KubeCoreDNSConfig",
  "KubeEtcdEncryptionConfig",
  "KubeFlannelCNIConfig",
  "KubeProxyConfig",
  "KubeSchedulerConfig",
  "KubeServiceAccountConfig",
  "KubeTalosAPIAccessConfig",
]);

/**
 * What a machine has against a configuration, in the words and the form of Talos' own messages; undefined where it
 * takes it. Only what the simulated machine depends on is judged: whether every field is right, Talos' own validator
 * says.
 */
export function validateConfig(
  documents: readonly unknown[],
  config: MachineConfig,
  installed: boolean,
): string | undefined {
  const found = [...checkDocuments(documents), ...checkReferences(documents)];
  const v1alpha1 = documents.filter(isMapping).find(isV1Alpha1);
  if (v1alpha1 !== undefined) found.push(...checkV1Alpha1(documents, v1alpha1, config, installed));
  if (found.length === 0) return undefined;
  const title = found.length === 1 ? "1 error occurred" : `${found.length} errors occurred`;
  return `${title}:\n${found.map((text) => `\t* ${text}\n`).join("")}\n`;
}

function checkDocuments(documents: readonly unknown[]): readonly string[] {
  const broken = documents.filter((document) => document !== null && !isMapping(document));
  if (broken.length > 0)
    return ["error decoding document: yaml: unmarshal errors: document is not a mapping"];
  const seen = new Set<string>();
  return documents.filter(isMapping).flatMap((document) => {
    const identity = identityOf(document);
    if (seen.has(identity)) return [`duplicate document: ${identity}`];
    seen.add(identity);
    const kind = document["kind"];
    if (isV1Alpha1(document)) return [];
    const isNamed = typeof kind === "string" && document["apiVersion"] === "v1alpha1";
    return isNamed ? [] : [`error decoding document ${identity}: not registered`];
  });
}

/** Where a reference was left, there is no certificate, no key, no token: Talos cannot read the field. */
function checkReferences(documents: readonly unknown[]): readonly string[] {
  const place = referenceIn(documents);
  return place === undefined
    ? []
    : [`error decoding document: illegal base64 data at input byte 3 (${place})`];
}

function referenceIn(value: unknown): string | undefined {
  if (typeof value === "string") return value.startsWith("ref+") ? "" : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, entry] of Object.entries(value)) {
    const place = referenceIn(entry);
    if (place !== undefined) return place === "" ? key : `${key}.${place}`;
  }
  return undefined;
}

function checkV1Alpha1(
  documents: readonly unknown[],
  v1alpha1: Mapping,
  config: MachineConfig,
  installed: boolean,
): readonly string[] {
  if (!isMapping(v1alpha1["machine"])) return ["machine instructions are required"];
  if (!isMapping(v1alpha1["cluster"])) return ["cluster instructions are required"];
  const found: string[] = [];
  const type = mappingAt(v1alpha1, "machine")["type"];
  if (config.type === undefined) found.push(`unknown machine type: ${JSON.stringify(type ?? "")}`);
  if (!installed && config.install === undefined) {
    found.push('install instructions are required in "metal" mode');
  }
  found.push(...checkAuthorities(config));
  if (config.type === "worker") {
    if (isMapping(mappingAt(v1alpha1, "cluster")["etcd"])) {
      found.push("etcd config is only allowed on control plane machines");
    }
    for (const document of documents.filter(isMapping)) {
      const kind = document["kind"];
      if (typeof kind === "string" && CONTROL_PLANE_KINDS.has(kind)) {
        found.push(`${kind} is only allowed on control plane machines`);
      }
    }
  }
  return found;
}

function checkAuthorities({ ca, acceptedCas, type }: MachineConfig): readonly string[] {
  if (ca === undefined && acceptedCas.length === 0) {
    return ["issuing Talos API CA or some accepted CAs are required"];
  }
  if (ca !== undefined && readCertificate(ca.certificate) === undefined) {
    return ["issuing CA certificate: failed to parse PEM block"];
  }
  if (type === "controlplane" && ca?.key === undefined) {
    return ["issuing Talos API CA key is required for controlplane nodes"];
  }
  return [];
}
